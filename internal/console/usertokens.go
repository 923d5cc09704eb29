package console

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// userToken is a token that acts for the user.
type userToken struct {
	tokenRow

	Connection   string
	ConnectionID uuid.UUID
}

// userTokens are the tokens that act for a user, of all connections, newest first.
func (c *call) userTokens(id string) ([]userToken, error) {
	ctx, tenant, now := c.Request().Context(), c.identity.Tenant.ID, c.face.Provider.Now()
	connections, err := c.face.Store.Connections(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var list []userToken
	for i := range connections {
		tokens, err := c.face.Store.Tokens(ctx, tenant, connections[i].ID)
		if err != nil {
			return nil, err
		}
		for j := range tokens {
			if token := &tokens[j]; token.Subject.String() == id {
				list = append(list, userToken{tokenRow{Token: *token, State: tokenState(token, now)}, connections[i].Name, connections[i].ID})
			}
		}
	}
	slices.SortFunc(list, func(a, b userToken) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.Prefix, b.Prefix)) })
	return list, nil
}
