package scim

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// findRevivals gives the creates that bring a resource back the id of that
// resource, before anything refers to it. Of several of one externalId the first
// does. What the request itself deletes is not known yet, and not brought back.
func (r *bulkRequest) findRevivals(ctx context.Context, p *Provider, c *Caller) error {
	wanted := map[*schema.ResourceType]map[string]*bulkOperation{}
	for i := range r.Operations {
		op := &r.Operations[i]
		t, ok := op.creates(p.types)
		if !ok {
			continue
		}
		known, err := op.recallRevival(ctx, c, t)
		if err != nil {
			return err
		}
		if known || !c.revives(t) {
			continue
		}
		externalID := op.externalID(c, t)
		if externalID == "" || wanted[t][externalID] != nil {
			continue
		}
		if wanted[t] == nil {
			wanted[t] = map[string]*bulkOperation{}
		}
		wanted[t][externalID] = op
	}
	for t, ops := range wanted {
		found, err := p.revivals(ctx, c, t, slices.Sorted(maps.Keys(ops)))
		if err != nil {
			return refusal(err, t, "")
		}
		for externalID, departed := range found {
			ops[externalID].revives, ops[externalID].allocated = departed, departed.Record.ID
		}
	}
	return nil
}

// creates is the type of what a POST creates, where that has a lifecycle.
func (op *bulkOperation) creates(types *schema.Registry) (*schema.ResourceType, bool) {
	if op.Method != "POST" || op.allocated == uuid.Nil {
		return nil, false
	}
	endpoint, _, err := op.target()
	if err != nil {
		return nil, false
	}
	t, ok := types.Endpoint("/" + endpoint)
	return t, ok && t.Active != nil
}

// recallRevival finds out whether an earlier attempt has carried a create out,
// and with which id.
func (op *bulkOperation) recallRevival(ctx context.Context, c *Caller, t *schema.ResourceType) (known bool, err error) {
	if c.Ledger == nil {
		return false, nil
	}
	known, err = c.Ledger.Carried(ctx, op.place, store.Key{Tenant: c.Tenant, Type: t.Name, ID: op.allocated})
	if known || err != nil {
		return known, err
	}
	id, known, err := c.Ledger.Revived(ctx, op.place, t.Name)
	if known {
		op.allocated = id
	}
	return known, err
}

// externalID is that of the resource in the body of a create; empty where it has
// none, or a body that is going to be refused. One that is put in place of a
// bulkId later was nobody's before.
func (op *bulkOperation) externalID(c *Caller, t *schema.ResourceType) string {
	object, err := t.Decode(bytes.NewReader(op.Data), c.Leniency.Fork())
	if err != nil {
		return ""
	}
	externalID := object.Text(t.ExternalID)
	if strings.HasPrefix(externalID, bulkIDPrefix) {
		return ""
	}
	return externalID
}

// planCreate plans a POST, and in place of that what it brings back.
func (op *bulkOperation) planCreate(ctx context.Context, p *Provider, c *Caller) {
	if op.created == nil && op.unplanned == nil {
		defer c.progress()
		op.plain, op.unplanned = p.planCreate(ctx, c, op.resourceType, op.allocated, bytes.NewReader(op.Data), View{})
		if op.created = op.plain; op.revives != nil && op.unplanned == nil {
			op.created, op.unplanned = p.planRevival(ctx, c, op.resourceType, op.plain, op.revives, op.Data, View{})
		}
	}
}

// reviveAlone runs a create that brings a resource back by itself, after it met
// another change of that resource.
func (r *bulkRun) reviveAlone(ctx context.Context, op *bulkOperation) error {
	if err := r.note(ctx); err != nil {
		return err
	}
	back, err := r.provider.revive(ctx, r.caller.at(op.place), op.resourceType, op.plain, op.revives, op.Data, View{})
	if errors.Is(err, errGone) {
		return fault.Plain(409, "%s: the %s with this value is being changed by others at this moment; try again", op.resourceType.ExternalID, op.resourceType.Name)
	}
	if err != nil {
		return refusal(err, op.resourceType, op.id)
	}
	r.persisted = true
	r.provider.refreshed(ctx, back)
	op.succeed(back)
	return nil
}

// refreshed is refresh where what was committed is told in any case: without it
// an entity tag counts as old for If-None-Match and nothing else.
func (p *Provider) refreshed(ctx context.Context, plans ...*plan) { _ = p.refresh(ctx, plans...) }
