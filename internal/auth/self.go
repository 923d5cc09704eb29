package auth

import (
	"fmt"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"rollcall/store"
)

// SCIMScopes are the scopes of the SCIM endpoints. A token that acts for a user
// can carry no others: what those open is not the user's own.
func SCIMScopes() Scopes { return ScopesOf(ScopeSCIMRead, ScopeSCIMWrite) }

// actingFor confines an identity to a user, unless the id is zero.
func (i *Identity) actingFor(user uuid.UUID) *Identity {
	if user != uuid.Nil {
		i.User, i.Scopes = user, i.Scopes&SCIMScopes()
	}
	return i
}

// parseUser reads the id of a User in the one form in which it is issued. The
// zero id is nobody's, and would stand for a token without a user.
func parseUser(text string) (uuid.UUID, bool) {
	id, ok := store.ParseID(text)
	return id, ok && id != uuid.Nil
}

// userOf reads the claim that names a user. A token with a claim that names
// none is refused: it must not turn into one that may do all that its
// connection may. Where the claim is "sub", a client that acts for itself
// carries its own id there (RFC 9068 section 2.2).
func (v *jwtVerifier) userOf(claims jwt.MapClaims, connection string) (uuid.UUID, error) {
	name := v.options.UserClaim
	claim, present := claims[name]
	if name == "" || !present {
		return uuid.Nil, nil
	}
	text, _ := claim.(string)
	if name == "sub" && text == connection {
		return uuid.Nil, nil
	}
	user, ok := parseUser(text)
	if !ok {
		return uuid.Nil, fmt.Errorf("%w: the claim %s is not the id of a user", ErrInvalidToken, name)
	}
	return user, nil
}
