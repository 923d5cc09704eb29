package scim

import (
	"context"

	"rollcall/scim/schema"
	"rollcall/store"
)

// Get reads one resource (RFC 7644 section 3.4.1).
func (p *Provider) Get(ctx context.Context, c *Caller, t *schema.ResourceType, id string, view View) (*Resource, error) {
	key, err := c.key(t, id)
	if err != nil {
		return nil, err
	}
	record, err := p.read(ctx, c, key, relations(t))
	if err != nil {
		return nil, refusal(err, t, id)
	}
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	resource := &Resource{Type: t, provider: p, caller: c, record: record, now: p.now(), policy: policy}
	return resource.show(view, nil), nil
}

// relations are what the answer to a request about one resource, and decisions
// about it, look at beside the record.
func relations(t *schema.ResourceType) store.Relations {
	var with store.Relations
	if t.Groups != nil {
		with |= store.WithGroups
	}
	if t.Active != nil {
		with |= store.WithActivity
	}
	return with
}
