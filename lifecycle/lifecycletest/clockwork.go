// Package lifecycletest owns a reference for tests of accounts: a machine that is
// too simple to be wrong in the way of the real thing.
package lifecycletest

import (
	"maps"
	"math"
	"slices"
	"time"

	"rollcall/lifecycle"
)

// Clockwork is an account as a machine that ticks and does at each tick what is
// due: slow, with a status for every tick, and without a formula over time.
// Whatever the real thing computes has to come out the same. It takes the
// commands of the lifecycle and none of its code.
//
// All times that it is given, and the lengths of the policy that matter, are
// whole ticks; the time in which failures count is rounded up.
type Clockwork struct {
	policy lifecycle.Policy
	begin  time.Time
	length time.Duration

	tick int
	account
	// before is the account before the last commands, for Undo.
	before account
	log    []Change
}

// Change is a change of status that the machine saw happen.
type Change struct {
	At       time.Time
	From, To lifecycle.Status
}

// account is what the machine knows. Ticks are 0 for never.
type account struct {
	exists, deleted, purged     bool
	stage                       string
	email, approval             bool
	invite, reset               int
	from, until                 int
	rows                        map[string]int
	locked                      bool
	lockEnd                     int
	apiOnly, breakGlass, onHold bool
	held                        bool
	purgeAt                     int

	attempts
}

// attempts are what happened beside the account: an undo leaves them.
type attempts struct {
	failures                               []int
	locks                                  int
	created, signedIn, used, renewed, told int
}

// NewClockwork returns a machine without an account, at its begin.
func NewClockwork(policy lifecycle.Policy, begin time.Time, tick time.Duration) *Clockwork {
	// Ticks before the begin are positive, so that a time in the past is no never.
	const past = 1 << 20
	return &Clockwork{policy: policy, begin: begin.Add(-past * tick), length: tick, tick: past, account: account{rows: map[string]int{}}}
}

// Status is how the account stands.
func (m *Clockwork) Status() lifecycle.Status {
	switch {
	case !m.exists:
		return "None"
	case m.purged:
		return "Purged"
	case m.deleted:
		return "Deprovisioned"
	case len(m.rows) > 0 || m.until != 0 && m.tick >= m.until:
		return "Suspended"
	case m.stage == "pending":
		return "Pending"
	case m.stage == "staged" || m.tick < m.from:
		return "Inactive"
	case m.locked:
		return "Locked"
	}
	return "Active"
}

// Log are the changes of status, in their order.
func (m *Clockwork) Log() []Change { return m.log }

// Until ticks until a time.
func (m *Clockwork) Until(now time.Time) {
	for m.time(m.tick+1).Compare(now) <= 0 {
		m.note(m.ticks)
	}
}

func (m *Clockwork) time(tick int) time.Time { return m.begin.Add(time.Duration(tick) * m.length) }

// at is the tick of a time, 0 for none.
func (m *Clockwork) at(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	return int(t.Sub(m.begin) / m.length)
}

func (m *Clockwork) ticksIn(d time.Duration) int {
	return int(math.Ceil(float64(d) / float64(m.length)))
}

// note runs what changes the machine and writes down what it made of the
// status.
func (m *Clockwork) note(do func()) {
	before := m.Status()
	do()
	after := m.Status()
	if after == before {
		return
	}
	m.log = append(m.log, Change{m.time(m.tick), before, after})
	if active(after) && !active(before) {
		m.renewed = m.tick
	}
}

// active is what SCIM shows of a status.
func active(status lifecycle.Status) bool { return status == "Active" || status == "Locked" }

func (m *Clockwork) ticks() {
	m.tick++
	maps.DeleteFunc(m.rows, func(_ string, end int) bool { return end == m.tick })
	if m.locked && m.lockEnd == m.tick {
		m.unlock()
	}
	if m.reset == m.tick {
		m.reset = 0
	}
	m.enter()
}

// enter enrols a staged account whose first day has come.
func (m *Clockwork) enter() {
	if m.stage == "staged" && m.from != 0 && m.tick >= m.from {
		m.stage = "enrolled"
	}
}

func (m *Clockwork) unlock() { m.locked, m.lockEnd, m.failures = false, 0, nil }

// fail is a wrong password.
func (m *Clockwork) fail() {
	if m.Status() != "Active" || m.apiOnly {
		return
	}
	limits := m.policy.Lockout
	m.failures = append(m.failures, m.tick)
	m.failures = slices.DeleteFunc(m.failures, func(at int) bool { return at <= m.tick-m.ticksIn(limits.Within) })
	if len(m.failures) < limits.Failures {
		return
	}
	m.locked, m.lockEnd, m.failures = true, 0, nil
	if m.locks < limits.PermanentAfter {
		m.lockEnd = m.tick + m.ticksIn(limits.Lasts)
		for range m.locks {
			m.lockEnd += m.lockEnd - m.tick
		}
	}
	m.locks++
}

// lastUse is the tick that staleness counts from.
func (m *Clockwork) lastUse() int {
	use := m.signedIn
	if m.apiOnly {
		use = m.used
	}
	return max(use, m.created, m.renewed, m.from)
}

// stale is when somebody is told that the account was unused for a time.
func (m *Clockwork) stale(unused time.Duration) (at int, waits bool) {
	at = m.lastUse() + m.ticksIn(unused)
	return at, m.living() && m.stage == "enrolled" && m.told < at
}

// escalates is when an expired account is deprovisioned, and whether it is.
func (m *Clockwork) escalates() (at int, waits bool) {
	after := m.ticksIn(m.policy.Escalation.Expired)
	return max(m.until, m.renewed) + after, m.living() && !m.breakGlass && m.until != 0 && after != 0
}

func (m *Clockwork) living() bool  { return m.exists && !m.deleted && !m.purged }
func (m *Clockwork) present() bool { return m.exists && !m.purged }
