package scim

import (
	"context"
	"errors"

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
func (p *Provider) Foresee(ctx context.Context, c *Caller, ids []uuid.UUID, order Order) ([]Foreseen, error) {
	t, err := p.selecting(c)
	if err != nil {
		return nil, err
	}
	accounts, err := p.accounts(ctx, c, t, ids)
	if err != nil {
		return nil, err
	}
	now, order := p.now(), order
	order.Dry = true
	out := make([]Foreseen, len(ids))
	for i, id := range ids {
		out[i].ID = id
		a := accounts[id]
		if a == nil {
			out[i].Err = notFound(t, id.String())
			continue
		}
		out[i].Transition, err = p.orderAt(ctx, c, a, now, words{reason: order.Reason}, &order)
		out[i].Err = refusal(err, t, id.String())
	}
	return out, nil
}

// accounts reads users, living and departed; those that never were are left out.
func (p *Provider) accounts(ctx context.Context, c *Caller, t *schema.ResourceType, ids []uuid.UUID) (map[uuid.UUID]*account, error) {
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = store.Key{Tenant: c.Tenant, Type: t.Name, ID: id}
	}
	records, err := p.store.GetAll(ctx, keys, relations(t)&^store.WithGroups)
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
