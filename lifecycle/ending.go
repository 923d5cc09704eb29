package lifecycle

import "time"

func (c Deprovision) apply(h *hearing) { h.deprovision(c.Hold) }

// deprovision leaves all facts in place below the stage: they are what a
// restored account comes back with, and mean nothing until then.
func (h *hearing) deprovision(hold bool) {
	h.facts.Was, h.facts.Stage = h.facts.Stage, Deprovisioned
	h.facts.Held = hold
	if !hold {
		h.facts.PurgeAfter = h.now.Add(h.policy.PurgeAfter)
	}
}

func (Release) apply(h *hearing) {
	h.facts.Held = false
	h.facts.PurgeAfter = h.now.Add(h.policy.PurgeAfter)
	h.effect(StripMemberships)
}

func (c Restore) apply(h *hearing) {
	h.comeBack()
	if s, found := h.facts.suspensionOf(Administrators, h.now); !found || !s.Until.IsZero() {
		h.facts.put(Suspension{Source: Administrators, Reason: c.Reason, By: c.By, Since: h.now})
	}
}

func (c Revive) apply(h *hearing) {
	h.comeBack()
	if c.Approval {
		h.await(Approval)
	}
}

// comeBack ends the departure of an account: all that was so beneath it is so
// again.
func (h *hearing) comeBack() {
	h.facts.Stage, h.facts.Was = h.facts.Was, Absent
	h.facts.Held, h.facts.PurgeAfter = false, time.Time{}
	h.facts.Activity.Renewed = h.now
	// Links that were mailed to who has left do not come back.
	h.facts.InviteExpires, h.facts.ResetExpires = time.Time{}, time.Time{}
	h.effect(RevokeInvite, RevokeReset)
}

func (Purge) apply(h *hearing) { h.purge() }

func (h *hearing) purge() {
	h.facts = Facts{Stage: Purged, Settled: h.facts.Settled}
}

func (c Fire) apply(h *hearing) {
	switch c.Kind {
	case TimerStaleWarning:
		// As of when it was due: a warning that comes late must not stand for
		// what is due after it.
		h.facts.Activity.StaleTold = h.facts.lastUse().Add(h.policy.Stale.WarnAfter)
		h.effect(WarnStale)
	case TimerStale:
		h.facts.Activity.StaleTold = h.now
		if h.policy.Stale.Suspend && !h.facts.BreakGlass && h.status().Active() {
			h.facts.put(Suspension{Source: StalePolicy, By: StalePolicy, Since: h.now})
		}
	case TimerDeprovision:
		h.deprovision(c.Hold)
	case TimerPurge:
		h.purge()
	}
}

func (c Cancel) apply(h *hearing) {
	f := &h.facts
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
		h.effect(RevokeInvite)
	case TimerReset:
		h.endReset()
	case TimerStaleWarning, TimerStale, TimerDeprovision:
		f.Activity.Renewed = h.now
	case TimerPurge:
		f.PurgeAfter = time.Time{}
	}
}
