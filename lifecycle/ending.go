package lifecycle

import "time"

func (c Deprovision) apply(d *decider) { d.deprovision(c.Hold) }

// deprovision leaves all facts in place below the stage: they are what a
// restored account comes back with, and mean nothing until then.
func (d *decider) deprovision(hold bool) {
	d.facts.Was, d.facts.Stage = d.facts.Stage, Deprovisioned
	d.facts.Held = hold
	if !hold {
		d.facts.PurgeAfter = d.now.Add(d.policy.PurgeAfter)
	}
}

func (Release) apply(d *decider) {
	d.facts.Held = false
	d.facts.PurgeAfter = d.now.Add(d.policy.PurgeAfter)
	d.effect(StripMemberships)
}

func (c Restore) apply(d *decider) {
	d.comeBack()
	if s, found := d.facts.suspensionOf(Administrators, d.now); !found || !s.Until.IsZero() {
		d.facts.put(Suspension{Source: Administrators, Reason: c.Reason, By: c.By, Since: d.now})
	}
}

func (c Revive) apply(d *decider) {
	d.comeBack()
	if c.Approval {
		d.await(Approval)
	}
}

// comeBack ends the departure of an account: all that was so beneath it is so
// again.
func (d *decider) comeBack() {
	d.facts.Stage, d.facts.Was = d.facts.Was, Absent
	d.facts.Held, d.facts.PurgeAfter = false, time.Time{}
	d.facts.Activity.Renewed = d.now
	// Links that were mailed to who has left do not come back.
	d.facts.InviteExpires, d.facts.ResetExpires = time.Time{}, time.Time{}
	d.effect(RevokeInvite, RevokeReset)
}

func (Purge) apply(d *decider) { d.purge() }

func (d *decider) purge() {
	d.facts = Facts{Stage: Purged, Settled: d.facts.Settled}
}

func (c Fire) apply(d *decider) {
	switch c.Kind {
	case TimerStaleWarning:
		// As of when it was due: a warning that comes late must not stand for
		// what is due after it.
		d.facts.Activity.StaleTold = d.facts.lastUse().Add(d.policy.Stale.WarnAfter)
		d.effect(WarnStale)
	case TimerStale:
		d.facts.Activity.StaleTold = d.now
		if d.policy.Stale.Suspend && !d.facts.BreakGlass && d.status().Active() {
			d.facts.put(Suspension{Source: StalePolicy, By: StalePolicy, Since: d.now})
		}
	case TimerDeprovision:
		d.deprovision(c.Hold)
	case TimerPurge:
		d.purge()
	}
}

func (c Cancel) apply(d *decider) {
	f := &d.facts
	switch c.Kind {
	case TimerValidFrom:
		// Cancelling a first day must not let anybody in today.
		if f.Stage == Enrolled {
			f.Stage = Staged
		}
		f.ValidFrom = time.Time{}
	case TimerValidUntil:
		f.ValidUntil = time.Time{}
	case TimerSuspendedUntil:
		for i := range f.Suspensions {
			f.Suspensions[i].Until = time.Time{}
		}
	case TimerLock:
		f.Lockout.Until = time.Time{}
	case TimerInvite:
		f.InviteExpires = time.Time{}
		d.effect(RevokeInvite)
	case TimerReset:
		d.endReset()
	case TimerStaleWarning, TimerStale, TimerDeprovision:
		f.Activity.Renewed = d.now
	case TimerPurge:
		f.PurgeAfter = time.Time{}
	}
}
