package scim

import (
	"context"

	"github.com/google/uuid"

	"rollcall/store"
)

// CarryAll carries orders about different users out in one commit, which costs a fraction
// of one for each: all of them or, with an error, none. Which of them it is about is found
// out by Carry. No order is dry, has a
// password or purges.
func (p *Provider) CarryAll(ctx context.Context, c *Caller, orders []Order) ([]*Transition, error) {
	t, err := p.selecting(c)
	if err != nil || len(orders) == 0 {
		return nil, err
	}
	ids := make([]uuid.UUID, len(orders))
	for i := range orders {
		var ok bool
		if ids[i], ok = store.ParseID(orders[i].ID); !ok {
			return nil, notFound(t, orders[i].ID)
		}
	}
	accounts, err := p.accounts(ctx, c, t, ids, relations(t))
	if err != nil {
		return nil, err
	}
	now := p.now()
	planned, all := make([]*transition, len(orders)), make([]*Transition, len(orders))
	for i := range orders {
		a := accounts[ids[i]]
		if a == nil {
			return nil, notFound(t, orders[i].ID)
		}
		if planned[i], err = p.planOrder(c, a, now, words{reason: orders[i].Reason}, &orders[i]); err != nil {
			return nil, refusal(err, t, orders[i].ID)
		}
		planned[i].also, all[i] = orders[i].Also, planned[i].outcome()
	}
	return all, refusal(p.commitAll(ctx, planned, all), t, "")
}

// commitAll commits those of some transitions that change something.
func (p *Provider) commitAll(ctx context.Context, planned []*transition, all []*Transition) error {
	var changes []store.Change
	at := map[int]*Transition{} // by the place of its change
	for i, tr := range planned {
		if tr.change == nil {
			continue
		}
		if err := p.mail(ctx, tr, all[i]); err != nil {
			return err
		}
		more, err := tr.changes(all[i])
		if err != nil {
			return err
		}
		at[len(changes)] = all[i]
		changes = append(changes, more...)
	}
	if len(changes) == 0 {
		return nil
	}
	done, err := p.store.Commit(ctx, changes)
	if err != nil {
		return err
	}
	for place, out := range at {
		out.Version = done[place].Version
		for _, lost := range done[place].Lost {
			out.Lost = append(out.Lost, lost.String())
		}
	}
	return nil
}
