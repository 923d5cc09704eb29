package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"rollcall/schemas"
	"rollcall/scim/schema"
	"rollcall/store"
)

// definitions is what another copy has saved.
type definitions struct {
	saved []store.Definition
	err   error
}

func (d *definitions) Definitions(context.Context) ([]store.Definition, error) { return d.saved, d.err }

func (d *definitions) Redefine(context.Context, func(context.Context, store.Redefinition) error) error {
	return errors.ErrUnsupported
}

// alive answers a ping.
type alive struct{ store.Maintainer }

func (alive) Ping(context.Context) error { return nil }

// TestRedefinedByAnother holds that a copy leaves the rotation as soon as
// another one has redefined a type, and comes back when it is as it was.
func TestRedefinedByAnother(t *testing.T) {
	t.Parallel()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := types.Type("User")
	own := store.Definition{Type: "User", Document: user.Definition()}
	s := &server{store: alive{}, logger: slog.New(slog.DiscardHandler)}
	opened := &definitions{}
	look := func(want int, saved ...store.Definition) {
		t.Helper()
		opened.saved = saved
		s.lookForDefinitions(t.Context(), opened, types)
		answer := httptest.NewRecorder()
		if err := s.readyz(echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody), answer)); err != nil || answer.Code != want {
			t.Errorf("readyz: %d, %v, want %d", answer.Code, err, want)
		}
	}
	look(http.StatusOK, own)
	look(http.StatusOK, own, store.Definition{Type: "Other", Document: []byte(`{}`)})
	look(http.StatusServiceUnavailable, store.Definition{Type: "User", Document: []byte(`{"pending":true}`)})
	opened.err = store.ErrUnavailable
	look(http.StatusServiceUnavailable, own)
	opened.err = nil
	look(http.StatusOK, own)
}
