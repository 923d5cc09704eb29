package scim

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Resources without a lifecycle, such as groups, are deleted, restored and
// purged in the same way as users; they have no facts to decide on.

// typeOf is the resource type of a name; of one that is no longer defined, as
// much as the audit trail needs.
func (p *Provider) typeOf(name string) *schema.ResourceType {
	if t, ok := p.types.Type(name); ok {
		return t
	}
	return &schema.ResourceType{Name: name, Endpoint: "/" + name}
}

func (p *Provider) purgePlain(ctx context.Context, c *Caller, departed *store.Departed, w words) error {
	key := departed.Record.Key
	b := trail{c, p.typeOf(key.Type), key.ID, "", p.now()}
	purge := &store.Purge{Key: key, Match: departed.Record.Version, Trail: store.Trail{Audit: b.audit(w.action, w.reason, nil)}}
	done, err := p.store.Commit(ctx, []store.Change{purge})
	if errors.Is(err, store.ErrVersion) || errors.Is(err, store.ErrNotFound) {
		return nil // somebody else has changed or purged it
	}
	if err == nil {
		p.purged(ctx, purge, done[0].Version)
	}
	return err
}

// RestoreResource brings a deleted resource of a type without a lifecycle back,
// with its id and those of its memberships whose other side is there.
func (p *Provider) RestoreResource(ctx context.Context, c *Caller, t *schema.ResourceType, id, reason string) (*Transition, error) {
	return p.RestoreVersion(ctx, c, t, id, reason, Precondition{})
}

// Restorable are the types whose deleted resources can be brought back: users, by
// an order about the account, and what has no lifecycle, by RestoreResource.
func (p *Provider) Restorable() []*schema.ResourceType {
	return slices.DeleteFunc(slices.Clone(p.types.Types()), func(t *schema.ResourceType) bool { return t.Active != nil && t.Name != UserType })
}

// RestoreVersion is RestoreResource for a resource that must have a version.
func (p *Provider) RestoreVersion(ctx context.Context, c *Caller, t *schema.ResourceType, id, reason string, match Precondition) (*Transition, error) {
	if t.Active != nil {
		return nil, fmt.Errorf("%s has a lifecycle", t.Name)
	}
	key, err := c.key(t, id)
	if err != nil {
		return nil, err
	}
	departed, err := p.store.Departed(ctx, key)
	if err != nil {
		return nil, refusal(err, t, id)
	}
	if err := match.check(t, &departed.Record); err != nil {
		return nil, err
	}
	object, err := t.Parse(departed.Record.Document)
	if err != nil {
		return nil, fmt.Errorf("read the document of %s: %w", id, err)
	}
	now := p.now()
	record := departed.Record
	record.Modified = now
	fill(&record, t, object)
	b := trail{c, t, key.ID, record.ExternalID, now}
	done, err := p.store.Commit(ctx, []store.Change{&store.Restore{
		Match: departed.Record.Version, Record: record, Unique: uniqueValues(t, object),
		Trail: store.Trail{
			Audit:  b.audit("restore", reason, nil),
			Events: b.returned(b.contentOf(&record, object)),
		},
	}})
	switch {
	case errors.Is(err, store.ErrVersion):
		return nil, fault.Plain(409, "%s %q is being changed by others at this moment; try again", t.Name, id)
	case err != nil:
		return nil, refusal(err, t, id)
	}
	out := &Transition{ID: id, Changed: true, Version: done[0].Version}
	for _, lost := range done[0].Lost {
		out.Lost = append(out.Lost, lost.String())
	}
	return out, nil
}

// ReleaseResource strips the memberships of a deleted resource without a
// lifecycle that the mass guard held, and lets its time to be purged begin.
func (p *Provider) ReleaseResource(ctx context.Context, c *Caller, t *schema.ResourceType, id, reason string) error {
	key, err := c.key(t, id)
	if err != nil {
		return err
	}
	departed, err := p.store.Departed(ctx, key)
	if err != nil {
		return refusal(err, t, id)
	}
	if !departed.Kept {
		return nil
	}
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return err
	}
	now := p.now()
	b := trail{c, t, key.ID, departed.Record.ExternalID, now}
	_, err = p.store.Commit(ctx, []store.Change{&store.Amend{
		Key: key, Match: departed.Record.Version, Facts: departed.Record.Facts, PurgeAfter: now.Add(policy.PurgeAfter), Strip: true,
		Trail: store.Trail{Audit: b.audit("release", reason, []byte(`{"held":[true,null]}`))},
	}})
	return refusal(err, t, id)
}
