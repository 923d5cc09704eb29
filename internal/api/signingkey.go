package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
)

// KeySet is where the keys are published that sign security event tokens.
const KeySet = "/.well-known/jwks.json"

// keySetMedia is the media type of RFC 7517 section 8.5.2.
const keySetMedia = "application/jwk-set+json"

// publishKeys adds the key set, for everybody: who checks a token has no token of
// this server. A new key is published an hour before it signs, which is longer
// than anybody may keep the set.
func (f *face) publishKeys(e *echo.Echo) {
	answer := func(c echo.Context) error {
		set, err := f.Events.KeySet(c.Request().Context())
		if err != nil {
			f.fail(c, err)
			return nil
		}
		c.Response().Header().Set("Cache-Control", "public, max-age=300")
		return c.Blob(http.StatusOK, keySetMedia, set)
	}
	e.GET(KeySet, answer)
	e.HEAD(KeySet, answer)
}

func (f *face) signingKeyRoutes(r *routes) {
	r.add(http.MethodPost, "/signing-keys/rotate", auth.ScopeAdminWrite, (*call).rotateSigningKey)
}

// rotateSigningKey makes a new key, for all tenants: it is the business of the
// tenant that every server has.
func (c *call) rotateSigningKey() error {
	if err := c.overServer("signing keys"); err != nil {
		return err
	}
	var body reasoned
	if err := c.read(&body); err != nil {
		return err
	}
	row, err := c.noted(body.Reason)
	if err != nil {
		return err
	}
	id, active, err := c.face.Events.RotateSigningKey(c.Request().Context(), c.identity.Tenant.ID, row)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, struct {
		ID     string    `json:"id"`
		Active time.Time `json:"active"`
	}{id.String(), active})
}
