package api_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"rollcall/internal/admin"
	"rollcall/internal/api"
	"rollcall/internal/events"
	"rollcall/internal/openapi"
	"rollcall/store"
)

// TestDescriptionIsSound holds openapi.yaml against OpenAPI 3.1 and the rules of
// Lint.
func TestDescriptionIsSound(t *testing.T) {
	t.Parallel()
	if _, err := openapi.Read(api.OpenAPI); err != nil {
		t.Error(err)
	}
	if err := openapi.Lint(api.OpenAPI); err != nil {
		t.Error(err)
	}
}

// TestDescriptionNamesEveryRoute: every route of the router is in the document
// and the other way round.
func TestDescriptionNamesEveryRoute(t *testing.T) {
	t.Parallel()
	document, err := openapi.Read(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, o := range document.Operations {
		known[o.Method+" "+o.Path] = false
	}
	e := echo.New()
	api.Register(e, api.Options{})
	parameter := regexp.MustCompile(`:(\w+)`)
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	for _, route := range e.Routes() {
		below, ok := strings.CutPrefix(route.Path, api.Root)
		if !ok || !slices.Contains(methods, route.Method) {
			continue
		}
		name := route.Method + " " + parameter.ReplaceAllString(below, "{$1}")
		if _, found := known[name]; !found {
			t.Errorf("%s is served and not described", name)
		}
		known[name] = true
	}
	for name, served := range known {
		if !served {
			t.Errorf("%s is described and not served", name)
		}
	}
}

// TestDescriptionNamesEvery: where the document lists what there is, that is all
// there is.
func TestDescriptionNamesEvery(t *testing.T) {
	t.Parallel()
	var whys []string
	for _, why := range store.WhysLeft() {
		whys = append(whys, string(why))
	}
	for _, list := range []struct {
		begin, end string
		all        []string
	}{
		{"ActionName:\n      enum: [", "]", admin.Names()},
		{"left: { enum: [", "]", whys},
		{"all where none is named. There are `", "`.", events.Types()},
	} {
		_, names, found := strings.Cut(string(api.OpenAPI), list.begin)
		names, _, closed := strings.Cut(names, list.end)
		names = strings.ReplaceAll(names, "`", "")
		if !found || !closed || names != strings.Join(list.all, ", ") {
			t.Errorf("described after %q are %s; there are %s", list.begin, names, strings.Join(list.all, ", "))
		}
	}
}
