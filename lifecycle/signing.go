package lifecycle

import "time"

func (c Lock) apply(h *hearing) {
	h.facts.Lockout = Lockout{At: h.now, Until: c.Until, By: c.By, Reason: c.Reason}
}

func (Unlock) apply(h *hearing) { h.facts.unlock() }

func (ResetAttempts) apply(h *hearing) {
	h.facts.unlock()
	h.facts.Attempts = Attempts{}
}

func (c SignIn) apply(h *hearing) { h.facts.succeed(h.notAfterNow(c.At), h.now) }

func (c FailSignIn) apply(h *hearing) {
	h.facts.fail(h.notAfterNow(c.At), h.now, h.policy.Lockout)
}

func (c UseToken) apply(h *hearing) {
	h.facts.Activity.LastTokenUse = later(h.facts.Activity.LastTokenUse, h.notAfterNow(c.At))
}

// notAfterNow takes a clock that goes ahead for one that is right.
func (h *hearing) notAfterNow(at time.Time) time.Time {
	if at.After(h.now) {
		return h.now
	}
	return at
}

func (SendReset) apply(h *hearing) {
	h.facts.ResetExpires = h.now.Add(h.policy.ResetValidity)
	h.effect(SendPasswordReset)
}

func (c ResetPassword) apply(h *hearing) {
	if c.ByAdministrator || !h.facts.Lockout.Until.IsZero() {
		h.facts.unlock()
	}
	h.endReset()
	h.announce(EventCredentialChange)
	h.announce(EventSessionRevoked)
}

func (ChangePassword) apply(h *hearing) {
	h.endReset()
	h.announce(EventCredentialChange)
}

// endReset makes a link moot: the password that it was for is another one.
func (h *hearing) endReset() {
	if !h.facts.ResetExpires.IsZero() {
		h.facts.ResetExpires = time.Time{}
		h.effect(RevokeReset)
	}
}

func (c SetMark) apply(h *hearing) {
	h.facts.mark(c.Mark, true)
	if c.Mark == MarkAPIOnly {
		// What belongs to a person who signs in goes.
		h.facts.unlock()
		h.facts.Attempts = Attempts{}
		h.endReset()
		h.announce(EventSessionRevoked)
	}
}

func (c Unmark) apply(h *hearing) { h.facts.mark(c.Mark, false) }

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
