package scim

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/lifecycle"
	"rollcall/store"
)

// dueAtOnce is how many accounts are looked up at once whose time has come,
// firedAtOnce how many of them are dealt with at the same time.
const (
	dueAtOnce   = 200
	firedAtOnce = 8
)

// FireDue does what is due about accounts, as much as it looks up at once, and
// reports whether there may be more. It is the same use case as any other change:
// each timer looks at the facts again, and two servers that fire at the same time do once what is to be done.
//
// An account that cannot be dealt with is reported to failed, from any
// goroutine, and put off, so that it does not hold up the others.
func (p *Provider) FireDue(ctx context.Context, failed func(key store.Key, err error)) (more bool, err error) {
	due, err := p.store.Due(ctx, p.now(), dueAtOnce)
	if err != nil {
		return false, fmt.Errorf("look for what is due: %w", err)
	}
	var stuck atomic.Int64
	var group errgroup.Group
	group.SetLimit(firedAtOnce)
	for i := range due {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			err := p.fireSafely(ctx, due[i].Key)
			if err == nil || ctx.Err() != nil {
				return ctx.Err()
			}
			failed(due[i].Key, err)
			if err := p.backOff(ctx, &due[i]); err != nil {
				stuck.Add(1)
				failed(due[i].Key, err)
			}
			return nil
		})
	}
	err = group.Wait()
	return len(due) == dueAtOnce && int(stuck.Load()) < len(due), err
}

// The shortest and the longest pause after an account could not be dealt with.
const (
	firstPause   = 10 * time.Second
	longestPause = time.Hour
)

// backOff puts off an account that cannot be dealt with, for as long as it is
// overdue: each pause is twice the one before, without anybody counting.
func (p *Provider) backOff(ctx context.Context, due *store.DueResource) error {
	now := p.now()
	pause := min(max(now.Sub(due.Due), firstPause), longestPause)
	if err := p.store.Postpone(ctx, due.Key, now.Add(pause)); err != nil {
		return fmt.Errorf("put off what cannot be done: %w", err)
	}
	return nil
}

// fireSafely is fire without panics: one account that the program has a bug with
// must not end the server of all. The error does not quote what it panicked
// with, which may hold personal data.
func (p *Provider) fireSafely(ctx context.Context, key store.Key) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic with a %T at\n%s", cause, debug.Stack())
		}
	}()
	return p.fire(ctx, key)
}

// fire fires the timers of an account that are due, and puts off an account
// whose timers are not: somebody was faster, or has signed in. What the mass
// guard refuses is asked again later.
func (p *Provider) fire(ctx context.Context, key store.Key) error {
	c := &Caller{Tenant: key.Tenant, Kind: KindSystem, ID: timersID}
	if t, ok := p.types.Type(key.Type); !ok || t.Active == nil {
		return p.firePlain(ctx, c, key)
	}
	weighing := p.removalByTimer(c)
	return p.untilSettled(ctx, key, elsewhere, func() error {
		a, err := p.account(ctx, key)
		if errors.Is(err, store.ErrNotFound) || err == nil && a.facts.Stage == lifecycle.Purged {
			return nil
		}
		if err != nil {
			return err
		}
		tr, again, err := p.planTimers(ctx, c, a, weighing)
		if err != nil {
			return err
		}
		if tr.change == nil {
			err = p.putOff(ctx, a)
		} else {
			_, err = p.carryOut(ctx, tr)
		}
		if err == nil && !again.IsZero() {
			err = p.store.Postpone(ctx, key, again)
		}
		return err
	})
}

func dueTimers(a *account, now time.Time) []lifecycle.Command {
	var commands []lifecycle.Command
	for _, timer := range a.facts.Timers(a.policy) {
		if !timer.Due.After(now) {
			commands = append(commands, lifecycle.Fire{Kind: timer.Kind})
		}
	}
	return commands
}

// putOff stores when an account is really due.
func (p *Provider) putOff(ctx context.Context, a *account) error {
	if a.departed != nil {
		return nil // the time to purge is a fact and nothing else
	}
	facts, err := storeFacts(a.facts, a.policy, a.record.Facts)
	if err != nil {
		return err
	}
	return p.store.Reschedule(ctx, a.record.Tenant, a.record.Type, []store.Scheduled{{
		ID: a.record.ID, Revision: a.record.Facts.Revision, Due: facts.Due,
	}})
}

// firePlain purges a departed resource that has no lifecycle, such as a group.
func (p *Provider) firePlain(ctx context.Context, c *Caller, key store.Key) error {
	departed, err := p.store.Departed(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || departed.PurgeAfter.IsZero() || departed.PurgeAfter.After(p.now()) {
		return err
	}
	return p.purgePlain(ctx, c, &departed, words{action: "purge"})
}
