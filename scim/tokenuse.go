package scim

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/store"
)

// tokenUseGrain is how exactly the last use of a token is known: to write each
// would cost more than it tells.
const tokenUseGrain = time.Hour

// UseToken notes that a token that acts for a user was used. It is noted at most
// once an hour, and of nobody who cannot use the account.
func (p *Provider) UseToken(ctx context.Context, tenant store.TenantID, user uuid.UUID, at time.Time) error {
	t, err := p.users()
	if err != nil {
		return err
	}
	key := store.Key{Tenant: tenant, Type: t.Name, ID: user}
	a, err := p.account(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	at = at.UTC().Truncate(time.Microsecond)
	if a.departed != nil || !a.facts.Status(p.now()).Active() || at.Before(a.facts.Activity.LastTokenUse.Add(tokenUseGrain)) {
		return nil
	}
	c := &Caller{Tenant: tenant, Kind: KindSystem, ID: "tokens"}
	_, err = p.act(ctx, c, key, words{}, lifecycle.UseToken{At: at})
	if errors.Is(err, store.ErrNotFound) {
		return nil // gone meanwhile
	}
	return err
}
