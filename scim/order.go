package scim

import (
	"context"
	"time"

	"rollcall/lifecycle"
	"rollcall/store"
)

// Order is what an administrator asks for about a user, living or not.
type Order struct {
	// ID is the text of the user's id.
	ID string
	// Reason is the administrator's words, may be empty.
	Reason string
	// Match is the version that the user must have.
	Match Precondition
	// Dry asks what would happen: nothing is stored, sent or told.
	Dry bool
	// Password is the new one that goes with the commands, nil for none.
	Password *string
	// Commands says what is to be done to the user that was found. It may be
	// asked several times, and its error refuses the order.
	Commands func(*Explanation) ([]lifecycle.Command, error)
	// Also are changes that are committed with what the order changes, given
	// what is known of it before: all but Version and Lost. It is asked again
	// for each attempt; nil for none.
	Also func(*Transition) ([]store.Change, error)
}

// Carry carries an order out, or tells what it would do. A command that is not
// possible is a *lifecycle.Refusal.
func (p *Provider) Carry(ctx context.Context, c *Caller, order Order) (*Transition, error) {
	t, key, err := p.userKey(c, order.ID)
	if err != nil {
		return nil, err
	}
	w := words{reason: order.Reason}
	if w.password, err = p.orderedPassword(ctx, &order); err != nil {
		return nil, err
	}
	done, err := p.carry(ctx, c, key, w, &order)
	if err != nil {
		return nil, refusal(err, t, order.ID)
	}
	return done, nil
}

// orderedPassword hashes the new password of an order. A dry run only looks
// whether it could be one.
func (p *Provider) orderedPassword(ctx context.Context, order *Order) (*string, error) {
	if order.Password == nil {
		return nil, nil //nolint:nilnil // no password is an answer, not a failure
	}
	prepared, err := choosePassword(*order.Password)
	if err != nil || order.Dry {
		return nil, err
	}
	hash, err := p.passwords.hash(ctx, prepared)
	return &hash, err
}

// carry decides and commits until no other change is faster, or the user is no
// longer in the version that the order names.
func (p *Provider) carry(ctx context.Context, c *Caller, key store.Key, w words, order *Order) (*Transition, error) {
	var done *Transition
	err := p.untilSettled(ctx, key, elsewhere, func() (err error) {
		done, err = p.tryOrder(ctx, c, key, w, order)
		return err
	})
	return done, err
}

func (p *Provider) tryOrder(ctx context.Context, c *Caller, key store.Key, w words, order *Order) (*Transition, error) {
	a, err := p.account(ctx, key)
	if err != nil {
		return nil, err
	}
	return p.orderAt(ctx, c, a, p.now(), w, order)
}

// orderAt decides an order about an account that was read, and carries it out
// unless it is dry.
func (p *Provider) orderAt(ctx context.Context, c *Caller, a *account, now time.Time, w words, order *Order) (*Transition, error) {
	tr, err := p.planOrder(c, a, now, w, order)
	if err != nil {
		return nil, err
	}
	if order.Dry {
		if err := p.foreseeNames(ctx, c, a.t, []*transition{tr}, map[string]bool{}); err != nil {
			return nil, err
		}
		return tr.outcome(), nil
	}
	tr.also = order.Also
	return p.carryOut(ctx, tr)
}

// planOrder decides an order about an account that was read.
func (p *Provider) planOrder(c *Caller, a *account, now time.Time, w words, order *Order) (*transition, error) {
	if err := order.Match.check(a.t, &a.record); err != nil {
		return nil, err
	}
	found, err := a.explain(now)
	if err != nil {
		return nil, err
	}
	commands, err := order.Commands(found)
	if err != nil {
		return nil, err
	}
	tr, err := p.planTransition(c, a, now, w, commands...)
	if err != nil {
		return nil, err
	}
	if order.Match.pins() {
		tr.pin()
	}
	return tr, nil
}

// pin makes the change fail when the account has moved on from the version that
// was read. What is departed is pinned in any case.
func (tr *transition) pin() {
	switch change := tr.change.(type) {
	case *store.Update:
		change.Match = tr.account.record.Version
	case *store.Delete:
		change.Match = tr.account.record.Version
	}
}

// outcome is what there is to say of a transition before it is committed.
func (tr *transition) outcome() *Transition {
	d := &tr.decision
	out := &Transition{
		ID: tr.account.record.ID.String(), From: d.From, To: d.To, Changed: tr.change != nil, Version: tr.account.record.Version,
		Before: d.Before, After: d.Facts, Effects: d.Effects, Timers: d.Timers, Renamed: tr.renamed,
	}
	for i := range d.Events {
		out.Events = append(out.Events, d.Events[i].Kind)
	}
	return out
}
