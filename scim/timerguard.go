package scim

import (
	"context"
	"slices"
	"time"

	"rollcall/lifecycle"
)

// refusedAgain is after how long at most the mass guard is asked again about a
// timer that it refused: an administrator may have allowed it.
const refusedAgain = 5 * time.Minute

// removalByTimer asks the mass guard about one removal by a timer, once for all
// attempts at it: what it lets pass it has counted.
func (p *Provider) removalByTimer(c *Caller) func(ctx context.Context) (lifecycle.Verdict, error) {
	var verdict lifecycle.Verdict
	asked := false
	return func(ctx context.Context) (lifecycle.Verdict, error) {
		if asked {
			return verdict, nil
		}
		verdicts, err := p.weigh(ctx, c, []removal{{n: 1}})
		if err != nil {
			return verdict, err
		}
		verdict, asked = verdicts[0], true
		return verdict, nil
	}
}

// planTimers plans what the due timers of an account do, of which the mass guard
// may hold or refuse a removal. again is when a refused one is looked at, zero
// where nothing is refused.
func (p *Provider) planTimers(ctx context.Context, c *Caller, a *account, weigh func(context.Context) (lifecycle.Verdict, error)) (tr *transition, again time.Time, err error) {
	now := p.now()
	timers := dueTimers(a, now)
	tr, err = p.planTransition(c, a, now, words{}, timers...)
	if err != nil || !removesByPolicy(a.facts, tr.decision.Facts) {
		return tr, again, err
	}
	verdict, err := weigh(ctx)
	if err != nil {
		return nil, again, err
	}
	switch verdict.Action {
	case lifecycle.GuardReject:
		again = now.Add(min(verdict.RetryAfter, refusedAgain))
		timers = slices.DeleteFunc(timers, a.removing)
	case lifecycle.GuardHold:
		timers = heldTimers(timers)
	default:
		return tr, again, nil
	}
	tr, err = p.planTransition(c, a, now, words{}, timers...)
	return tr, again, err
}

// removesByPolicy reports whether a decision takes an account away that nobody
// has asked to remove: it ends, or is suspended because nobody uses it.
func removesByPolicy(before, after lifecycle.Facts) bool {
	stale := func(s lifecycle.Suspension) bool { return s.Source == lifecycle.StalePolicy }
	return before.Stage != lifecycle.Deprovisioned && after.Stage == lifecycle.Deprovisioned ||
		!slices.ContainsFunc(before.Suspensions, stale) && slices.ContainsFunc(after.Suspensions, stale)
}

// removing tells the timers that take the account away.
func (a *account) removing(command lifecycle.Command) bool {
	fire, ok := command.(lifecycle.Fire)
	return ok && (fire.Kind == lifecycle.TimerDeprovision || fire.Kind == lifecycle.TimerStale && a.policy.Stale.Suspend)
}

func heldTimers(timers []lifecycle.Command) []lifecycle.Command {
	held := slices.Clone(timers)
	for i, command := range held {
		if fire, ok := command.(lifecycle.Fire); ok && fire.Kind == lifecycle.TimerDeprovision {
			fire.Hold = true
			held[i] = fire
		}
	}
	return held
}
