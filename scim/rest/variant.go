package rest

import (
	"encoding/json"
	"errors"

	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
	"rollcall/scim/profile"
	"rollcall/scim/schema"
)

// leastPage is the page that the Interoperability Profile wants to be honoured
// (section 6.4).
const leastPage = 100

// variant is what discovery tells connections of one profile otherwise than
// those of another.
type variant struct {
	// interop claims conformance with the Interoperability Profile.
	interop bool
	// noCredentials keeps quiet about passwords and other credentials.
	noCredentials bool
}

// variantOf is the variant for the rules of a connection.
func (o Options) variantOf(r *profile.Rules) variant {
	return variant{
		interop:       r.InteropConformant() && o.Provider.MaxPage() >= leastPage,
		noCredentials: r.Demanded&schema.NoCredentials != 0,
	}
}

// newDiscoveries renders the documents of every variant.
func newDiscoveries(o Options) map[variant]*discovery {
	out := map[variant]*discovery{}
	for _, interop := range []bool{false, true} {
		for _, noCredentials := range []bool{false, true} {
			v := variant{interop, noCredentials}
			out[v] = newDiscovery(o, v)
		}
	}
	return out
}

// discoveryFor returns the documents for who asks.
func (f *face) discoveryFor(c echo.Context) *discovery {
	if s := sessionOf(c); s != nil {
		return f.discoveries[f.variantOf(s.rules)]
	}
	return f.discoveries[variant{}]
}

// recognised finds out who asks where nobody has to say so. A token that is
// not good, or of another tenant than the path names, is none: discovery is
// open. An accepted one counts towards the rate of its connection.
func (f *face) recognised(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Request().Header.Get("Authorization")
		if header == "" {
			return next(c)
		}
		identity, err := f.Auth.Authenticate(c.Request().Context(), header)
		switch {
		case errors.Is(err, auth.ErrNoCredentials), errors.Is(err, auth.ErrInvalidToken), errors.Is(err, auth.ErrUnmapped):
			return next(c)
		case err != nil:
			return err
		case foreign(c, identity):
			return next(c)
		}
		f.begin(c, identity)
		if err := f.admit(c, identity); err != nil {
			return err
		}
		return next(c)
	}
}

// adapt changes a ServiceProviderConfig to what the variant shows.
func (v variant) adapt(config map[string]any) {
	if v.interop {
		config["interopProfileConformant"] = true
	}
	if v.noCredentials {
		config["changePassword"] = map[string]any{"supported": false}
	}
}

// schemaOf returns a schema document as the variant shows it.
func (v variant) schemaOf(d *schema.Document) json.RawMessage {
	if v.noCredentials {
		return d.WithoutCredentials()
	}
	return d.JSON
}
