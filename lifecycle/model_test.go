package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/lifecycle"
)

// clockwork is the account as a machine that ticks once a minute and does what
// is due: slow, with a status for every minute, and without a formula over
// time. Whatever the real thing computes has to come out the same.
type clockwork struct {
	minute          int
	exists, deleted bool
	stage           string
	email, approval bool
	link            int
	from, until     int // 0 for none
	rows            map[string]int
	locked          bool
	lockEnd         int // 0 for none
	failures        []int
	locks           int
	log             []logged
}

type logged struct {
	minute   int
	from, to lifecycle.Status
}

func (m *clockwork) status() lifecycle.Status {
	if !m.exists {
		return "None"
	}
	if m.deleted {
		return "Deprovisioned"
	}
	if len(m.rows) > 0 || m.until != 0 && m.minute >= m.until {
		return "Suspended"
	}
	if m.stage == "pending" {
		return "Pending"
	}
	if m.stage == "staged" || m.minute < m.from {
		return "Inactive"
	}
	if m.locked {
		return "Locked"
	}
	return "Active"
}

// note runs what changes the machine and writes down what it made of the
// status.
func (m *clockwork) note(do func()) {
	before := m.status()
	do()
	if after := m.status(); after != before {
		m.log = append(m.log, logged{m.minute, before, after})
	}
}

func (m *clockwork) tick() {
	m.note(func() {
		m.minute++
		for source, end := range m.rows {
			if end == m.minute {
				delete(m.rows, source)
			}
		}
		if m.locked && m.lockEnd == m.minute {
			m.locked, m.failures = false, nil
		}
		m.begin()
	})
}

// begin enrols a staged account whose first day has come.
func (m *clockwork) begin() {
	if m.stage == "staged" && m.from != 0 && m.minute >= m.from {
		m.stage = "enrolled"
	}
}

const (
	window  = 15
	limit   = 3
	lasts   = 30
	forever = 2
)

// fail is a wrong password.
func (m *clockwork) fail() {
	if m.status() != "Active" {
		return
	}
	m.failures = append(m.failures, m.minute)
	m.failures = slices.DeleteFunc(m.failures, func(at int) bool { return at <= m.minute-window })
	if len(m.failures) < limit {
		return
	}
	m.locked, m.lockEnd, m.failures = true, 0, nil
	switch m.locks {
	case 0:
		m.lockEnd = m.minute + lasts
	case 1:
		m.lockEnd = m.minute + 2*lasts
	}
	m.locks++
}

// move is one thing that can happen to both.
type move struct {
	name    string
	command lifecycle.Command
	// able says whether the machine takes it; do is what it does then.
	able func() bool
	do   func()
}

type instants func(minute int) time.Time

func (m *clockwork) living() bool { return m.exists && !m.deleted }

// moves are what can be done at this minute.
func (m *clockwork) moves(at instants, length int, source string) []move {
	end := m.minute + length
	in := func(stages ...string) func() bool {
		return func() bool { return m.living() && slices.Contains(stages, m.stage) }
	}
	waiting := func() bool { return m.living() && m.stage == "pending" }
	own := func() bool { _, found := m.rows[source]; return found }
	finish := func() {
		if !m.email && !m.approval {
			m.stage = "enrolled"
		}
	}
	return []move{
		{"create", lifecycle.Create{}, func() bool { return !m.exists }, func() { m.exists, m.stage = true, "staged" }},
		{
			"enroll",
			lifecycle.Enroll{},
			func() bool { return !m.exists || m.living() && m.stage != "pending" },
			func() { m.exists, m.stage = true, "enrolled" },
		},
		{
			"invite",
			lifecycle.Invite{Email: true, Approval: length%2 == 0},
			func() bool { return !m.exists || m.living() && m.stage != "enrolled" },
			func() {
				m.exists, m.stage, m.email, m.link = true, "pending", true, m.minute+7*24*60
				m.approval = m.approval || length%2 == 0
			},
		},
		{"accept", lifecycle.Accept{}, func() bool { return waiting() && m.email && m.minute < m.link }, func() { m.email = false; finish() }},
		{
			"approve",
			lifecycle.Approve{},
			in("pending", "enrolled"),
			func() {
				if m.stage == "pending" {
					m.approval = false
					finish()
				}
			},
		},
		{
			"schedule",
			lifecycle.Schedule{ValidFrom: at(m.minute + length/2), ValidUntil: at(end)},
			func() bool { return m.living() && length/2 < length },
			func() { m.from, m.until = m.minute+length/2, end; m.begin() },
		},
		{"unschedule", lifecycle.Schedule{}, m.living, func() { m.from, m.until = 0, 0 }},
		{"suspend", lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: source, Reason: "why", Since: at(m.minute)}}, m.living, func() { m.rows[source] = 0 }},
		{
			"suspend for a time",
			lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: source, Reason: "why", Since: at(m.minute), Until: at(end)}},
			func() bool { return m.living() && length > 0 },
			func() { m.rows[source] = end },
		},
		{
			"resume",
			lifecycle.Resume{Source: source},
			func() bool {
				return m.living() && (source != lifecycle.Administrators || own() || m.status() != "Suspended")
			},
			func() {
				delete(m.rows, source)
				if m.stage == "staged" {
					m.stage = "enrolled"
				}
			},
		},
		{
			"override",
			lifecycle.Override{Source: source, Reason: "an owner"},
			func() bool { return m.living() && (m.status() != "Suspended" || len(m.rows) > 0) },
			func() { delete(m.rows, source) },
		},
		{"lock", lifecycle.Lock{By: "ann", Reason: "odd"}, m.living, func() { m.locked, m.lockEnd = true, 0 }},
		{
			"unlock",
			lifecycle.Unlock{},
			m.living,
			func() {
				if m.locked {
					m.locked, m.failures = false, nil
				}
			},
		},
		{"fail", lifecycle.FailSignIn{At: at(m.minute)}, m.living, m.fail},
		{
			"sign in",
			lifecycle.SignIn{At: at(m.minute)},
			m.living,
			func() {
				if !m.locked {
					m.failures, m.locks = nil, 0
				}
			},
		},
		{"deprovision", lifecycle.Deprovision{}, func() bool { return m.exists }, func() { m.deleted = true }},
		{
			"restore",
			lifecycle.Restore{By: "ann"},
			func() bool { return m.exists },
			func() {
				if m.deleted {
					m.deleted, m.link = false, 0
					m.rows[lifecycle.Administrators] = 0
				}
			},
		},
		{
			"revive",
			lifecycle.Revive{Approval: length%2 == 0},
			func() bool { return m.exists && m.deleted },
			func() {
				if m.deleted, m.link = false, 0; length%2 == 0 {
					m.stage, m.approval = "pending", true
				}
			},
		},
	}
}

// TestClockwork drives random moves and time against both.
func TestClockwork(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(minute int) time.Time { return begin.Add(time.Duration(minute) * time.Minute) }
	policy := lifecycle.DefaultPolicy()
	policy.Lockout = lifecycle.LockoutPolicy{Failures: limit, Within: window * time.Minute, Lasts: lasts * time.Minute, PermanentAfter: forever}
	rapid.Check(t, func(r *rapid.T) {
		machine := &clockwork{minute: 1, rows: map[string]int{}}
		facts := lifecycle.Facts{}
		var told []lifecycle.Change
		decide := func(commands ...lifecycle.Command) error {
			d, err := lifecycle.Decide(facts, policy, at(machine.minute), commands...)
			if err == nil {
				facts, told = d.Facts, append(told, d.Changes...)
			}
			return err
		}
		for range rapid.IntRange(1, 40).Draw(r, "moves") {
			for range rapid.SampledFrom([]int{0, 0, 1, 5, 29, 30, 120}).Draw(r, "minutes") {
				machine.tick()
				if got := facts.Status(at(machine.minute)); got != machine.status() {
					r.Fatalf("minute %d: %s, the machine says %s: %+v", machine.minute, got, machine.status(), facts)
				}
			}
			if rapid.IntRange(0, 4).Draw(r, "timer?") == 0 {
				if err := decide(lifecycle.Fire{Kind: rapid.SampledFrom(lifecycle.TimerKinds()[:6]).Draw(r, "timer")}); err != nil {
					r.Fatalf("a timer was refused: %v", err)
				}
				continue
			}
			source := rapid.SampledFrom([]string{"connection:a", "connection:b", lifecycle.Administrators}).Draw(r, "source")
			moves := machine.moves(at, rapid.IntRange(0, 60).Draw(r, "length"), source)
			m := moves[rapid.IntRange(0, len(moves)-1).Draw(r, "move")]
			able := m.able()
			if err := decide(m.command); (err == nil) != able {
				r.Fatalf("minute %d: %s: %v; the machine takes it: %v; %+v", machine.minute, m.name, err, able, facts)
			}
			if able {
				machine.note(m.do)
			}
			if got := facts.Status(at(machine.minute)); got != machine.status() {
				r.Fatalf("minute %d: %s made %s, the machine says %s: %+v", machine.minute, m.name, got, machine.status(), facts)
			}
		}
		if err := decide(); err != nil {
			r.Fatal(err)
		}
		sameHistory(r, told, machine.log, at)
	})
}

// sameHistory compares what was told with what the machine saw happen, minute
// for minute.
func sameHistory(r *rapid.T, told []lifecycle.Change, log []logged, at instants) {
	if len(told) != len(log) {
		r.Fatalf("told %+v\nhappened %+v", told, log)
	}
	for i, c := range told {
		if !c.At.Equal(at(log[i].minute)) || c.From != log[i].from || c.To != log[i].to {
			r.Fatalf("told %+v\nhappened %+v", c, log[i])
		}
	}
}
