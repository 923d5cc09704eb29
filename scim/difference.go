package scim

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// difference is what leads from a record to its edit.
type difference struct {
	provider *Provider
	caller   *Caller
	t        *schema.ResourceType
	record   *store.Record
	before   *schema.Object
	next     edit
	verb     string
	now      time.Time
	policy   lifecycle.Policy
	// facts are those of the record, read where something is decided about them.
	facts lifecycle.Facts
	// after becomes the record that the change leads to.
	after store.Record
}

// change is the change of the store, nil when there is none.
func (d *difference) change(ctx context.Context, admit admission) (*store.Update, error) {
	p, c, t := d.provider, d.caller, d.t
	change := &store.Update{Key: d.record.Key, Modified: d.now, Members: d.next.members, MemberTypes: p.memberTypes[t]}
	if err := c.limit(t, d.record, d.before, &d.next, d.verb == "put", d.now); err != nil {
		return nil, err
	}
	d.keepName()
	roles, err := d.roles()
	if err != nil {
		return nil, err
	}
	if d.next.password != nil {
		if change.PasswordHash, err = p.changedPassword(ctx, d.record.Key, *d.next.password); err != nil {
			return nil, err
		}
	}
	decision, err := d.decide(change.PasswordHash != nil)
	if err != nil {
		return nil, err
	}
	d.document(change)
	whole := d.with(decision, roles)
	if err := enact(change, whole, d.record, &d.after, d.policy); err != nil {
		return nil, err
	}
	if change.Record == nil && change.PasswordHash == nil && change.Members.IsZero() && change.Facts == nil {
		return nil, nil //nolint:nilnil // no change is an answer, not a failure
	}
	if err := d.admitted(ctx, admit, change, decision); err != nil {
		return nil, err
	}
	if err := p.pin(ctx, c, change); err != nil {
		return nil, err
	}
	d.trail(change, decision, whole)
	return change, nil
}

// trail adds to a change what it leaves behind. What is only noted of an account
// leaves no event, and no audit row either where no fact is another one. What is
// another fact and shows in no attribute, such as a second suspension, is no event
// of the verb. whole is the decision with what is no matter of events.
func (d *difference) trail(change *store.Update, decision, whole *lifecycle.Decision) {
	password, members := change.PasswordHash != nil, !change.Members.IsZero()
	b := trail{d.caller, d.t, d.record.ID, d.after.ExternalID, d.now}
	if change.Noted && change.Record == nil && !password && !members {
		if changes := b.transition(d.facts, decision, false); len(changes) > len("{}") {
			change.Trail = store.Trail{Audit: b.audit(d.verb, "", changes)}
		}
		return
	}
	rows := newDifferences()
	rows.between(d.before, d.next.object, password, members, d.t)
	rows.decided(d.facts, whole)
	turned := false
	if decision != nil {
		from, to, _ := statuses(decision)
		turned = from.Active() != to.Active()
	}
	var seen content
	if turned {
		rows.note(d.t.Active.Name, false)
	}
	if change.Record != nil || turned {
		seen = b.contentOf(&d.after, d.next.object)
	}
	change.Trail = b.build(d.verb, rows.close(), seen, rows.changed, password, decision)
	if change.Record == nil && len(rows.names) == 0 {
		change.Trail.Events = change.Trail.Events[1:] // that of the verb comes first
	}
}

// document sets the new document of a change where it is another one.
func (d *difference) document(change *store.Update) {
	fill(&d.after, d.t, d.next.object)
	if bytes.Equal(d.after.Document, d.record.Document) {
		return
	}
	change.Record, change.Match = &d.after, d.record.Version
	claimed, held := uniqueValues(d.t, d.next.object), uniqueValues(d.t, d.before)
	change.Claim, change.Release = without(claimed, held), without(held, claimed)
}

// decide turns what an edit wishes of the account into a decision; nil where
// there is no wish or nothing would change.
func (d *difference) decide(password bool) (*lifecycle.Decision, error) {
	if d.t.Active == nil {
		return nil, nil //nolint:nilnil // no decision is an answer, not a failure
	}
	commands, err := d.caller.wishes(d.t, d.before, d.next.object, d.next.active, d.now)
	if err != nil {
		return nil, err
	}
	if password {
		commands = append(commands, lifecycle.ChangePassword{})
	}
	if len(commands) == 0 {
		return nil, nil //nolint:nilnil // no decision is an answer, not a failure
	}
	facts, err := loadFacts(d.record)
	if err != nil {
		return nil, err
	}
	d.facts = facts
	decision, err := lifecycle.Decide(facts, d.policy, d.now, commands...)
	if err != nil {
		return nil, wordRefusal(err, d.t)
	}
	if decision.Nothing() {
		return nil, nil //nolint:nilnil // no decision is an answer, not a failure
	}
	return &decision, nil
}

// enact adds to a change what a decision about a living account asks for, and
// to after what the record then is.
func enact(change *store.Update, decision *lifecycle.Decision, record, after *store.Record, policy lifecycle.Policy) error {
	if decision == nil {
		return nil
	}
	facts, err := storeFacts(decision.Facts, policy, record.Facts)
	if err != nil {
		return err
	}
	loaded, err := loadFacts(record)
	if err != nil {
		return err
	}
	if change.Activity, err = storeActivity(loaded, decision.Facts, record.Activity); err != nil {
		return err
	}
	if change.Activity != nil {
		after.Activity = *change.Activity
		after.Activity.Revision++
	}
	change.MatchFacts = record.Facts.Revision
	if !sameFacts(loaded, decision.Facts) || decision.Changed || loaded.Untold(decision.Facts.Settled) {
		facts.Revision = record.Facts.Revision + 1
		change.Facts, change.Noted, after.Facts = &facts, !decision.Changed, facts
	}
	for _, effect := range decision.Effects {
		switch effect {
		case lifecycle.RevokeTokens:
			change.RevokeTokens = true
		case lifecycle.RevokeInvite:
			change.Links = append(change.Links, store.Link{Kind: linkInvite})
		case lifecycle.RevokeReset:
			change.Links = append(change.Links, store.Link{Kind: linkReset})
		}
	}
	return nil
}

// sameFacts compares the facts that stand with the resource. When they were
// last settled is none of them by itself.
func sameFacts(before, after lifecycle.Facts) bool {
	after.Settled, after.Attempts = before.Settled, before.Attempts
	after.Activity.LastLogin, after.Activity.LastTokenUse = before.Activity.LastLogin, before.Activity.LastTokenUse
	return before.Equal(after)
}

// admitted asks the mass guard where the change removes something.
func (d *difference) admitted(ctx context.Context, admit admission, change *store.Update, decision *lifecycle.Decision) error {
	if decision != nil && (decision.From.Active() && !decision.To.Active() || ends(decision, d.now)) {
		_, err := admit(ctx, removal{n: 1})
		return err
	}
	if d.caller.Connection == uuid.Nil || !inBulk(change.Members) {
		return nil
	}
	n, err := d.removed(ctx, change.Members)
	if err == nil && n > 1 {
		_, err = admit(ctx, removal{n: n, stripping: true})
	}
	return err
}

// soon is how far ahead an end is as good as now for the mass guard.
const soon = 24 * time.Hour

// ends reports whether a decision brings the end of an account forward to a time
// that is close.
func ends(decision *lifecycle.Decision, now time.Time) bool {
	was, is := decision.Before.ValidUntil, decision.Facts.ValidUntil
	return decision.From.Active() && !is.IsZero() && is.Before(now.Add(soon)) && (was.IsZero() || is.Before(was))
}

// wordRefusal says what is wrong with a change of state that is not possible.
func wordRefusal(err error, t *schema.ResourceType) error {
	var refused *lifecycle.Refusal
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Why {
	case lifecycle.WhyEndsBeforeBegin:
		return fault.New(fault.InvalidValue, "%s is not before %s", attributeValidFrom, attributeValidUntil)
	case lifecycle.WhyNoReason:
		return fault.New(fault.InvalidValue, "%s: administrators suspend with a reason", t.Active)
	case lifecycle.WhyNoPurpose:
		return fault.New(fault.InvalidValue, "%s is required of an account that is %s", attributePurpose, attributeAPIOnly)
	}
	return fault.Plain(409, "%s is not possible while the %s is %s: %s", refused.Trigger, t.Name, refused.From, refused.Why)
}
