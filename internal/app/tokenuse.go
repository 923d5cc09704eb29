package app

import (
	"context"

	"rollcall/internal/auth"
	"rollcall/scim"
)

// tokenUse notes on an account that a token which acts for it was used.
func tokenUse(provider *scim.Provider) func(context.Context, auth.Use) error {
	return func(ctx context.Context, use auth.Use) error {
		return provider.UseToken(ctx, use.Tenant, use.User, use.At)
	}
}
