package lifecycle

import "time"

func (Create) apply(h *hearing) {
	h.facts.Stage = Staged
	h.facts.Activity.Created = h.now
}

func (Enroll) apply(h *hearing) {
	if h.facts.Stage == Absent {
		h.facts.Activity.Created = h.now
	}
	h.facts.Stage = Enrolled
}

func (Submit) apply(h *hearing) { h.await(Approval) }

func (c Invite) apply(h *hearing) {
	wait := Email
	// The policy has its say when the account begins to wait: a second link does
	// not ask again for an approval that was given.
	if c.Approval || h.policy.Approval.Invited && h.facts.Stage != Pending {
		wait = EmailAndApproval
	}
	h.await(wait)
	h.facts.InviteExpires = h.now.Add(h.policy.InviteValidity)
	h.effect(SendInvite)
}

// await makes an account wait for one thing more.
func (h *hearing) await(wait Wait) {
	if h.facts.Stage == Absent {
		h.facts.Activity.Created = h.now
	}
	h.facts.Stage = Pending
	h.facts.PendingOn = h.facts.PendingOn.with(wait)
}

func (Accept) apply(h *hearing) {
	h.facts.InviteExpires = time.Time{}
	h.effect(RevokeInvite)
	h.done(Email)
}

func (Approve) apply(h *hearing) { h.done(Approval) }

// done takes one thing off what the account waits for, and enrols it when
// there is nothing left.
func (h *hearing) done(wait Wait) {
	h.facts.PendingOn = h.facts.PendingOn.without(wait)
	if h.facts.PendingOn == Nothing {
		h.facts.Stage = Enrolled
	}
}

func (c Schedule) apply(h *hearing) {
	h.facts.ValidFrom, h.facts.ValidUntil = c.ValidFrom, c.ValidUntil
}
