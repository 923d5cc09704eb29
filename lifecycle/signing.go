package lifecycle

import "time"

func (c Lock) apply(d *decider) {
	d.facts.Lockout = Lockout{At: d.now, Until: c.Until, By: c.By, Reason: c.Reason}
}

func (Unlock) apply(d *decider) { d.facts.unlock() }

func (ResetAttempts) apply(d *decider) {
	d.facts.unlock()
	d.facts.Attempts = Attempts{}
}

func (c SignIn) apply(d *decider) { d.facts.succeed(d.notAfterNow(c.At), d.now) }

func (c FailSignIn) apply(d *decider) {
	d.facts.fail(d.notAfterNow(c.At), d.now, d.policy.Lockout)
}

func (c UseToken) apply(d *decider) {
	d.facts.Activity.LastTokenUse = later(d.facts.Activity.LastTokenUse, d.notAfterNow(c.At))
}

// notAfterNow takes a clock that goes ahead for one that is right.
func (d *decider) notAfterNow(at time.Time) time.Time {
	if at.After(d.now) {
		return d.now
	}
	return at
}

func (SendReset) apply(d *decider) {
	d.facts.ResetExpires = d.now.Add(d.policy.ResetValidity)
	d.effect(SendPasswordReset)
}

func (c ResetPassword) apply(d *decider) {
	if c.ByAdministrator || !d.facts.Lockout.Until.IsZero() {
		d.facts.unlock()
	}
	d.endReset()
	d.announce(EventCredentialChange)
	d.announce(EventSessionRevoked)
}

func (ChangePassword) apply(d *decider) {
	d.endReset()
	d.announce(EventCredentialChange)
}

// endReset makes a link moot: the password that it was for is another one.
func (d *decider) endReset() {
	if !d.facts.ResetExpires.IsZero() {
		d.facts.ResetExpires = time.Time{}
		d.effect(RevokeReset)
	}
}

func (c SetMark) apply(d *decider) {
	d.facts.mark(c.Mark, true)
	if c.Mark == MarkAPIOnly {
		// What belongs to a person who signs in goes.
		d.facts.unlock()
		d.facts.Attempts = Attempts{}
		d.endReset()
		d.announce(EventSessionRevoked)
	}
}

func (c Unmark) apply(d *decider) { d.facts.mark(c.Mark, false) }

func (f *Facts) mark(mark Mark, on bool) {
	switch mark {
	case MarkAPIOnly:
		f.APIOnly = on
	case MarkBreakGlass:
		f.BreakGlass = on
	case MarkLegalHold:
		f.LegalHold = on
	}
}

// marked reports whether the account bears a mark.
func (f Facts) marked(mark Mark) bool {
	switch mark {
	case MarkAPIOnly:
		return f.APIOnly
	case MarkBreakGlass:
		return f.BreakGlass
	case MarkLegalHold:
		return f.LegalHold
	}
	return false
}
