package scim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// ActionRevive is what audit rows call it, behind the name of the type.
const ActionRevive = string(lifecycle.TriggerRevive)

// mostNamesakes bounds how many deleted resources of one externalId are looked
// at: each costs a look at the audit trail.
const mostNamesakes = 10

// errGone says that who was to be revived is neither deleted nor living.
var errGone = errors.New("the resource to be revived is gone")

// revives reports whether creates of a type may bring back what the connection
// of the caller deleted.
func (c *Caller) revives(t *schema.ResourceType) bool {
	return c.Revives && c.Kind == KindConnection && t.Active != nil && t.ExternalID != nil
}

// createOrRevive is Create for a caller whose creates may bring a resource back.
func (p *Provider) createOrRevive(ctx context.Context, c *Caller, t *schema.ResourceType, id uuid.UUID, body io.Reader, view View) (*Resource, error) {
	text, err := io.ReadAll(body) // the face bounds it
	if err != nil {
		return nil, err
	}
	created, err := p.planCreate(ctx, c, t, id, bytes.NewReader(text), view)
	if err != nil {
		return nil, err
	}
	externalID := created.change.(*store.Create).Record.ExternalID
	found, err := p.revivals(ctx, c, t, []string{externalID})
	if err != nil {
		return nil, refusal(err, t, id.String())
	}
	if departed := found[externalID]; departed != nil {
		back, err := p.revive(ctx, c, t, created, departed, text, view)
		if err == nil {
			return back.answer, p.refresh(ctx, back)
		}
		if !errors.Is(err, errGone) {
			return nil, refusal(err, t, departed.Record.ID.String())
		}
	}
	if err := p.commit(ctx, created); err != nil {
		return nil, refusal(err, t, id.String())
	}
	return created.answer, nil
}

// revivals finds what creates bring back: of each externalId the resource that
// the connection of the caller deleted last.
func (p *Provider) revivals(ctx context.Context, c *Caller, t *schema.ResourceType, externalIDs []string) (map[string]*store.Departed, error) {
	if slices.Equal(externalIDs, []string{""}) {
		return map[string]*store.Departed{}, nil
	}
	departed, err := p.store.DepartedAs(ctx, c.Tenant, t.Name, externalIDs, mostNamesakes)
	if err != nil {
		return nil, fmt.Errorf("find who may be revived: %w", err)
	}
	found := map[string]*store.Departed{}
	for i := range departed {
		d := &departed[i]
		if found[d.Record.ExternalID] != nil {
			continue
		}
		mine, err := p.deletedBy(ctx, d, c.Connection)
		if err != nil {
			return nil, err
		}
		if mine {
			found[d.Record.ExternalID] = d
		}
	}
	return found, nil
}

// deletedBy reports whether a connection deleted a resource by a request of its
// own. The audit row of the deletion tells; where the retention has removed it,
// nobody is known to have.
func (p *Provider) deletedBy(ctx context.Context, d *store.Departed, connection uuid.UUID) (bool, error) {
	page, err := p.store.SearchAudit(ctx, store.AuditSearch{
		Tenant: d.Record.Tenant, SubjectType: d.Record.Type, Subject: d.Record.ID, From: d.At, Until: d.At.Add(time.Microsecond), Limit: mostNamesakes,
	})
	if err != nil {
		return false, fmt.Errorf("find out who deleted %s: %w", d.Record.ID, err)
	}
	prefix := strings.ToLower(d.Record.Type) + "."
	for i := range page.Rows {
		switch row := &page.Rows[i]; {
		case row.Action == prefix+"delete":
			return row.ActorKind == KindConnection && row.ActorID == connection.String(), nil
		case strings.HasPrefix(row.Action, prefix) && strings.HasSuffix(row.Action, string(lifecycle.TriggerDeprovision)):
			return false, nil // by administrators, or by the clock
		}
	}
	return false, nil
}

// revive brings a deleted resource back in place of one that a create has
// planned, until no other change is faster. Who finds it living already made it
// a moment too late.
func (p *Provider) revive(ctx context.Context, c *Caller, t *schema.ResourceType, created *plan, departed *store.Departed, body []byte, view View) (*plan, error) {
	key := departed.Record.Key
	var back *plan
	err := p.untilSettled(ctx, key, whenOvertaken, func() (err error) {
		if departed == nil {
			if departed, err = p.departedAgain(ctx, c, key); err != nil {
				return err
			}
		}
		if back, err = p.planRevival(ctx, c, t, created, departed, body, view); err != nil {
			return err
		}
		departed = nil
		return p.commit(ctx, back)
	})
	if !errors.Is(err, store.ErrNotFound) {
		return back, err
	}
	switch _, err := p.store.Get(ctx, key, 0); {
	case err == nil:
		return nil, fault.New(fault.Uniqueness, "%s: another request has brought the %s with this value back", t.ExternalID, t.Name)
	case errors.Is(err, store.ErrNotFound):
		return nil, errGone
	default:
		return nil, err
	}
}

// departedAgain reads who is to be revived once more; ErrNotFound where somebody
// else has deleted it by now.
func (p *Provider) departedAgain(ctx context.Context, c *Caller, key store.Key) (*store.Departed, error) {
	departed, err := p.store.Departed(ctx, key)
	if err != nil {
		return nil, err
	}
	mine, err := p.deletedBy(ctx, &departed, c.Connection)
	if err == nil && !mine {
		err = store.ErrNotFound
	}
	return &departed, err
}

// planRevival decides the one change that brings a deleted resource back as a
// replacement by body would leave it. What the create would have given the new
// one, its password, goes to the old one.
func (p *Provider) planRevival(ctx context.Context, c *Caller, t *schema.ResourceType, created *plan, departed *store.Departed, body []byte, view View) (*plan, error) {
	m, err := readReplacement(c, t, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	before, err := t.Parse(departed.Record.Document)
	if err != nil {
		return nil, fmt.Errorf("read the document of %s: %w", departed.Record.ID, err)
	}
	next, err := m.apply(before)
	if err != nil {
		return nil, err
	}
	// Who creates has nothing to clear: what it names without a value is what it
	// has nothing to say about.
	next.keepsRoles, next.object = hasRoles(t), keepAdministered(t, before, stated(next.object))
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	d := difference{provider: p, caller: c, t: t, record: &departed.Record, before: before, next: next, verb: m.verb, now: p.now(), policy: policy, after: departed.Record}
	hash := created.change.(*store.Create).PasswordHash
	change, err := d.revival(hash)
	if err != nil {
		return nil, err
	}
	answer := &Resource{Type: t, Created: true, provider: p, caller: c, record: change.Record, now: d.now, policy: policy}
	return &plan{change: change, answer: answer.show(view, next.sent)}, nil
}

// stated is an object without what its body named without a value.
func stated(object *schema.Object) *schema.Object {
	out := &schema.Object{}
	for a, v := range object.All() {
		out.Set(a, v)
	}
	return out
}

// revival is the change of a deleted resource that a create brings back.
func (d *difference) revival(hash string) (*store.Restore, error) {
	t, c := d.t, d.caller
	d.keepName()
	roles, err := d.roles()
	if err != nil {
		return nil, err
	}
	facts, err := loadFacts(d.record)
	if err != nil {
		return nil, err
	}
	active := d.next.active == nil || *d.next.active // who creates wants it so, if it says nothing
	wishes, err := c.wishes(t, d.before, d.next.object, &active, d.now)
	if err != nil {
		return nil, err
	}
	commands := append([]lifecycle.Command{lifecycle.Revive{Approval: c.needsApproval(d.policy)}}, wishes...)
	decision, err := lifecycle.Decide(facts, d.policy, d.now, commands...)
	if err != nil {
		return nil, wordRefusal(err, t)
	}
	decision = *d.with(&decision, roles)
	object := mirror(t, d.next.object, decision.Facts)
	record := *d.record
	if record.Facts, err = storeFacts(decision.Facts, d.policy, d.record.Facts); err != nil {
		return nil, err
	}
	record.Modified = d.now
	fill(&record, t, object)
	b := trail{c, t, record.ID, record.ExternalID, d.now}
	changes, _ := changesBetween(d.before, object, hash != "", false, &decision, t)
	return &store.Restore{
		Match: d.record.Version, Record: record, Unique: uniqueValues(t, object), PasswordHash: hash,
		Trail: store.Trail{
			Audit:  b.audit(ActionRevive, "", changes),
			Events: append(b.returned(visibleDocument(t, record.ID, object, record.Document)), b.events(&decision)...),
		},
	}, nil
}

// refresh reads what has come back with revived resources: the groups that they
// are in again are part of the answers.
func (p *Provider) refresh(ctx context.Context, plans ...*plan) error {
	answers := map[store.Key]*Resource{}
	keys := make([]store.Key, 0, len(plans))
	with := store.Relations(0)
	for _, pl := range plans {
		restore, revived := pl.change.(*store.Restore)
		if !revived {
			continue
		}
		keys, with = append(keys, restore.Record.Key), with|relations(pl.answer.Type)
		answers[restore.Record.Key] = pl.answer
	}
	if len(keys) == 0 {
		return nil
	}
	records, err := p.store.GetAll(ctx, keys, with)
	if err != nil {
		return fmt.Errorf("read who was revived: %w", err)
	}
	for i := range records {
		answers[records[i].Key].record = records[i]
	}
	return nil
}
