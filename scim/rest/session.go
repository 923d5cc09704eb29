package rest

import (
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/scim/profile"
	"rollcall/scim/schema"
)

const sessionKey = "rollcall.session"

// session is what is known of a request once its sender is.
type session struct {
	identity *auth.Identity
	rules    *profile.Rules
	// leniency collects what was normalised while the request is answered.
	leniency schema.Leniency
	// exchange is what is heard of the request, nil where nobody listens.
	exchange *Exchange
}

func sessionOf(c echo.Context) *session {
	s, _ := c.Get(sessionKey).(*session)
	return s
}

// Identity returns who sent the request, nil before authentication.
func Identity(c echo.Context) *auth.Identity {
	if s := sessionOf(c); s != nil {
		return s.identity
	}
	return nil
}

// Applied returns which normalisations a request needed, for those who observe
// it when it has been answered.
func Applied(c echo.Context) schema.Normalisation {
	if s := sessionOf(c); s != nil {
		return s.leniency.Applied
	}
	return 0
}

// begin notes who sent the request and how strictly it is to be read.
func (f *face) begin(c echo.Context, identity *auth.Identity) {
	rules := f.rules.of(&identity.Connection)
	s := &session{identity: identity, rules: rules, leniency: rules.Leniency()}
	c.Set(sessionKey, s)
	f.overhear(c, s)
}

// admit refuses a request beyond the rate of its connection.
func (f *face) admit(c echo.Context, identity *auth.Identity) error {
	if f.Admit == nil {
		return nil
	}
	wait, ok := f.Admit(identity)
	if ok {
		return nil
	}
	retryAfter(c, wait)
	return errTooManyRequests
}
