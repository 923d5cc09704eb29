package scim

import (
	"context"
	"fmt"
	"io"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Create stores a new resource (RFC 7644 section 3.3), or brings back the one
// that the caller's connection deleted, where its creates do that.
func (p *Provider) Create(ctx context.Context, c *Caller, t *schema.ResourceType, body io.Reader, view View) (*Resource, error) {
	id, err := c.newID(0)
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	if c.revives(t) {
		return p.createOrRevive(ctx, c, t, id, body, view)
	}
	pl, err := p.planCreate(ctx, c, t, id, body, view)
	if err != nil {
		return nil, err
	}
	if err := p.commit(ctx, pl); err != nil {
		return nil, refusal(err, t, id.String())
	}
	return pl.answer, nil
}

// planCreate decides a create under an id that was allocated before. It reads
// nothing of the store.
func (p *Provider) planCreate(ctx context.Context, c *Caller, t *schema.ResourceType, id uuid.UUID, body io.Reader, view View) (*plan, error) {
	if err := c.unconfined(); err != nil {
		return nil, err
	}
	object, err := t.Decode(body, c.Leniency)
	if err != nil {
		return nil, err
	}
	if err := t.CheckRequired(object); err != nil {
		return nil, err
	}
	change := &store.Create{MemberTypes: p.memberTypes[t]}
	if t.Members != nil {
		if change.Members, err = memberIDs(t, object.Get(t.Members)); err != nil {
			return nil, err
		}
		object.Delete(t.Members)
	}
	password, given, err := takePassword(t, object)
	if err != nil {
		return nil, err
	}
	if !given && t.Password != nil && t.Password.Required {
		return nil, fault.New(fault.InvalidValue, "%s is required", t.Password)
	}
	if given {
		if c.Entry != nil { // an administrator chose it
			if err := checkChosen(password); err != nil {
				return nil, err
			}
		}
		if change.PasswordHash, err = p.passwords.hash(ctx, c.Tenant, password); err != nil {
			return nil, err
		}
	}
	record := store.Record{
		Key: store.Key{Tenant: c.Tenant, Type: t.Name, ID: id}, Version: 1,
	}
	record.Created = p.now()
	record.Modified = record.Created
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	decision, err := c.enroll(t, &record, object, policy)
	if err != nil {
		return nil, err
	}
	fill(&record, t, object)
	change.Record = record
	change.Unique = uniqueValues(t, object)
	b := trail{c, t, id, record.ExternalID, record.Created}
	seen := b.contentOf(&record, object)
	change.Trail = b.build("create", createChanges(seen, decision), seen, changed{}, given, decision)
	answer := &Resource{Type: t, Created: true, provider: p, caller: c, record: record, now: record.Created, policy: policy}
	return &plan{change: change, answer: answer.show(view, object.Attributes())}, nil
}

// enroll decides the first facts of a resource with a lifecycle and takes
// "active" out of its object. The default of active is true. Without a lifecycle
// there is no decision.
func (c *Caller) enroll(t *schema.ResourceType, record *store.Record, object *schema.Object, policy lifecycle.Policy) (*lifecycle.Decision, error) {
	if t.Active == nil {
		return nil, nil //nolint:nilnil // no decision is an answer, not a failure
	}
	active, given := object.Get(t.Active).(bool)
	object.Delete(t.Active)
	commands := []lifecycle.Command{c.entry(policy)}
	wish := &active
	if !given || active {
		wish = nil
	}
	wishes, err := c.wishes(t, &schema.Object{}, object, wish, record.Created)
	if err != nil {
		return nil, err
	}
	decision, err := lifecycle.Decide(lifecycle.Facts{}, policy, record.Created, append(commands, wishes...)...)
	if err != nil {
		return nil, wordRefusal(err, t)
	}
	if hasRoles(t) {
		if decision.Facts.Roles, err = c.giveRoles(t, &schema.Object{}, object, nil); err != nil {
			return nil, err
		}
	}
	record.Facts, err = storeFacts(decision.Facts, policy, store.Facts{Source: c.Source, SourceClient: c.SourceClient, Revision: 1})
	return &decision, err
}

// entry is how an account begins that the caller makes.
func (c *Caller) entry(policy lifecycle.Policy) lifecycle.Command {
	switch {
	case c.Entry != nil:
		return c.Entry
	case c.needsApproval(policy):
		return lifecycle.Submit{}
	}
	return lifecycle.Enroll{}
}

// needsApproval reports whether an approver decides about the accounts that the
// caller makes. Administrators decide by making them.
func (c *Caller) needsApproval(policy lifecycle.Policy) bool {
	return c.Kind == KindConnection && policy.Approval.Provisioned
}

// createChanges records the first state as one difference, and what was decided
// of the account.
func createChanges(made content, decision *lifecycle.Decision) []byte {
	d := differences{out: append(make([]byte, 0, len(made.document)+64), `{"":[null,`...)}
	d.out = append(made.append(d.out), ']')
	d.decided(lifecycle.Facts{}, decision)
	return d.close()
}
