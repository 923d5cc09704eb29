package demo

import (
	"context"
	"time"

	"rollcall/lifecycle"
)

// The lives of those who cannot use their account today, or not for long any more,
// one function a fate.

// isInvited has a link that works still.
func (s *story) isInvited(p *person) {
	s.made(p, s.ago(s.between(1, 5)), nil, lifecycle.Invite{Email: true})
}

// missedInvitation has not followed the link in time.
func (s *story) missedInvitation(p *person) {
	s.made(p, s.ago(s.between(9, 40)), nil, lifecycle.Invite{Email: true})
}

// acceptedInvitation took the account over by a link.
func (s *story) acceptedInvitation(p *person) {
	s.made(p, s.ago(s.between(30, 110)), nil, lifecycle.Invite{Email: true})
	when := p.joined.Add(time.Hour + s.within(60*time.Hour))
	s.at(when, "accept the invitation of "+p.userName, func(ctx context.Context) error { return s.accept(ctx, p) })
	s.signsIn(p, when.Add(time.Minute), s.ago(s.IntN(6)))
}

// awaitsApproval needs somebody to say yes.
func (s *story) awaitsApproval(p *person) {
	s.made(p, s.ago(s.between(1, 4)), nil, lifecycle.Submit{})
}

// isStaged is prepared, and no more.
func (s *story) isStaged(p *person) {
	s.made(p, s.ago(s.between(1, 6)), nil, lifecycle.Create{})
}

// willStart can sign in from the first day of work.
func (s *story) willStart(p *person) {
	from := s.end.Add(time.Duration(s.between(2, 30)) * day).Truncate(day)
	s.made(p, s.ago(s.between(1, 9)), object{"validFrom": from.Format(time.RFC3339)}, lifecycle.Enroll{})
}

// long is somebody who was there for long, and has worked until a day.
func (s *story) long(p *person, until time.Time) {
	p.joined = s.begin.Add(s.within(40 * day))
	s.comes(p)
	s.signsIn(p, p.joined, until)
}

// isSuspended by an operator, every other one until a day.
func (s *story) isSuspended(p *person) {
	when := s.ago(s.between(2, 60))
	s.long(p, when.Add(-time.Hour))
	var until time.Time
	if some(s.Rand, 50) {
		until = s.end.Add(time.Duration(s.between(3, 60)) * day).Truncate(time.Hour)
	}
	s.act(p, when, "suspend", pick(s.Rand, suspensions), func(r *request) { r.Until = until })
}

// isDisabled at the identity provider.
func (s *story) isDisabled(p *person) {
	when := s.ago(s.between(1, 70))
	s.long(p, when.Add(-time.Hour))
	s.at(when, "disable "+p.userName, func(ctx context.Context) error { return s.activate(ctx, p, false) })
}

// isContested is suspended here while the identity provider wants it active.
func (s *story) isContested(p *person) {
	when := s.ago(s.between(3, 20))
	s.long(p, when.Add(-time.Hour))
	s.act(p, when, "suspend", "Investigation 2231 of the security team", nil)
	s.at(when.Add(30*time.Hour), "enable "+p.userName, func(ctx context.Context) error { return s.activate(ctx, p, true) })
}

// isLocked by an operator.
func (s *story) isLocked(p *person) {
	when := s.ago(s.between(1, 6))
	s.long(p, when.Add(-time.Hour))
	s.act(p, when, "lock", pick(s.Rand, locks), nil)
}

// isGuessed is locked since a few minutes.
func (s *story) isGuessed(p *person) {
	s.long(p, s.ago(s.between(1, 4)))
	s.guesses(p, s.end.Add(-9*time.Minute-s.within(5*time.Minute)))
}

// left can be restored still.
func (s *story) left(p *person) { s.leaves(p, s.ago(s.between(1, 27))) }

// leftLongAgo is gone for good.
func (s *story) leftLongAgo(p *person) { s.leaves(p, s.ago(s.between(35, 120))) }

func (s *story) leaves(p *person, when time.Time) {
	s.long(p, when.Add(-time.Hour))
	if p.source >= 0 && some(s.Rand, 60) {
		s.at(when, "delete "+p.userName, func(ctx context.Context) error { return s.remove(ctx, p) })
		return
	}
	s.act(p, when, "deprovision", pick(s.Rand, departures), nil)
}

// willLeave has a last day that lies ahead.
func (s *story) willLeave(p *person) {
	s.long(p, s.ago(s.IntN(5)))
	last := s.end.Add(time.Duration(s.between(1, 75)) * day).Truncate(day)
	s.act(p, s.ago(s.between(6, 30)), "schedule", "Contract until "+last.Format("2 January"), func(r *request) { r.ValidUntil = &last })
}

// hasExpired is past the last day.
func (s *story) hasExpired(p *person) {
	last := s.ago(s.between(1, 20)).Truncate(day)
	s.long(p, last.Add(-6*time.Hour))
	s.act(p, last.Add(-15*day), "schedule", "Contract until "+last.Format("2 January"), func(r *request) { r.ValidUntil = &last })
}
