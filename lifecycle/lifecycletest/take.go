package lifecycletest

import (
	"maps"
	"slices"
	"strings"

	"rollcall/lifecycle"
)

// Take does what commands say, or reports that it refuses them, and does none
// then. Undo takes the last commands back, which must have been a moment ago.
func (m *Clockwork) Take(commands ...lifecycle.Command) (able bool) {
	was := m.account
	was.rows, was.failures = maps.Clone(m.rows), slices.Clone(m.failures)
	able = true
	m.note(func() {
		for _, command := range commands {
			if able = m.one(command); !able {
				m.account = was
				return
			}
		}
	})
	if able {
		m.before = was
	}
	return able
}

// one takes one command.
func (m *Clockwork) one(command lifecycle.Command) (able bool) {
	for _, take := range []func(lifecycle.Command) (able, mine bool){m.comes, m.suspends, m.signs, m.marks, m.ends, m.cancels, m.fires} {
		if able, mine := take(command); mine {
			return able
		}
	}
	panic("the machine does not know " + string(command.Trigger()))
}

// when does what is to be done where it can be done.
func when(able bool, do func()) (bool, bool) {
	if able {
		do()
	}
	return able, true
}

func (m *Clockwork) comes(command lifecycle.Command) (able, mine bool) {
	in := func(stages ...string) bool { return m.living() && slices.Contains(stages, m.stage) }
	switch c := command.(type) {
	case lifecycle.Create:
		return when(!m.exists, func() { m.begins("staged") })
	case lifecycle.Enroll:
		return when(!m.exists || in("staged", "enrolled"), func() { m.begins("enrolled") })
	case lifecycle.Submit:
		return when(!m.exists || in("staged", "pending"), func() { m.begins("pending"); m.approval = true })
	case lifecycle.Invite:
		return when(c.Email && !m.apiOnly && (!m.exists || in("staged", "pending")), func() {
			m.begins("pending")
			m.email, m.approval = true, m.approval || c.Approval
			m.invite = m.tick + m.ticksIn(m.policy.InviteValidity)
		})
	case lifecycle.Accept:
		return when(in("pending") && m.email && m.tick < m.invite, func() { m.email, m.invite = false, 0; m.finish() })
	case lifecycle.Approve:
		return when(in("pending", "enrolled"), func() { m.approval = false; m.finish() })
	case lifecycle.Schedule:
		return when(m.living() && (c.ValidUntil.IsZero() || c.ValidUntil.After(c.ValidFrom)), func() {
			m.from, m.until = m.at(c.ValidFrom), m.at(c.ValidUntil)
			m.enter()
		})
	}
	return false, false
}

func (m *Clockwork) begins(stage string) {
	if !m.exists {
		m.exists, m.created = true, m.tick
	}
	m.stage = stage
}

// finish enrols who waits for nothing more.
func (m *Clockwork) finish() {
	if m.stage == "pending" && !m.email && !m.approval {
		m.stage = "enrolled"
	}
}

func (m *Clockwork) suspends(command lifecycle.Command) (able, mine bool) {
	const administrators = lifecycle.Administrators
	suspended := m.Status() == "Suspended"
	switch c := command.(type) {
	case lifecycle.Suspend:
		s := c.Suspension
		worded := s.Source != administrators || strings.TrimSpace(s.Reason) != ""
		return when(m.living() && worded && (s.Until.IsZero() || m.at(s.Until) > m.tick), func() { m.rows[s.Source] = m.at(s.Until) })
	case lifecycle.Resume:
		_, own := m.rows[c.Source]
		return when(m.living() && (c.Source != administrators || own || !suspended), func() {
			delete(m.rows, c.Source)
			if m.stage == "staged" {
				m.stage = "enrolled"
			}
		})
	case lifecycle.Override:
		return when(m.living() && (!suspended || len(m.rows) > 0 && c.Reason != ""), func() {
			if delete(m.rows, c.Source); c.Source == "" {
				clear(m.rows)
			}
		})
	case lifecycle.TakeOver:
		return when(m.living() && (!suspended || c.Reason != ""), func() {
			end, found := m.rows[c.Source]
			if !found || c.Source == administrators {
				return
			}
			// What the administrators have already does not end sooner.
			if own, has := m.rows[administrators]; has && (own == 0 || end != 0 && own > end) {
				end = own
			}
			delete(m.rows, c.Source)
			m.rows[administrators] = end
		})
	}
	return false, false
}

func (m *Clockwork) signs(command lifecycle.Command) (able, mine bool) {
	switch c := command.(type) {
	case lifecycle.Lock:
		return when(m.living() && !m.apiOnly && c.Reason != "" && (c.Until.IsZero() || m.at(c.Until) > m.tick), func() {
			m.locked, m.lockEnd = true, m.at(c.Until)
		})
	case lifecycle.Unlock:
		return when(m.living(), func() {
			if m.locked {
				m.unlock()
			}
		})
	case lifecycle.ResetAttempts:
		return when(m.living(), func() { m.unlock(); m.locks = 0 })
	case lifecycle.SignIn:
		return when(m.living(), func() {
			m.signedIn = m.tick
			if !m.locked {
				m.failures, m.locks = nil, 0
			}
		})
	case lifecycle.FailSignIn:
		return when(m.living(), m.fail)
	case lifecycle.UseToken:
		return when(m.living(), func() { m.used = m.tick })
	case lifecycle.SendReset:
		return when(m.living() && c.Email && !m.apiOnly && m.stage == "enrolled", func() { m.reset = m.tick + m.ticksIn(m.policy.ResetValidity) })
	case lifecycle.ResetPassword:
		return when(m.living() && !m.apiOnly && (c.ByAdministrator || m.reset != 0), func() {
			if m.reset = 0; c.ByAdministrator || m.lockEnd != 0 {
				m.unlock()
			}
		})
	case lifecycle.ChangePassword:
		return when(m.living(), func() { m.reset = 0 })
	}
	return false, false
}

func (m *Clockwork) mark(mark lifecycle.Mark) *bool {
	return map[lifecycle.Mark]*bool{
		lifecycle.MarkAPIOnly: &m.apiOnly, lifecycle.MarkBreakGlass: &m.breakGlass, lifecycle.MarkLegalHold: &m.onHold,
	}[mark]
}

func (m *Clockwork) marks(command lifecycle.Command) (able, mine bool) {
	switch c := command.(type) {
	case lifecycle.SetMark:
		marked, person := m.mark(c.Mark), c.Mark != lifecycle.MarkAPIOnly || c.Purpose != "" && (m.stage != "pending" || !m.email)
		return when(m.living() && person || m.present() && m.deleted && (*marked || c.Mark == lifecycle.MarkLegalHold), func() {
			if c.Mark == lifecycle.MarkAPIOnly && !*marked {
				m.unlock()
				m.locks, m.reset = 0, 0
			}
			*marked = true
		})
	case lifecycle.Unmark:
		marked := m.mark(c.Mark)
		return when(m.living() || m.present() && (!*marked || c.Mark == lifecycle.MarkLegalHold), func() { *marked = false })
	}
	return false, false
}

func (m *Clockwork) ends(command lifecycle.Command) (able, mine bool) {
	switch c := command.(type) {
	case lifecycle.Deprovision:
		return when(m.present(), func() {
			if !m.deleted {
				m.deprovision(c.Hold)
			}
		})
	case lifecycle.Release:
		return when(m.present(), func() {
			if m.deleted && m.held {
				m.deprovision(false)
			}
		})
	case lifecycle.Restore:
		return when(m.present(), func() {
			if !m.deleted {
				return
			}
			m.deleted, m.held, m.purgeAt, m.invite, m.reset, m.renewed = false, false, 0, 0, 0, m.tick
			m.rows[lifecycle.Administrators] = 0
		})
	case lifecycle.Revive:
		return when(m.present() && m.deleted, func() {
			m.deleted, m.held, m.purgeAt, m.invite, m.reset, m.renewed = false, false, 0, 0, 0, m.tick
			if c.Approval {
				m.stage, m.approval = "pending", true
			}
		})
	case lifecycle.Purge:
		return when(m.purged || m.present() && m.deleted && !m.onHold && !m.held && c.Confirmed, func() { m.purged = true })
	case lifecycle.Undo:
		return when(m.present() && m.before.exists, func() {
			was, gone, reset := m.before, m.deleted, m.reset
			was.attempts, was.reset = m.attempts, reset
			if m.account = was; gone && !m.deleted {
				m.renewed = m.tick
			}
		})
	}
	return false, false
}

// deprovision ends the account, and begins the time to its purge unless it is
// held.
func (m *Clockwork) deprovision(hold bool) {
	m.deleted, m.held = true, hold
	if !hold {
		m.purgeAt = m.tick + m.ticksIn(m.policy.PurgeAfter)
	}
}
