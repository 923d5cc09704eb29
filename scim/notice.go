package scim

import (
	"context"
	"errors"
	"slices"
	"time"

	"rollcall/lifecycle"
	"rollcall/store"
)

// notices are the letters that tell the owner of an account what happened to it
// and carry no link. Who has no address is told nothing.
func (tr *transition) notices() []Letter {
	if tr.account.email == "" {
		return nil
	}
	d := &tr.decision
	lock := d.Facts.Lockout
	if slices.Contains(d.Applied, lifecycle.TriggerFailSignIn) && !lock.At.IsZero() && !lock.At.Equal(tr.account.facts.Lockout.At) {
		return []Letter{tr.letter(LetterLocked, Letter{At: lock.At, Expires: lock.Until, Failures: tr.account.policy.Lockout.Failures})}
	}
	if slices.Contains(d.Effects, lifecycle.WarnStale) {
		return tr.staleWarning()
	}
	return nil
}

// staleWarning is written where the account will be suspended unless its owner
// signs in. Where a policy only flags stale accounts nothing follows for the
// owner, and a tenant that reports no sign-ins would write to everybody.
func (tr *transition) staleWarning() []Letter {
	d, policy := &tr.decision, tr.account.policy.Stale
	suspends := slices.IndexFunc(d.Timers, func(t lifecycle.Timer) bool { return t.Kind == lifecycle.TimerStale })
	if !policy.Suspend || suspends < 0 || !d.To.Active() || d.Facts.APIOnly || d.Facts.BreakGlass {
		return nil
	}
	const day = 24 * time.Hour
	deadline, now := d.Timers[suspends].Due, d.Facts.Activity.StaleTold
	unused := policy.After - deadline.Sub(now)
	return []Letter{tr.letter(LetterStale, Letter{At: now, Expires: deadline, Unused: int(unused / day)})}
}

// Stands reports whether a letter that was not sent yet is still true: its link
// works, or the account is as it says.
func (p *Provider) Stands(ctx context.Context, tenant store.TenantID, letter *Letter) (bool, error) {
	if letter.Secret != "" {
		_, _, err := p.link(ctx, tenant, letter.Kind, letter.Secret)
		if errors.Is(err, ErrLink) {
			return false, nil
		}
		return err == nil, err
	}
	t, err := p.users()
	if err != nil {
		return false, err
	}
	a, err := p.account(ctx, store.Key{Tenant: tenant, Type: t.Name, ID: letter.User})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil || a.departed != nil {
		return false, err
	}
	switch status := a.facts.Status(p.now()); letter.Kind {
	case LetterLocked:
		return status == lifecycle.StatusLocked && a.facts.Lockout.At.Equal(letter.At), nil
	case LetterStale:
		return status == lifecycle.StatusActive && !a.facts.LastUse().After(letter.At), nil
	}
	return false, nil
}
