package lifecycletest

import "rollcall/lifecycle"

func (m *Clockwork) cancels(command lifecycle.Command) (able, mine bool) {
	c, mine := command.(lifecycle.Cancel)
	if !mine {
		return false, false
	}
	return when(m.present(), func() {
		if m.deleted {
			if c.Kind == lifecycle.TimerPurge && !m.held && !m.onHold {
				m.purgeAt = 0
			}
			return
		}
		m.cancel(c.Kind)
	})
}

// cancel takes back what a timer of a living account waits for.
func (m *Clockwork) cancel(kind lifecycle.TimerKind) {
	ahead := func(at int) bool { return at > m.tick }
	switch kind {
	case lifecycle.TimerValidFrom:
		if ahead(m.from) {
			m.from = 0
			if m.stage == "enrolled" {
				m.stage = "staged"
			}
		}
	case lifecycle.TimerValidUntil:
		if ahead(m.until) {
			m.until = 0
		}
	case lifecycle.TimerSuspendedUntil:
		for source := range m.rows {
			m.rows[source] = 0
		}
	case lifecycle.TimerLock:
		m.lockEnd = 0
	case lifecycle.TimerInvite:
		if m.stage == "pending" {
			m.invite = 0
		}
	case lifecycle.TimerReset:
		m.reset = 0
	case lifecycle.TimerStaleWarning:
		if _, waits := m.stale(m.policy.Stale.WarnAfter); waits {
			m.renewed = m.tick
		}
	case lifecycle.TimerStale:
		if _, waits := m.stale(m.policy.Stale.After); waits {
			m.renewed = m.tick
		}
	case lifecycle.TimerDeprovision:
		if _, waits := m.escalates(); waits {
			m.renewed = m.tick
		}
	}
}

// fires does what the policy says. What only tells what the clock did does
// nothing here: the clock has done it.
func (m *Clockwork) fires(command lifecycle.Command) (able, mine bool) {
	c, mine := command.(lifecycle.Fire)
	if !mine {
		return false, false
	}
	switch c.Kind {
	case lifecycle.TimerStaleWarning:
		if at, waits := m.stale(m.policy.Stale.WarnAfter); waits && m.tick >= at {
			m.told = at
		}
	case lifecycle.TimerStale:
		if at, waits := m.stale(m.policy.Stale.After); waits && m.tick >= at {
			m.told = m.tick
			if m.policy.Stale.Suspend && !m.breakGlass && active(m.Status()) {
				m.rows[lifecycle.StalePolicy] = 0
			}
		}
	case lifecycle.TimerDeprovision:
		if at, waits := m.escalates(); waits && m.tick >= at && m.Status() == "Suspended" {
			m.deprovision(c.Hold)
		}
	case lifecycle.TimerPurge:
		m.purged = m.purged || m.present() && m.deleted && !m.held && !m.onHold && m.purgeAt != 0 && m.tick >= m.purgeAt
	}
	return true, true
}
