package scim

import (
	"context"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Delete moves a resource to the departed ones (RFC 7644 section 3.6). It is
// gone for SCIM, its unique values are free, and it stays restorable until it
// is purged.
func (p *Provider) Delete(ctx context.Context, c *Caller, t *schema.ResourceType, id string, match Precondition) error {
	if err := c.unconfined(); err != nil {
		return err
	}
	key, err := c.key(t, id)
	if err != nil {
		return err
	}
	lost := whenOvertaken
	if match.pins() {
		lost = never
	}
	admit := once(p.admission(c))
	return refusal(p.untilSettled(ctx, key, lost, func() error { return p.tryDelete(ctx, c, t, key, match, admit) }), t, id)
}

// once keeps the answer of an admission for further attempts.
func once(admit admission) admission {
	var asked, hold bool
	var refused error
	return func(ctx context.Context, r removal) (bool, error) {
		if !asked {
			hold, refused = admit(ctx, r)
			asked = refused == nil
		}
		return hold, refused
	}
}

func (p *Provider) tryDelete(ctx context.Context, c *Caller, t *schema.ResourceType, key store.Key, match Precondition, admit admission) error {
	record, err := p.store.Get(ctx, key, relations(t)&^store.WithGroups)
	if err != nil {
		return err
	}
	pl, err := p.planDelete(ctx, c, t, &record, match, admit)
	if err != nil {
		return err
	}
	return p.commit(ctx, pl)
}

// planDelete decides a delete of a resource that is there: the mass guard is not
// asked about others, which would count as removed.
func (p *Provider) planDelete(ctx context.Context, c *Caller, t *schema.ResourceType, record *store.Record, match Precondition, admit admission) (*plan, error) {
	if err := c.unconfined(); err != nil {
		return nil, err
	}
	if err := match.check(t, record); err != nil {
		return nil, err
	}
	key := record.Key
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	n, err := p.removedWith(ctx, c, t, key)
	if err != nil {
		return nil, err
	}
	hold, err := admit(ctx, removal{n: n})
	if err != nil {
		return nil, err
	}
	now := p.now()
	change := &store.Delete{Key: key, At: now, Keep: hold}
	if hold {
		change.HeldBy = c.Connection
	} else {
		change.PurgeAfter = now.Add(policy.PurgeAfter)
	}
	if match.pins() {
		change.Match = record.Version
	}
	if t.Active == nil {
		change.Trail = trail{c, t, key.ID, "", now}.build("delete", heldChanges(hold), content{}, changed{}, false, nil)
		return &plan{change: change}, nil
	}
	facts, err := loadFacts(record)
	if err != nil {
		return nil, err
	}
	decision, err := lifecycle.Decide(facts, policy, now, lifecycle.Deprovision{Hold: hold})
	if err != nil {
		return nil, wordRefusal(err, t)
	}
	if err := depart(change, &decision, record, policy); err != nil {
		return nil, err
	}
	b := trail{c, t, key.ID, record.ExternalID, now}
	change.Trail = b.build("delete", b.transition(facts, &decision, false), content{}, changed{}, false, &decision)
	return &plan{change: change}, nil
}

// removedWith is how many removals a delete is: the resource, and all members
// that leave a group with it.
func (p *Provider) removedWith(ctx context.Context, c *Caller, t *schema.ResourceType, key store.Key) (int, error) {
	n := 1
	if t.Members == nil || c.Connection == uuid.Nil {
		return n, nil
	}
	for _, err := range p.store.Members(ctx, key.Tenant, []uuid.UUID{key.ID}, store.MemberPage{}) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// heldChanges says in the audit row of a resource without facts that the mass
// guard holds it.
func heldChanges(hold bool) []byte {
	if hold {
		return []byte(`{"held":[null,true]}`)
	}
	return nil
}

// depart adds to a delete what the decision says of the departed account.
func depart(change *store.Delete, decision *lifecycle.Decision, record *store.Record, policy lifecycle.Policy) error {
	facts, err := storeFacts(decision.Facts, policy, record.Facts)
	if err != nil {
		return err
	}
	change.Facts, change.MatchFacts = &facts, record.Facts.Revision
	change.Keep, change.PurgeAfter = decision.Facts.Held, purgeDue(decision, policy)
	return nil
}

// purgeDue is when a departed account is purged by itself, zero for never.
func purgeDue(decision *lifecycle.Decision, policy lifecycle.Policy) (due time.Time) {
	for _, timer := range decision.Facts.Timers(policy) {
		if timer.Kind == lifecycle.TimerPurge {
			return timer.Due
		}
	}
	return due
}
