package scim_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/lifecycle/lifecycletest"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// person is an account as the lifecycle alone sees it: facts in memory, and what
// was to be told. The machine is asked beside it, because the provider decides by
// the lifecycle, too.
type person struct {
	name, id string
	facts    lifecycle.Facts
	machine  *lifecycletest.Clockwork
	told     []string
	audits   int
	// links are the secrets of the links that were made last, by kind.
	links map[string]string
}

// GoString keeps what a failure prints short.
func (p *person) GoString() string { return p.name }

// people drives the same commands through the provider on a store, through the
// lifecycle in memory, and through the machine.
type people struct {
	*bed
	*rapid.T
	policy  lifecycle.Policy
	persons []*person
	round   int
}

func (m *people) Helper() { m.bed.Helper() }

// decide is what the lifecycle says, which the machine has to agree to.
func (m *people) decide(p *person, commands ...lifecycle.Command) (lifecycle.Decision, error) {
	decision, err := lifecycle.Decide(p.facts, m.policy, m.clock.now(), commands...)
	p.machine.Until(m.clock.now())
	if able := p.machine.Take(commands...); able != (err == nil) {
		m.Fatalf("%#v of %s: the lifecycle says %v, the machine takes it: %v; %+v", commands, p.name, err, able, p.facts)
	}
	if err != nil || decision.Nothing() {
		return decision, err
	}
	for _, change := range decision.Changes {
		if !change.From.Active() || !change.To.Active() {
			if change.From != lifecycle.StatusNone && change.To != lifecycle.StatusPurged {
				p.told = append(p.told, string(change.From)+" "+string(change.To))
			}
		}
	}
	if audited(p.facts, decision) {
		p.audits++
	}
	p.facts = decision.Facts
	return decision, nil
}

// audited reports whether a decision belongs into the audit trail: sign-ins are
// in a history of their own, and what was settled by itself is nothing.
func audited(before lifecycle.Facts, decision lifecycle.Decision) bool {
	before.Settled, before.Attempts, before.Changed = decision.Facts.Settled, decision.Facts.Attempts, decision.Facts.Changed
	before.Activity.LastLogin, before.Activity.LastTokenUse = decision.Facts.Activity.LastLogin, decision.Facts.Activity.LastTokenUse
	return len(decision.Changes) > 0 || !before.Equal(decision.Facts)
}

func (m *people) present(p *person) bool {
	return p.facts.Stage != lifecycle.Deprovisioned && p.facts.Stage != lifecycle.Purged
}

// same says that both sides refuse or neither does.
func (m *people) same(what string, p *person, want, got error) {
	if (want == nil) != (got == nil) {
		m.Fatalf("%s of %s: the lifecycle says %v, the provider %v", what, p.name, want, got)
	}
}

// administer sends commands by an administrator. It returns nil where they are
// refused.
func (m *people) administer(p *person, commands ...lifecycle.Command) *scim.Transition {
	decision, want := m.decide(p, commands...)
	done, err := m.provider.Act(m.bed.Context(), m.admin, p.id, "asked", commands...)
	m.same(string(commands[0].Trigger()), p, want, err)
	if err != nil {
		var refused *lifecycle.Refusal
		if !errors.As(err, &refused) {
			m.Fatalf("%s: %v is no refusal", commands[0].Trigger(), err)
		}
		return nil
	}
	if done.To != decision.To || done.Changed == decision.Nothing() {
		m.Fatalf("%s: %+v, want %s", commands[0].Trigger(), done, decision.To)
	}
	for _, letter := range done.Letters {
		p.links[letter.Kind] = letter.Secret
	}
	return done
}

// wish sends "active" by a connection.
func (m *people) wish(p *person, c *scim.Caller, active bool) {
	m.wished(p, c, &active, m.tryPatch(c, p.id, fmt.Sprintf(`{"op":"replace","path":"active","value":%t}`, active)))
}

// wished compares the answer to a wish for "active", nil for none, with what the
// lifecycle says.
func (m *people) wished(p *person, c *scim.Caller, active *bool, err error) {
	if !m.present(p) {
		if refused, ok := fault.As(err); !ok || refused.Status != 404 {
			m.Fatalf("a write to a deprovisioned account: %v", err)
		}
		return
	}
	var want error
	if commands := wishOf(c, active); len(commands) > 0 {
		_, want = m.decide(p, commands...)
	}
	m.same("a wish", p, want, err)
}

func wishOf(c *scim.Caller, active *bool) []lifecycle.Command {
	source := "connection:" + c.ID
	switch {
	case active == nil:
		return nil
	case *active:
		return []lifecycle.Command{lifecycle.Resume{Source: source}}
	}
	return []lifecycle.Command{lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: source, By: source}}}
}

func (m *people) signIn(p *person, succeeded bool) {
	_, err := m.provider.ReportSignIn(m.bed.Context(), m.idp, scim.SignIn{User: p.id, Succeeded: succeeded})
	if !m.present(p) {
		if err == nil {
			m.Fatalf("a deprovisioned account signs in")
		}
		return
	}
	var command lifecycle.Command = lifecycle.FailSignIn{At: m.clock.now()}
	if succeeded {
		command = lifecycle.SignIn{At: m.clock.now()}
	}
	_, want := m.decide(p, command)
	m.same("sign-in", p, want, err)
}

func (m *people) fireAll() {
	m.bed.fire()
	for _, p := range m.persons {
		var commands []lifecycle.Command
		for _, timer := range p.facts.Timers(m.policy) {
			if !timer.Due.After(m.clock.now()) {
				commands = append(commands, lifecycle.Fire{Kind: timer.Kind})
			}
		}
		if len(commands) == 0 {
			continue
		}
		if _, err := m.decide(p, commands...); err != nil {
			m.Fatal(err)
		}
	}
}

// check compares all that can be seen.
func (m *people) check() {
	now := m.clock.now()
	byStatus := map[lifecycle.Status][]string{}
	for _, p := range m.persons {
		got, err := m.provider.Explain(m.bed.Context(), m.admin, p.id)
		if err != nil {
			m.Fatal(err)
		}
		want := p.facts.Standing(now)
		if got.Standing != want {
			m.Fatalf("%s stands\n%+v, want\n%+v", p.name, got.Standing, want)
		}
		if p.machine.Until(now); got.Standing.Status != p.machine.Status() {
			m.Fatalf("%s is %s, the machine says %s: %+v", p.name, got.Standing.Status, p.machine.Status(), got.Facts)
		}
		if want.Status == lifecycle.StatusPurged {
			continue
		}
		if !got.ChangedAt.Equal(p.facts.ChangedAt(now)) || !slices.Equal(got.Timers, p.facts.Timers(m.policy)) || got.Stale != p.facts.Stale(m.policy, now) {
			m.Fatalf("%s: since %s with %+v, want %s with %+v", p.name, got.ChangedAt, got.Timers, p.facts.ChangedAt(now), p.facts.Timers(m.policy))
		}
		stored := got.Facts
		stored.Settled = p.facts.Settled // it may lag where there is nothing to settle
		if !stored.Equal(p.facts) {
			m.Fatalf("%s has\n%+v, want\n%+v", p.name, got.Facts, p.facts)
		}
		m.checkTold(p)
		if m.present(p) {
			byStatus[want.Status] = append(byStatus[want.Status], p.name)
		}
	}
	for _, status := range []lifecycle.Status{
		lifecycle.StatusActive, lifecycle.StatusLocked, lifecycle.StatusSuspended, lifecycle.StatusPending, lifecycle.StatusInactive,
	} {
		got := m.found(lifecycleURN+`:status eq "`+string(status)+`"`, "userName")
		if want := byStatus[status]; strings.Join(got, " ") != strings.Join(want, " ") {
			m.Fatalf("%s are %v, want %v", status, got, want)
		}
	}
}

// checkTold holds outbox and audit trail against what was to be told: all of it,
// once, in order.
func (m *people) checkTold(p *person) {
	rows, err := m.store.EventsOf(m.bed.Context(), m.key(p.id), 10_000)
	if err != nil {
		m.Fatal(err)
	}
	var told []string
	version := int64(0)
	for _, row := range rows {
		if row.Version < version {
			m.Fatalf("%s: an event of version %d after %d", p.name, row.Version, version)
		}
		version = row.Version
		if row.Type == string(lifecycle.EventStatusChange) {
			told = append(told, between(string(row.Payload), `"from":"`)+" "+between(string(row.Payload), `"to":"`))
		}
	}
	if !slices.Equal(told, p.told) {
		m.Fatalf("%s: told %v, want %v", p.name, told, p.told)
	}
	if audits := m.audits(p.id); len(audits) != p.audits {
		m.Fatalf("%s: %d audit rows, want %d: %v", p.name, len(audits), p.audits, audits)
	}
}

func between(text, begin string) string {
	_, rest, _ := strings.Cut(text, begin)
	word, _, _ := strings.Cut(rest, `"`)
	return word
}

// TestAccountsFollowTheLifecycle drives random commands and time through the
// provider, and compares facts, status, queries, events and audit with the
// lifecycle in memory, and the status with the machine.
func TestAccountsFollowTheLifecycle(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		b.provider.CheapKeys()
		policy := lifecycle.DefaultPolicy()
		policy.Lockout.Failures, policy.Lockout.Lasts, policy.Escalation.Expired, policy.Stale.Suspend = 2, time.Hour, 3*day, true
		text, err := policy.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.provider.SetPolicy(t.Context(), b.admin, text, 0, "test"); err != nil {
			t.Fatal(err)
		}
		round := 0
		rapid.Check(t, func(r *rapid.T) {
			round++
			m := &people{bed: b, T: r, policy: policy, round: round}
			for range 3 {
				m.post(b.idp, nil)
			}
			defer func() {
				// The next round begins with an empty directory.
				for _, p := range m.persons {
					_ = b.tryDelete(b.admin, b.user, p.id)
				}
			}()
			actions := map[string]func(*rapid.T){"": func(*rapid.T) { m.check() }}
			for name, move := range m.moves() {
				actions[name] = func(inner *rapid.T) {
					m.T = inner
					move(m)
				}
			}
			r.Repeat(actions)
		})
	})
}
