package scim

import (
	"context"

	"github.com/google/uuid"

	"rollcall/store"
)

// manyMembers is from how many removed members on all members are looked at,
// rather than each of those.
const manyMembers = 20

// inBulk reports whether a change may take away more than one member. One that
// goes by itself is no removal in bulk: people change teams all day, and nothing
// is read for it.
func inBulk(members store.MemberChange) bool {
	return members.Replace || members.RemoveWhere != nil || len(members.Remove) > 1
}

// removed is how many members a change takes away: who is none does not count,
// and who is named twice counts once.
func (d *difference) removed(ctx context.Context, members store.MemberChange) (n int, err error) {
	staying := idSet(members.Add)
	going := idSet(members.Remove)
	for _, id := range members.Add {
		delete(going, id)
	}
	if members.RemoveWhere != nil {
		// Which they are decides the store alone, as when it removes them.
		n, err = d.countMembers(ctx, store.MemberPage{Where: members.RemoveWhere}, func(id uuid.UUID) bool {
			delete(going, id)
			return !staying[id]
		})
		if err != nil {
			return 0, err
		}
	}
	if members.Replace || len(going) >= manyMembers {
		more, err := d.countMembers(ctx, store.MemberPage{}, func(id uuid.UUID) bool {
			return !staying[id] && (members.Replace || going[id])
		})
		return n + more, err
	}
	for id := range going {
		is, err := d.provider.isMember(ctx, d.record.Key, id)
		if err != nil {
			return 0, err
		}
		if is {
			n++
		}
	}
	return n, nil
}

func idSet(ids []uuid.UUID) map[uuid.UUID]bool {
	set := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// countMembers counts the members of a page of the group that are counted.
func (d *difference) countMembers(ctx context.Context, page store.MemberPage, counts func(uuid.UUID) bool) (n int, err error) {
	for member, err := range d.provider.store.Members(ctx, d.caller.Tenant, []uuid.UUID{d.record.ID}, page) {
		if err != nil {
			return 0, err
		}
		if counts(member.Member) {
			n++
		}
	}
	return n, nil
}

// isMember reports whether a group has a member.
func (p *Provider) isMember(ctx context.Context, group store.Key, id uuid.UUID) (bool, error) {
	before := id // the id right before it: members come in the order of their ids
	for i := len(before) - 1; i >= 0; i-- {
		if before[i]--; before[i] != 0xff {
			break
		}
	}
	for member, err := range p.store.Members(ctx, group.Tenant, []uuid.UUID{group.ID}, store.MemberPage{After: before, Limit: 1}) {
		return member.Member == id, err
	}
	return false, nil
}
