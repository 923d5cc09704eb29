package scim

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"rollcall/scim/schema"
	"rollcall/store"
)

// FindLiving is FindUser for a caller of the provider.
func (p *Provider) FindLiving(ctx context.Context, c *Caller, text string) (uuid.UUID, error) {
	if err := c.unconfined(); err != nil {
		return uuid.Nil, err
	}
	return FindUser(ctx, p.store, p.types, c.Tenant, text)
}

// FindAccount finds a user of the caller's tenant by id or by userName, also
// among those that are deprovisioned; of a purged one the id alone is left.
func (p *Provider) FindAccount(ctx context.Context, c *Caller, text string) (uuid.UUID, error) {
	t, err := p.users()
	if err != nil {
		return uuid.Nil, err
	}
	if err := c.unconfined(); err != nil {
		return uuid.Nil, err
	}
	found, err := FindUser(ctx, p.store, p.types, c.Tenant, text)
	if !errors.Is(err, store.ErrNotFound) {
		return found, err
	}
	if id, ok := store.ParseID(text); ok {
		_, err := p.account(ctx, store.Key{Tenant: c.Tenant, Type: t.Name, ID: id})
		return id, err
	}
	return p.departedNamed(ctx, c, t, text)
}

// departedNamed looks for the deprovisioned user that had a name. It goes
// through all of them: there is no index on names that are free.
func (p *Provider) departedNamed(ctx context.Context, c *Caller, t *schema.ResourceType, name string) (uuid.UUID, error) {
	if t.Naming == nil {
		return uuid.Nil, store.ErrNotFound
	}
	wanted, found := t.Naming.Fold(name), uuid.Nil
	query := store.DepartedQuery{Tenant: c.Tenant, Type: t.Name, Limit: p.maxPage}
	for more := true; more; {
		var page []store.Departed
		var err error
		if page, more, err = p.store.DepartedPage(ctx, query); err != nil {
			return uuid.Nil, err
		}
		for i := range page {
			d := &page[i]
			query.After = store.DepartedPosition{At: d.At, ID: d.Record.ID}
			switch {
			case d.Record.Name != wanted:
			case found != uuid.Nil:
				return uuid.Nil, ErrAmbiguous
			default:
				found = d.Record.ID
			}
		}
	}
	if found == uuid.Nil {
		return found, store.ErrNotFound
	}
	return found, nil
}
