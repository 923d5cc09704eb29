package scim

import (
	"context"

	"github.com/google/uuid"

	"rollcall/scim/schema"
	"rollcall/store"
)

// Selection is a choice among the users of a tenant: the living ones that match
// a filter, or all that are deleted.
type Selection struct {
	Filter  string
	Deleted bool
}

// Place is where a walk through a selection has got to; the zero one begins it.
type Place = store.DepartedPosition

// Selected returns the next users of a selection, and where the walk goes on
// from; more is false at its end. Living users come in the order of their ids,
// so that none that stays is passed over or comes twice.
func (p *Provider) Selected(ctx context.Context, c *Caller, of Selection, after Place, limit int) (ids []uuid.UUID, next Place, more bool, err error) {
	t, err := p.selecting(c)
	if err != nil {
		return nil, after, false, err
	}
	if of.Deleted {
		return p.selectedDeleted(ctx, c, t, after, limit)
	}
	query, err := p.selection(ctx, c, t, of, limit)
	if err != nil {
		return nil, after, false, err
	}
	unknown := 0
	query.Total = &unknown // nobody asks
	if after.ID != uuid.Nil {
		query.After = &store.Position{ID: after.ID}
	}
	page, err := p.store.Query(ctx, query)
	if err != nil {
		return nil, after, false, refusal(err, t, "")
	}
	for i := range page.Records {
		ids = append(ids, page.Records[i].ID)
		after.ID = page.Records[i].ID
	}
	return ids, after, page.More, nil
}

// CountSelected counts the living users that match; deleted ones are counted by
// walking.
func (p *Provider) CountSelected(ctx context.Context, c *Caller, of Selection) (int, error) {
	t, err := p.selecting(c)
	if err != nil {
		return 0, err
	}
	query, err := p.selection(ctx, c, t, of, 0)
	if err != nil {
		return 0, err
	}
	page, err := p.store.Query(ctx, query)
	return page.Total, refusal(err, t, "")
}

func (p *Provider) selecting(c *Caller) (*schema.ResourceType, error) {
	if err := c.unconfined(); err != nil {
		return nil, err
	}
	return p.users()
}

func (p *Provider) selection(ctx context.Context, c *Caller, t *schema.ResourceType, of Selection, limit int) (store.Query, error) {
	query := store.Query{Tenant: c.Tenant, Now: p.now(), Limit: limit}
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return query, err
	}
	search := Search{Filter: of.Filter, HasFilter: true}
	query.Types, err = typeQueries([]*schema.ResourceType{t}, lowering{p.relatives(c), clock{query.Now, policy}}, search, c.Leniency)
	return query, err
}

// selectedDeleted lists those deleted last first: who is deleted meanwhile is
// not among them.
func (p *Provider) selectedDeleted(ctx context.Context, c *Caller, t *schema.ResourceType, after Place, limit int) (ids []uuid.UUID, next Place, more bool, err error) {
	page, more, err := p.store.DepartedPage(ctx, store.DepartedQuery{Tenant: c.Tenant, Type: t.Name, After: after, Limit: limit})
	if err != nil {
		return nil, after, false, refusal(err, t, "")
	}
	for i := range page {
		ids = append(ids, page[i].Record.ID)
		after = Place{At: page[i].At, ID: page[i].Record.ID}
	}
	return ids, after, more, nil
}
