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
	resource := &Resource{Type: t, provider: p, caller: c, record: record, now: p.now()}
	return resource.show(view, nil), nil
}

// relations are what the entity tag of a resource covers.
func relations(t *schema.ResourceType) store.Relations {
	if t.Groups != nil {
		return store.WithGroups
	}
	return 0
}
