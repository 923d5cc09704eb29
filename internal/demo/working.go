package demo

import (
	"context"
	"fmt"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
)

// The lives of those who can use their account, one function a fate.

// works is the life of most.
func (s *story) works(p *person) {
	s.comes(p)
	s.signsIn(p, p.joined, s.ago(s.IntN(12)))
}

// comes is how an account is made that can be used at once, and what goes with
// it.
func (s *story) comes(p *person) {
	s.made(p, p.joined, nil, lifecycle.Enroll{})
}

// made makes an account. more are parts of the lifecycle extension.
func (s *story) made(p *person, when time.Time, more object, entry lifecycle.Command) {
	p.joined = when
	doc := p.document(s.Rand)
	var notes object
	if p.purpose == "" {
		notes = p.notes(s.Rand)
		s.teams.join(s, p)
	}
	if p.source >= 0 {
		s.at(when, "make "+p.userName, func(ctx context.Context) error { return s.provision(ctx, p, doc) })
		if notes != nil {
			s.at(when.Add(s.within(3*day)+time.Minute), "note on "+p.userName, func(ctx context.Context) error { return s.note(ctx, p, notes) })
		}
		return
	}
	if notes == nil {
		notes = object{}
	}
	for name, value := range more {
		notes[name] = value
	}
	if len(notes) > 0 && p.purpose == "" {
		doc["schemas"], doc[schema.LifecycleURN] = []string{schema.UserURN, schema.EnterpriseURN, schema.LifecycleURN}, notes
	}
	s.at(when, "enter "+p.userName, func(ctx context.Context) error { return s.enter(ctx, p, doc, entry) })
}

// signsIn fills a time with sign-ins; the last is at its end. In between somebody
// mistypes.
func (s *story) signsIn(p *person, from, to time.Time) {
	if !to.After(from) {
		to = from.Add(time.Hour)
	}
	to = earliest(to, s.end)
	if !from.Add(3 * time.Minute).Before(to) {
		return // came this minute
	}
	addresses := []string{
		fmt.Sprintf("192.0.2.%d", s.between(1, 254)), fmt.Sprintf("198.51.100.%d", s.between(1, 254)), fmt.Sprintf("2001:db8::%x", s.between(16, 65535)),
	}
	from = from.Add(2 * time.Minute) // a mistyped password comes before
	// Evenly, so that who works here is not stale in between.
	times := s.between(2, 5) + int(to.Sub(from)/(30*day))
	step := to.Sub(from) / time.Duration(times)
	for i := range times {
		when := from.Add(time.Duration(i)*step + s.within(step))
		if some(s.Rand, 8) {
			s.signIn(p, when.Add(-time.Minute), false, pick(s.Rand, applications), pick(s.Rand, addresses))
		}
		s.signIn(p, when, true, pick(s.Rand, applications), pick(s.Rand, addresses))
	}
	s.signIn(p, to, true, pick(s.Rand, applications), addresses[0])
}

// growsStale is for those whom nobody has seen for long.
func (s *story) growsStale(p *person) {
	p.joined = s.founds()
	s.comes(p)
	s.signsIn(p, p.joined, s.ago(s.between(85, 150)))
}

// isNew came this week and has not signed in.
func (s *story) isNew(p *person) {
	p.joined = s.ago(s.between(1, 7))
	s.comes(p)
}

// neverCame has an account for long and never used it.
func (s *story) neverCame(p *person) {
	p.joined = s.ago(s.between(95, 170))
	s.comes(p)
}

// cameBack was suspended for a while.
func (s *story) cameBack(p *person) {
	p.joined = s.founds()
	s.comes(p)
	away := s.ago(s.between(40, 90))
	back := away.Add(time.Duration(s.between(5, 30)) * day)
	s.signsIn(p, p.joined, away.Add(-time.Hour))
	if p.source >= 0 && some(s.Rand, 60) {
		s.at(away, "disable "+p.userName, func(ctx context.Context) error { return s.activate(ctx, p, false) })
		s.at(back, "enable "+p.userName, func(ctx context.Context) error { return s.activate(ctx, p, true) })
	} else {
		s.act(p, away, "suspend", pick(s.Rand, suspensions), nil)
		s.act(p, back, "activate", "Is back", nil)
	}
	s.signsIn(p, back.Add(time.Hour), s.ago(s.IntN(9)))
}

// wasUnlocked was locked after failed sign-ins and called the service desk.
func (s *story) wasUnlocked(p *person) {
	p.joined = s.ago(s.between(90, 170))
	s.comes(p)
	when := s.ago(s.between(5, 80))
	s.signsIn(p, p.joined, when.Add(-time.Hour))
	s.guesses(p, when)
	s.act(p, when.Add(22*time.Minute), "reset-attempts", "Caller verified by badge number", nil)
	s.signsIn(p, when.Add(time.Hour), s.ago(s.IntN(4)))
}

// guesses are more failures than the policy allows, from another place.
func (s *story) guesses(p *person, when time.Time) {
	address := fmt.Sprintf("203.0.113.%d", s.between(1, 254))
	for i := range lifecycle.DefaultPolicy().Lockout.Failures {
		s.signIn(p, when.Add(time.Duration(i*40)*time.Second), false, "VPN", address)
	}
}

// wasRestored was deleted by mistake.
func (s *story) wasRestored(p *person) {
	p.joined = s.ago(s.between(90, 170))
	s.comes(p)
	when := s.ago(s.between(10, 25))
	s.signsIn(p, p.joined, when.Add(-time.Hour))
	s.act(p, when, "deprovision", "Left the company", nil)
	s.act(p, when.Add(20*time.Hour), "restore", "Somebody else of the same name was meant", nil)
	s.act(p, when.Add(21*time.Hour), "activate", "Checked with the manager", nil)
	s.signsIn(p, when.Add(22*time.Hour), s.ago(s.IntN(3)))
}

// movesOn changes the department or gets another title.
func (s *story) movesOn(p *person) {
	s.works(p)
	when := s.ago(s.between(1, 100))
	title, center := pick(s.Rand, p.department.titles), p.department.center
	changes := []object{{"op": "replace", "path": "title", "value": "Senior " + title}}
	if some(s.Rand, 40) {
		next := &departments[s.IntN(len(departments))]
		center = next.center
		changes = []object{{"op": "replace", "path": "title", "value": pick(s.Rand, next.titles)}, {"op": "replace", "path": schema.EnterpriseURN + ":department", "value": next.name}}
	}
	changes = append(changes, object{"op": "replace", "path": schema.EnterpriseURN + ":costCenter", "value": center})
	s.at(latest(when, p.joined.Add(time.Hour)), "move "+p.userName, func(ctx context.Context) error { return s.patch(ctx, s.connection(p), p.id, changes) })
}

// breaksGlass is the account for emergencies, which no policy touches.
func (s *story) breaksGlass(p *person) {
	p.joined, p.title = s.begin.Add(30*time.Hour), "Emergency account"
	s.comes(p)
	s.act(p, p.joined.Add(time.Hour), "mark", "Sealed envelope in the safe of the Leeds office", func(r *request) { r.Mark = lifecycle.MarkBreakGlass })
}

// serves is an account of a program.
func (s *story) serves(p *person) {
	service := services[s.served%len(services)]
	s.served++
	p.display, p.userName, p.purpose = service[0], service[0], service[1]
	p.joined = s.begin.Add(time.Duration(24+s.served*7) * time.Hour)
	s.comes(p)
	last := s.ago(0)
	if s.served%3 == 0 {
		last = s.ago(s.between(100, 140)) // nobody has missed it
	}
	for when := p.joined.Add(day); when.Before(last); when = when.Add(4*day + s.within(8*day)) {
		s.at(when, "use a token of "+p.userName, func(ctx context.Context) error { return s.useToken(ctx, p) })
	}
}
