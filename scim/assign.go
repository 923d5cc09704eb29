package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/patch"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Assignment is a group or a tag that users are to have, or to have no more.
type Assignment struct {
	// Group is the group that users are to be direct members of; Tag is looked at
	// where it is zero.
	Group uuid.UUID
	Tag   string
	// Take takes it from them.
	Take bool
	// Reason is the administrator's words, may be empty.
	Reason string
	// Also are changes that are committed with what changes, given the tag as it
	// was spelled that is taken away. It is asked again for each attempt; nil for
	// none.
	Also func(was string) ([]store.Change, error)
}

// ErrNoGroup says that a group that users are to be members of is not there.
var ErrNoGroup = fault.Plain(409, "there is no such group")

// assignment is one that was decided about one user.
type assignment struct {
	// plan has no change where there is nothing to do.
	plan *plan
	was  string
}

// Assign gives a living user what an assignment names, or takes it, as a PATCH
// does, and reports whether that changed anything.
func (p *Provider) Assign(ctx context.Context, c *Caller, user uuid.UUID, a Assignment) (changed bool, err error) {
	t, err := p.selecting(c)
	if err != nil {
		return false, err
	}
	key := store.Key{Tenant: c.Tenant, Type: t.Name, ID: user}
	contended := key
	if a.Group != uuid.Nil {
		contended.Type, contended.ID = GroupType, a.Group
	}
	err = p.untilSettled(ctx, contended, whenOvertaken, func() error {
		changed, err = p.tryAssign(ctx, c, t, key, &a)
		return err
	})
	return changed, refusal(err, t, user.String())
}

func (p *Provider) tryAssign(ctx context.Context, c *Caller, t *schema.ResourceType, key store.Key, a *Assignment) (bool, error) {
	record, err := p.store.Get(ctx, key, relations(t))
	if err != nil {
		return false, err
	}
	found, err := p.planAssignment(ctx, c, t, &record, a)
	if err != nil || found.plan.change == nil {
		return false, err
	}
	changes := []store.Change{found.plan.change}
	if a.Also != nil {
		more, err := a.Also(found.was)
		if err != nil {
			return false, err
		}
		changes = append(changes, more...)
	}
	_, err = p.store.Commit(ctx, changes)
	return err == nil, err
}

// planAssignment decides an assignment about a user that was read. The change is
// one of the version that was looked at: it changes what it is said to change, or
// nothing.
func (p *Provider) planAssignment(ctx context.Context, c *Caller, t *schema.ResourceType, user *store.Record, a *Assignment) (assignment, error) {
	var out assignment
	var err error
	if a.Group != uuid.Nil {
		out.plan, err = p.planMember(ctx, c, user, a)
	} else if out.plan, err = p.planPatch(ctx, c, t, user, a.tagging()); err == nil && out.plan.change != nil && a.Take {
		out.was, err = p.untagged(t, user, &out.plan.after)
	}
	if err != nil || out.plan.change == nil {
		return out, err
	}
	if change, ok := out.plan.change.(*store.Update); ok {
		change.Trail.Audit.Reason = a.Reason
	}
	return out, nil
}

// planMember decides whether a user is to be a member of the group.
func (p *Provider) planMember(ctx context.Context, c *Caller, user *store.Record, a *Assignment) (*plan, error) {
	t, err := p.groups()
	if err != nil {
		return nil, err
	}
	group, err := p.store.Get(ctx, store.Key{Tenant: c.Tenant, Type: t.Name, ID: a.Group}, relations(t))
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoGroup
	}
	if err != nil {
		return nil, err
	}
	is, err := p.isMember(ctx, group.Key, user.ID)
	if err != nil || is != a.Take {
		return &plan{}, err
	}
	pl, err := p.planPatch(ctx, c, t, &group, membership(user.ID, a.Take))
	if change, ok := pl.update(); ok {
		change.Match = group.Version
	}
	return pl, err
}

// update is the update of a resource that a plan, which may be nil, is.
func (pl *plan) update() (*store.Update, bool) {
	if pl == nil {
		return nil, false
	}
	change, ok := pl.change.(*store.Update)
	return change, ok
}

// planPatch decides operations of a PATCH about a record that was read.
func (p *Provider) planPatch(ctx context.Context, c *Caller, t *schema.ResourceType, record *store.Record, operations ...map[string]any) (*plan, error) {
	body, err := json.Marshal(map[string]any{"schemas": []string{patch.URN}, "Operations": operations})
	if err != nil {
		return nil, err
	}
	m, err := p.readPatch(c, t, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return p.planUpdate(ctx, c, t, record, Precondition{}, m, View{}, p.admission(c))
}

// tagging is the operation that adds a tag to a user, or removes it.
func (a *Assignment) tagging() map[string]any {
	const path = schema.LifecycleURN + ":tags"
	if a.Take {
		return map[string]any{"op": "remove", "path": path + "[value eq " + filter.Quote(a.Tag) + "]"}
	}
	return map[string]any{"op": "add", "path": path, "value": []any{a.Tag}}
}

// membership is the operation that adds a user to a group, or removes it.
func membership(user uuid.UUID, take bool) map[string]any {
	if take {
		return map[string]any{"op": "remove", "path": `members[value eq "` + user.String() + `"]`}
	}
	return map[string]any{"op": "add", "path": "members", "value": []any{map[string]any{"value": user.String()}}}
}

// untagged is the tag that a user has before and no more after.
func (p *Provider) untagged(t *schema.ResourceType, before, after *store.Record) (string, error) {
	was, err := t.Parse(before.Document)
	if err != nil {
		return "", err
	}
	is, err := t.Parse(after.Document)
	if err != nil {
		return "", err
	}
	_, had := noted(t, was)
	_, has := noted(t, is)
	for _, tag := range had {
		if !slices.Contains(has, tag) {
			return tag, nil
		}
	}
	return "", nil
}

// ForeseenAssignment is what an assignment would do to one user.
type ForeseenAssignment struct {
	ID      uuid.UUID
	Changed bool
	// Err says why it is not possible.
	Err error
}

// ForeseeAssign tells what an assignment would do to each of some users, in their
// order, in one round trip for all.
func (p *Provider) ForeseeAssign(ctx context.Context, c *Caller, ids []uuid.UUID, a Assignment) ([]ForeseenAssignment, error) {
	t, err := p.selecting(c)
	if err != nil {
		return nil, err
	}
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = store.Key{Tenant: c.Tenant, Type: t.Name, ID: id}
	}
	with := relations(t)
	if a.Group == uuid.Nil {
		with &^= store.WithGroups
	}
	records, err := p.store.GetAll(ctx, keys, with)
	if err != nil {
		return nil, refusal(err, t, "")
	}
	living := make(map[uuid.UUID]*store.Record, len(records))
	for i := range records {
		living[records[i].ID] = &records[i]
	}
	out := make([]ForeseenAssignment, len(ids))
	for i, id := range ids {
		out[i].ID = id
		if living[id] == nil {
			out[i].Err = notFound(t, id.String())
			continue
		}
		out[i].Changed, out[i].Err = p.foreseeAssignment(ctx, c, t, living[id], &a)
	}
	return out, nil
}

func (p *Provider) foreseeAssignment(ctx context.Context, c *Caller, t *schema.ResourceType, user *store.Record, a *Assignment) (bool, error) {
	if a.Group != uuid.Nil {
		is := slices.ContainsFunc(user.Groups, func(g store.Group) bool { return g.ID == a.Group && g.Direct })
		return is == a.Take, nil
	}
	found, err := p.planAssignment(ctx, c, t, user, a)
	return err == nil && found.plan.change != nil, refusal(err, t, user.ID.String())
}

// CheckAssignment refuses an assignment whose group is not there.
func (p *Provider) CheckAssignment(ctx context.Context, c *Caller, a Assignment) error {
	if a.Group == uuid.Nil {
		return nil
	}
	_, err := p.store.Get(ctx, store.Key{Tenant: c.Tenant, Type: GroupType, ID: a.Group}, 0)
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoGroup
	}
	return err
}
