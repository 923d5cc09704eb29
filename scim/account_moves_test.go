package scim_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"rollcall/lifecycle"
	"rollcall/lifecycle/lifecycletest"
	"rollcall/scim"
)

// mostPersons are as many as one round makes.
const mostPersons = 6

// connection is one of the two.
func (m *people) connection() *scim.Caller {
	return map[bool]*scim.Caller{true: m.idp, false: m.hr}[rapid.Bool().Draw(m.T, "by the identity provider")]
}

// perhaps is true, false or nothing.
func (m *people) perhaps(name string) *bool {
	return rapid.Ptr(rapid.Bool(), true).Draw(m.T, name)
}

// newPerson is somebody of whom nobody knows yet, nil where there are enough.
func (m *people) newPerson() *person {
	if len(m.persons) == mostPersons {
		return nil
	}
	return &person{
		name: fmt.Sprintf("r%d-%d", m.round, len(m.persons)), links: map[string]string{},
		machine: lifecycletest.NewClockwork(m.policy, m.clock.now(), time.Hour),
	}
}

// body is the user as POST and PUT send it.
func (p *person) body(active *bool) string {
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"emails":[{"value":"%s@example.com"}]`, p.name, p.name)
	if active != nil {
		body += fmt.Sprintf(`,"active":%t`, *active)
	}
	return body + "}"
}

// made notes a new person, whose account began with commands.
func (m *people) made(p *person, id string, commands ...lifecycle.Command) {
	if _, err := m.decide(p, commands...); err != nil {
		m.Fatal(err)
	}
	p.id, p.told, p.audits = id, nil, 1
	m.persons = append(m.persons, p)
}

// post is a POST by a connection.
func (m *people) post(c *scim.Caller, active *bool) {
	p := m.newPerson()
	if p == nil {
		return
	}
	made, err := m.provider.Create(m.bed.Context(), c, m.user, strings.NewReader(p.body(active)), scim.View{})
	if err != nil {
		m.Fatal(err)
	}
	commands := []lifecycle.Command{lifecycle.Enroll{}}
	if active != nil && !*active {
		commands = append(commands, wishOf(c, active)...)
	}
	m.made(p, made.ID(), commands...)
}

// enter makes a user in the name of an administrator. Who is invited is staged
// before.
func (m *people) enter(entry lifecycle.Command) {
	p := m.newPerson()
	if p == nil {
		return
	}
	done, err := m.provider.Enter(m.bed.Context(), m.admin, strings.NewReader(p.body(nil)), entry)
	if err != nil {
		m.Fatal(err)
	}
	if _, invited := entry.(lifecycle.Invite); !invited {
		m.made(p, done.ID, entry)
		return
	}
	m.made(p, done.ID, lifecycle.Create{})
	if _, err := m.decide(p, entry); err != nil {
		m.Fatal(err)
	}
	for _, letter := range done.Letters {
		p.links[letter.Kind] = letter.Secret
	}
}

// put is a PUT by a connection, of what is there and perhaps "active".
func (m *people) put(p *person, c *scim.Caller, active *bool) {
	_, err := m.provider.Replace(m.bed.Context(), c, m.user, p.id, scim.Precondition{}, strings.NewReader(p.body(active)), scim.View{})
	m.wished(p, c, active, err)
}

// decidePassword is decide for commands that come with a password, which leaves
// an audit row in any case.
func (m *people) decidePassword(p *person, commands ...lifecycle.Command) error {
	audits := p.audits
	_, err := m.decide(p, commands...)
	if err == nil {
		p.audits = audits + 1
	}
	return err
}

const chosen = "Correct-Horse-1"

// follow uses a link that was made for a person, however long ago.
func (m *people) follow(p *person, kind string, commands ...lifecycle.Command) {
	if p.links[kind] == "" {
		return
	}
	_, err := m.provider.FollowLink(m.bed.Context(), m.admin, kind, p.links[kind], chosen)
	m.same("the "+kind+" link", p, m.decidePassword(p, commands...), err)
	if err != nil && !errors.Is(err, scim.ErrLink) {
		m.Fatalf("the %s link: %v", kind, err)
	}
}

// setPassword sets a password in the name of an administrator.
func (m *people) setPassword(p *person) {
	password, command := chosen, lifecycle.ResetPassword{ByAdministrator: true}
	_, err := m.provider.Carry(m.bed.Context(), m.admin, scim.Order{
		ID: p.id, Reason: "asked", Password: &password,
		Commands: func(*scim.Explanation) ([]lifecycle.Command, error) { return []lifecycle.Command{command}, nil },
	})
	m.same("a new password", p, m.decidePassword(p, command), err)
}

// undo does something and takes it back.
func (m *people) undo(p *person) {
	suspension := lifecycle.Suspension{Source: lifecycle.Administrators, By: "ann", Reason: "undone"}
	done := m.administer(p, rapid.SampledFrom([]lifecycle.Command{
		lifecycle.Suspend{Suspension: suspension},
		lifecycle.Override{Reason: "undone"},
		lifecycle.Lock{By: "ann", Reason: "undone"},
		lifecycle.Unlock{},
		lifecycle.TakeOver{Source: "connection:" + m.idp.ID, By: "ann", Reason: "undone"},
		lifecycle.Schedule{ValidUntil: m.clock.now().Add(day)},
		lifecycle.Enroll{},
		lifecycle.Submit{},
		lifecycle.Approve{},
		lifecycle.SetMark{Mark: lifecycle.MarkAPIOnly, Purpose: "p"},
		lifecycle.Deprovision{},
		lifecycle.Deprovision{Hold: true},
		lifecycle.Release{},
		lifecycle.Restore{By: "ann"},
	}).Draw(m.T, "undone"))
	if done != nil && done.Changed {
		m.administer(p, lifecycle.Undo{Before: done.Before, After: done.After})
	}
}

// moves are all that can happen, by name.
func (m *people) moves() map[string]func(*people) {
	pick := func(m *people) *person { return rapid.SampledFrom(m.persons).Draw(m.T, "person") }
	ahead := func(m *people, name string) time.Time {
		return m.clock.now().Add(time.Duration(rapid.IntRange(-1, 48).Draw(m.T, name)) * time.Hour)
	}
	maybe := func(m *people, name string) time.Time {
		if rapid.Bool().Draw(m.T, name+" given") {
			return ahead(m, name)
		}
		return time.Time{}
	}
	administer := func(command func(m *people) lifecycle.Command) func(*people) {
		return func(m *people) { m.administer(pick(m), command(m)) }
	}
	source := func(m *people) string {
		return rapid.SampledFrom([]string{"connection:" + m.idp.ID, "connection:" + m.hr.ID, lifecycle.Administrators, lifecycle.StalePolicy}).Draw(m.T, "source")
	}
	return map[string]func(*people){
		"pass":       func(m *people) { m.clock.pass(time.Duration(rapid.IntRange(1, 72).Draw(m.T, "hours")) * time.Hour) },
		"pass long":  func(m *people) { m.clock.pass(time.Duration(rapid.IntRange(10, 100).Draw(m.T, "days")) * day) },
		"fire":       func(m *people) { m.fireAll() },
		"idp off":    func(m *people) { m.wish(pick(m), m.idp, false) },
		"idp on":     func(m *people) { m.wish(pick(m), m.idp, true) },
		"hr off":     func(m *people) { m.wish(pick(m), m.hr, false) },
		"hr on":      func(m *people) { m.wish(pick(m), m.hr, true) },
		"sign in":    func(m *people) { m.signIn(pick(m), true) },
		"fail":       func(m *people) { m.signIn(pick(m), false) },
		"fail again": func(m *people) { p := pick(m); m.signIn(p, false); m.signIn(p, false) },
		"suspend": administer(func(m *people) lifecycle.Command {
			return lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: lifecycle.Administrators, By: "ann", Reason: "asked", Until: maybe(m, "suspended until")}}
		}),
		"resume":   administer(func(*people) lifecycle.Command { return lifecycle.Resume{Source: lifecycle.Administrators} }),
		"override": administer(func(*people) lifecycle.Command { return lifecycle.Override{Reason: "an owner"} }),
		"lock": administer(func(m *people) lifecycle.Command {
			return lifecycle.Lock{By: "ann", Reason: "odd", Until: maybe(m, "locked until")}
		}),
		"unlock": administer(func(*people) lifecycle.Command { return lifecycle.Unlock{} }),
		"reset":  administer(func(*people) lifecycle.Command { return lifecycle.ResetAttempts{} }),
		"schedule": administer(func(m *people) lifecycle.Command {
			return lifecycle.Schedule{ValidFrom: maybe(m, "from"), ValidUntil: maybe(m, "until")}
		}),
		"mark": administer(func(m *people) lifecycle.Command {
			return lifecycle.SetMark{Mark: rapid.SampledFrom([]lifecycle.Mark{lifecycle.MarkAPIOnly, lifecycle.MarkBreakGlass, lifecycle.MarkLegalHold}).Draw(m.T, "mark"), Purpose: "p"}
		}),
		"unmark": administer(func(m *people) lifecycle.Command {
			return lifecycle.Unmark{Mark: rapid.SampledFrom([]lifecycle.Mark{lifecycle.MarkAPIOnly, lifecycle.MarkBreakGlass, lifecycle.MarkLegalHold}).Draw(m.T, "mark")}
		}),
		"cancel": administer(func(m *people) lifecycle.Command {
			return lifecycle.Cancel{Kind: rapid.SampledFrom(lifecycle.TimerKinds()).Draw(m.T, "kind")}
		}),
		"deprovision": administer(func(*people) lifecycle.Command { return lifecycle.Deprovision{} }),
		"restore":     administer(func(*people) lifecycle.Command { return lifecycle.Restore{By: "ann", Reason: "back"} }),
		"purge":       administer(func(*people) lifecycle.Command { return lifecycle.Purge{Confirmed: true} }),
		"enroll":      administer(func(*people) lifecycle.Command { return lifecycle.Enroll{} }),
		"submit":      administer(func(*people) lifecycle.Command { return lifecycle.Submit{} }),
		"approve":     administer(func(*people) lifecycle.Command { return lifecycle.Approve{} }),
		"hold":        administer(func(*people) lifecycle.Command { return lifecycle.Deprovision{Hold: true} }),
		"release":     administer(func(*people) lifecycle.Command { return lifecycle.Release{} }),
		"invite": administer(func(m *people) lifecycle.Command {
			return lifecycle.Invite{Email: true, Approval: rapid.Bool().Draw(m.T, "approval")}
		}),
		"take over": administer(func(m *people) lifecycle.Command {
			return lifecycle.TakeOver{Source: source(m), By: "ann", Reason: "an owner"}
		}),
		"override one": administer(func(m *people) lifecycle.Command { return lifecycle.Override{Source: source(m), Reason: "an owner"} }),
		"send reset":   administer(func(*people) lifecycle.Command { return lifecycle.SendReset{Email: true} }),
		"accept":       func(m *people) { m.follow(pick(m), scim.LetterInvite, lifecycle.Accept{}, lifecycle.ChangePassword{}) },
		"follow reset": func(m *people) { m.follow(pick(m), scim.LetterReset, lifecycle.ResetPassword{}) },
		"set password": func(m *people) { m.setPassword(pick(m)) },
		"undo":         func(m *people) { m.undo(pick(m)) },
		"put":          func(m *people) { m.put(pick(m), m.connection(), m.perhaps("active")) },
		"post":         func(m *people) { m.post(m.connection(), m.perhaps("active")) },
		"enter": func(m *people) {
			m.enter(rapid.SampledFrom([]lifecycle.Command{
				lifecycle.Create{}, lifecycle.Enroll{}, lifecycle.Submit{}, lifecycle.Invite{Email: true}, lifecycle.Invite{Email: true, Approval: true},
			}).Draw(m.T, "entry"))
		},
	}
}
