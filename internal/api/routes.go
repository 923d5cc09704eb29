package api

import (
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"rollcall/internal/auth"
)

// routes registers what a resource answers.
type routes struct {
	face  *face
	group *echo.Group
}

// handler answers a call. params are the query parameters that it knows.
type handler func(*call) error

// get is for what reads, which one scope opens.
func (r *routes) get(path string, h handler, params ...string) {
	answer := r.face.called(auth.ScopeAdminRead, h, params)
	r.group.GET(path, answer)
	r.group.HEAD(path, answer)
}

func (r *routes) add(method, path string, scope auth.Scope, h handler, params ...string) {
	r.group.Add(method, path, r.face.called(scope, h, params))
}

// called lets requests pass whose token has the scope and stands for its
// connection: a token that acts for a user is nobody here, whatever it may. A
// parameter that the route does not know is refused, so that a dry run with a
// slip of the pen is none for real.
func (f *face) called(scope auth.Scope, next handler, params []string) echo.HandlerFunc {
	return func(c echo.Context) error {
		request := c.Request()
		identity, err := f.Auth.Authenticate(request.Context(), request.Header.Get("Authorization"))
		if err != nil {
			return err
		}
		c.Set(identityKey, identity)
		switch {
		case identity.User != uuid.Nil:
			return errOfUser
		case !identity.Has(scope):
			return &scopeError{scope}
		}
		if f.Admit != nil {
			if wait, ok := f.Admit(identity); !ok {
				retryAfter(c, wait)
				return errTooManyRequests
			}
		}
		for name, values := range c.QueryParams() {
			if !slices.Contains(params, name) {
				return invalid(name, "there is no such query parameter here")
			}
			if len(values) > 1 {
				return invalid(name, "the query parameter is given more than once")
			}
		}
		return next(&call{c, f, identity})
	}
}
