package console

import (
	"github.com/google/uuid"

	"rollcall/internal/admin"
)

// userToken is a token that acts for the user.
type userToken struct {
	tokenRow

	Connection   string
	ConnectionID uuid.UUID
}

// userTokensShown is how many tokens of a user a page shows.
const userTokensShown = 100

// userTokens are the tokens that act for a user, of all connections, newest first,
// and whether there are older ones.
func (c *call) userTokens(user uuid.UUID) (list []userToken, older bool, err error) {
	ctx, tenant := c.Request().Context(), c.identity.Tenant.ID
	connections, err := c.face.Store.Connections(ctx, tenant)
	if err != nil {
		return nil, false, err
	}
	names := admin.ConnectionNames(connections)
	tokens, err := c.face.Store.TokensOf(ctx, tenant, user, userTokensShown+1)
	if err != nil {
		return nil, false, err
	}
	for i := range tokens[:min(len(tokens), userTokensShown)] {
		list = append(list, userToken{c.tokenRow(&tokens[i]), names[tokens[i].Connection], tokens[i].Connection})
	}
	return list, len(tokens) > userTokensShown, nil
}
