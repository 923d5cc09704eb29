package scim

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"rollcall/scim/schema"
	"rollcall/store"
)

// Foreseen is what an order would do to one user.
type Foreseen struct {
	ID uuid.UUID
	// Transition is nil where Err says why the order is not possible.
	Transition *Transition
	Err        error
}

// Foresee tells what an order would do to each of some users, in their order:
// what Carry tells of a dry run, in one round trip for all that are living. The
// id of the order is not looked at, and neither is its password.
//
// names holds what users who come back would be called, of this call and of those
// before it with the same map: who comes later gets another name.
func (p *Provider) Foresee(ctx context.Context, c *Caller, ids []uuid.UUID, order Order, names map[string]bool) ([]Foreseen, error) {
	t, err := p.selecting(c)
	if err != nil {
		return nil, err
	}
	accounts, err := p.accounts(ctx, c, t, ids, relations(t)&^store.WithGroups)
	if err != nil {
		return nil, err
	}
	now := p.now()
	out, planned := make([]Foreseen, len(ids)), make([]*transition, len(ids))
	for i, id := range ids {
		out[i].ID = id
		a := accounts[id]
		if a == nil {
			out[i].Err = notFound(t, id.String())
			continue
		}
		planned[i], err = p.planOrder(c, a, now, words{reason: order.Reason}, &order)
		out[i].Err = refusal(err, t, id.String())
	}
	if err := p.foreseeNames(ctx, c, t, planned, names); err != nil {
		return nil, err
	}
	for i, tr := range planned {
		if tr != nil {
			out[i].Transition = tr.outcome()
		}
	}
	return out, nil
}

// foreseeNames renames those of some transitions, nil ones aside, that bring back
// a user whose name is taken, or is in names, to which it adds theirs.
func (p *Provider) foreseeNames(ctx context.Context, c *Caller, t *schema.ResourceType, planned []*transition, names map[string]bool) error {
	var wanted []string
	for _, tr := range planned {
		if name := tr.returning(); name != "" {
			wanted = append(wanted, name)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	taken, err := p.store.Taken(ctx, c.Tenant, t.Name, wanted)
	if err != nil {
		return err
	}
	for _, tr := range planned {
		name := tr.returning()
		if name == "" {
			continue
		}
		if names[name] || slices.Contains(taken, name) {
			if err := tr.rename(); err != nil {
				return err
			}
			name = tr.returning()
		}
		names[name] = true
	}
	return nil
}

// accounts reads users, living and departed; those that never were are left out.
func (p *Provider) accounts(ctx context.Context, c *Caller, t *schema.ResourceType, ids []uuid.UUID, with store.Relations) (map[uuid.UUID]*account, error) {
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = store.Key{Tenant: c.Tenant, Type: t.Name, ID: id}
	}
	records, err := p.store.GetAll(ctx, keys, with)
	if err != nil {
		return nil, err
	}
	found := make(map[uuid.UUID]*account, len(ids))
	for i := range records {
		a := &account{t: t, policy: policy, record: records[i]}
		if a.facts, err = loadFacts(&a.record); err != nil {
			return nil, err
		}
		found[a.record.ID] = a
	}
	for _, key := range keys {
		if found[key.ID] != nil {
			continue
		}
		a := &account{t: t, policy: policy}
		switch err := p.readDeparted(ctx, key, a); {
		case err == nil:
			found[key.ID] = a
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	return found, nil
}

// Mails reports whether letters are mailed; otherwise who asks for one has to
// hand it over.
func (p *Provider) Mails() bool { return p.post != nil }
