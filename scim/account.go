package scim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// The kinds of links that are mailed.
const (
	linkInvite = "invite"
	linkReset  = "reset"
)

// account is a user, living or departed, with what is decided on.
type account struct {
	t      *schema.ResourceType
	record store.Record
	// departed is nil for a living one.
	departed *store.Departed
	facts    lifecycle.Facts
	policy   lifecycle.Policy
	// email is where letters go, looked up where one may be sent.
	email string
}

// account reads a user. One that was purged has the facts of that and no record;
// ErrNotFound where there never was one.
func (p *Provider) account(ctx context.Context, key store.Key) (*account, error) {
	t, ok := p.types.Type(key.Type)
	if !ok || t.Active == nil {
		return nil, fmt.Errorf("%s has no lifecycle", key.Type)
	}
	a := &account{t: t}
	var err error
	if a.policy, err = p.policies.of(ctx, key.Tenant); err != nil {
		return nil, err
	}
	a.record, err = p.store.Get(ctx, key, relations(t))
	if errors.Is(err, store.ErrNotFound) {
		return a, p.readDeparted(ctx, key, a)
	}
	if err == nil {
		a.facts, err = loadFacts(&a.record)
	}
	return a, err
}

func (p *Provider) readDeparted(ctx context.Context, key store.Key, a *account) error {
	departed, err := p.store.Departed(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		at, err := p.store.Purged(ctx, key)
		a.record.Key = key
		a.facts = lifecycle.Facts{Stage: lifecycle.Purged, Changed: at, Settled: at}
		return err
	}
	if err != nil {
		return err
	}
	a.departed, a.record = &departed, departed.Record
	a.facts, err = loadFacts(&a.record)
	return err
}

// users is the resource type whose lifecycle administrators run.
func (p *Provider) users() (*schema.ResourceType, error) {
	t, ok := p.types.Type(UserType)
	if !ok || t.Active == nil {
		return nil, errors.New("there is no resource type User")
	}
	return t, nil
}

// userKey addresses a user, living or not, by the text of its id.
func (p *Provider) userKey(c *Caller, id string) (*schema.ResourceType, store.Key, error) {
	t, err := p.users()
	if err != nil {
		return nil, store.Key{}, err
	}
	if err := c.unconfined(); err != nil {
		return nil, store.Key{}, err
	}
	key, err := c.key(t, id)
	return t, key, err
}

// transition is a change of state that has been decided: what is to be
// committed, and what there is to say of it.
type transition struct {
	caller   *Caller
	account  *account
	decision lifecycle.Decision
	change   store.Change
	// letters are to be mailed when the change is committed.
	letters []Letter
	// renamed is the new name of a restored user whose name, former, is taken.
	renamed, former string
	// also are changes to be committed with it; nil for none.
	also func(*Transition) ([]store.Change, error)
}

// words are what an audit row says of a transition beside its facts.
type words struct {
	action, reason string
	// password is the hash of a new one, nil for none.
	password *string
}

// planTransition decides commands about an account and works out the one change
// of the store that carries the decision out; the change is nil where nothing is
// to be done.
func (p *Provider) planTransition(c *Caller, a *account, now time.Time, w words, commands ...lifecycle.Command) (*transition, error) {
	commands, err := a.addressed(commands)
	if err != nil {
		return nil, err
	}
	decision, err := lifecycle.Decide(a.facts, a.policy, now, commands...)
	if err != nil {
		return nil, err
	}
	tr := &transition{caller: c, account: a, decision: decision}
	if decision.Nothing() {
		return tr, nil
	}
	if w.action == "" {
		w.action = string(cause(&decision, commands))
	}
	b := trail{c, a.t, a.record.ID, a.record.ExternalID, now}
	changes := b.transition(a.facts, &decision, w.password != nil)
	if decision.Facts.Stage == lifecycle.Purged {
		changes = b.purged(&decision) // the facts hold words about the person
		b.externalID = ""             // who is told later is not told that either
	}
	left := store.Trail{Events: b.events(&decision)}
	if len(changes) > len("{}") {
		left.Audit = b.audit(w.action, w.reason, changes)
	}
	switch to := decision.Facts.Stage; {
	case a.departed == nil && to == lifecycle.Deprovisioned:
		change := &store.Delete{Key: a.record.Key, At: now, Trail: left}
		change.Trail.Events = append([]store.Event{{Type: "prov:delete", Payload: b.payload(said{})}}, left.Events...)
		tr.change = change
		return tr, depart(change, &decision, &a.record, a.policy)
	case a.departed == nil:
		return tr, tr.update(now, left, w.password, commands)
	case to == lifecycle.Purged:
		tr.change = &store.Purge{Key: a.record.Key, Match: a.record.Version, Trail: left}
		return tr, nil
	case to == lifecycle.Deprovisioned:
		return tr, tr.amend(left)
	}
	return tr, tr.restore(b, now, left)
}

// cause names what made a decision: the command that did something, else what
// the clock did.
func cause(decision *lifecycle.Decision, commands []lifecycle.Command) lifecycle.Trigger {
	switch {
	case len(decision.Applied) > 0 && decision.Applied[0].ByClock():
		return decision.Applied[len(decision.Applied)-1] // the others lead up to it
	case len(decision.Applied) > 0:
		return decision.Applied[0]
	case len(decision.Changes) > 0:
		return decision.Changes[len(decision.Changes)-1].Trigger
	case len(commands) > 0:
		return commands[0].Trigger()
	}
	return lifecycle.TimerReset.Trigger() // a link has run out
}

// addressed fills in whether there is an address, for commands that send a
// letter.
func (a *account) addressed(commands []lifecycle.Command) ([]lifecycle.Command, error) {
	sends := slices.ContainsFunc(commands, func(c lifecycle.Command) bool {
		return c.Trigger() == lifecycle.TriggerInvite || c.Trigger() == lifecycle.TriggerSendReset
	})
	if !sends || a.record.Document == nil {
		return commands, nil
	}
	object, err := a.t.Parse(a.record.Document)
	if err != nil {
		return nil, fmt.Errorf("read the document of %s: %w", a.record.ID, err)
	}
	a.email = emailOf(a.t, object)
	commands = slices.Clone(commands)
	for i, command := range commands {
		switch command := command.(type) {
		case lifecycle.Invite:
			command.Email = a.email != ""
			commands[i] = command
		case lifecycle.SendReset:
			command.Email = a.email != ""
			commands[i] = command
		}
	}
	return commands, nil
}

// update is the change of a living account that stays one.
func (tr *transition) update(now time.Time, left store.Trail, password *string, commands []lifecycle.Command) error {
	a, after := tr.account, tr.account.record
	change := &store.Update{Key: a.record.Key, Modified: now, PasswordHash: password, Trail: left}
	if err := enact(change, &tr.decision, &a.record, &after, a.policy); err != nil {
		return err
	}
	tr.change = change
	before, err := a.t.Parse(a.record.Document)
	if err != nil {
		return fmt.Errorf("read the document of %s: %w", a.record.ID, err)
	}
	a.email = emailOf(a.t, before)
	tr.letters = tr.write(change)
	next := mirror(a.t, before, tr.decision.Facts)
	for _, command := range commands {
		if mark, ok := command.(lifecycle.SetMark); ok && mark.Mark == lifecycle.MarkAPIOnly {
			next = withPurpose(a.t, next, mark.Purpose)
		}
	}
	if next == before {
		if idle(change) {
			tr.change = nil
		}
		return nil
	}
	fill(&after, a.t, next)
	change.Record, change.Match = &after, a.record.Version
	return nil
}

// idle reports whether an update writes nothing.
func idle(change *store.Update) bool {
	return change.Record == nil && change.Facts == nil && change.Activity == nil && change.PasswordHash == nil && len(change.Links) == 0 && !change.RevokeTokens
}

func withPurpose(t *schema.ResourceType, object *schema.Object, purpose string) *schema.Object {
	sub, ok := lookup(t.Lifecycle, attributePurpose)
	if !ok || extensionOf(t, object).text(attributePurpose) == purpose {
		return object
	}
	next := object.Clone()
	into, _ := next.Get(t.Lifecycle).(*schema.Object)
	if into == nil {
		into = &schema.Object{}
	}
	into.Set(sub, purpose)
	next.Set(t.Lifecycle, into)
	return next
}

func lookup(a *schema.Attribute, name string) (*schema.Attribute, bool) {
	if a == nil {
		return nil, false
	}
	return a.Lookup(name)
}

// amend is the change of a departed account that stays one.
func (tr *transition) amend(left store.Trail) error {
	a := tr.account
	facts, err := storeFacts(tr.decision.Facts, a.policy, a.record.Facts)
	if err != nil {
		return err
	}
	change := &store.Amend{
		Key: a.record.Key, Match: a.record.Version, Facts: facts, PurgeAfter: purgeDue(&tr.decision, a.policy), Trail: left,
	}
	for _, effect := range tr.decision.Effects {
		change.Strip = change.Strip || effect == lifecycle.StripMemberships
	}
	tr.change = change
	return nil
}
