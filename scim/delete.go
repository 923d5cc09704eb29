package scim

import (
	"context"

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
	var record *store.Record
	if match.pins() {
		found, err := p.store.Get(ctx, key, 0)
		if err != nil {
			return refusal(err, t, id)
		}
		record = &found
	}
	pl, err := p.planDelete(c, t, key, record, match)
	if err != nil {
		return err
	}
	return refusal(p.commit(ctx, pl), t, id)
}

// planDelete decides a delete. The record is needed only where the
// precondition pins a version.
func (p *Provider) planDelete(c *Caller, t *schema.ResourceType, key store.Key, record *store.Record, match Precondition) (*plan, error) {
	if err := c.unconfined(); err != nil {
		return nil, err
	}
	now := p.now()
	change := &store.Delete{Key: key, At: now, PurgeAfter: now.Add(p.policy.PurgeAfter)}
	change.Trail = trail{c, t, key.ID, now}.build("delete", nil, nil, false, nil)
	if match.pins() {
		if err := match.check(t, record); err != nil {
			return nil, err
		}
		change.Match = record.Version
	}
	return &plan{change: change}, nil
}
