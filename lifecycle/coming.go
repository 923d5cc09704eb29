package lifecycle

import "time"

func (Create) apply(d *decider) {
	d.facts.Stage = Staged
	d.facts.Activity.Created = d.now
}

func (Enroll) apply(d *decider) {
	if d.facts.Stage == Absent {
		d.facts.Activity.Created = d.now
	}
	d.facts.Stage = Enrolled
}

func (Submit) apply(d *decider) { d.await(Approval) }

func (c Invite) apply(d *decider) {
	wait := Email
	// The policy has its say when the account begins to wait: a second link does
	// not ask again for an approval that was given.
	if c.Approval || d.policy.Approval.Invited && d.facts.Stage != Pending {
		wait = EmailAndApproval
	}
	d.await(wait)
	d.facts.InviteExpires = d.now.Add(d.policy.InviteValidity)
	d.effect(SendInvite)
}

// await makes an account wait for one thing more.
func (d *decider) await(wait Wait) {
	if d.facts.Stage == Absent {
		d.facts.Activity.Created = d.now
	}
	d.facts.Stage = Pending
	d.facts.PendingOn = d.facts.PendingOn.with(wait)
}

func (Accept) apply(d *decider) {
	d.facts.InviteExpires = time.Time{}
	d.effect(RevokeInvite)
	d.done(Email)
}

func (Approve) apply(d *decider) { d.done(Approval) }

// done takes one thing off what the account waits for, and enrols it when
// there is nothing left.
func (d *decider) done(wait Wait) {
	d.facts.PendingOn = d.facts.PendingOn.without(wait)
	if d.facts.PendingOn == Nothing {
		d.facts.Stage = Enrolled
	}
}

func (c Schedule) apply(d *decider) {
	d.facts.ValidFrom, d.facts.ValidUntil = c.ValidFrom, c.ValidUntil
}
