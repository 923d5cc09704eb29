package scim

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"rollcall/store"
)

// memberships are the groups of a draft that a user who was read is to join, and
// those that it is to leave: direct members are meant.
func (d *Draft) memberships(user *store.Record) (join, leave []uuid.UUID) {
	is := map[uuid.UUID]bool{}
	for i := range user.Groups {
		is[user.Groups[i].ID] = user.Groups[i].Direct
	}
	in := func(id uuid.UUID) bool { return is[id] }
	out := func(id uuid.UUID) bool { return !is[id] }
	return slices.DeleteFunc(distinct(d.Join), in), slices.DeleteFunc(distinct(d.Leave), out)
}

// distinct are ids without those that were before.
func distinct(ids []uuid.UUID) []uuid.UUID {
	var once []uuid.UUID
	seen := map[uuid.UUID]bool{}
	for _, id := range ids {
		if !seen[id] {
			seen[id], once = true, append(once, id)
		}
	}
	return once
}

// anyGroup is the first group that drafts name.
func anyGroup(drafts []*Draft) (group uuid.UUID, some bool) {
	for _, draft := range drafts {
		for _, ids := range [][]uuid.UUID{draft.Join, draft.Leave} {
			if len(ids) > 0 {
				return ids[0], true
			}
		}
	}
	return uuid.Nil, false
}

// draftGroups are the groups that drafts name, as they were read.
type draftGroups map[uuid.UUID]*store.Record

func (p *Provider) draftGroups(ctx context.Context, c *Caller, drafts []*Draft) (draftGroups, error) {
	groups, keys := draftGroups{}, []store.Key{}
	for _, draft := range drafts {
		for _, id := range slices.Concat(draft.Join, draft.Leave) {
			if _, ok := groups[id]; !ok {
				groups[id], keys = nil, append(keys, store.Key{Tenant: c.Tenant, Type: GroupType, ID: id})
			}
		}
	}
	if len(keys) == 0 {
		return groups, nil
	}
	records, err := p.store.GetAll(ctx, keys, 0)
	if err != nil {
		return nil, err
	}
	for i := range records {
		groups[records[i].ID] = &records[i]
	}
	for _, draft := range drafts {
		for _, id := range draft.Join {
			if groups[id] == nil {
				return nil, ErrNoGroup
			}
		}
	}
	return groups, nil
}

// changes are those of the groups whose members drafts change: one for each group,
// of the version that was read, so that it changes what it is said to, or nothing.
func (g draftGroups) changes(ctx context.Context, p *Provider, c *Caller, all []Drafted) ([]*store.Update, error) {
	operations, order := map[uuid.UUID][]map[string]any{}, []uuid.UUID{}
	for i := range all {
		user, ok := store.ParseID(all[i].ID)
		for n, ids := range [][]uuid.UUID{all[i].Joined, all[i].Left} {
			for _, id := range ids {
				if !ok || g[id] == nil {
					continue // a membership that is read outlives a group by a moment
				}
				if operations[id] == nil {
					order = append(order, id)
				}
				operations[id] = append(operations[id], membership(user, n > 0))
			}
		}
	}
	if len(order) == 0 {
		return nil, nil
	}
	t, err := p.groups()
	if err != nil {
		return nil, err
	}
	var changes []*store.Update
	for _, id := range order {
		pl, err := p.planPatch(ctx, c, t, g[id], operations[id]...)
		if err != nil {
			return nil, err
		}
		if change, ok := pl.update(); ok {
			change.Match = g[id].Version
			changes = append(changes, change)
		}
	}
	return changes, nil
}
