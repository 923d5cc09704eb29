package conformance

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// viewPaths are where the views that a list shows can be removed, by what is
// under them: the one that is shown.
func viewPaths(body string) (paths []string) {
	for rest := body; ; {
		var ok bool
		if _, rest, ok = strings.Cut(rest, `action="`+console.Root+`/views/`); !ok {
			return paths
		}
		path, _, _ := strings.Cut(rest, `"`)
		paths = append(paths, "/views/"+path)
	}
}

// TestConsoleSavesViews: a list gets a name, is found by it with filter, order and
// columns, is shared with others, and removed by who may.
func TestConsoleSavesViews(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		ada := o.signIn(t, o.operator(t, "ada", operator.Admin))
		bob, chief := o.signIn(t, o.operator(t, "bob", operator.Auditor)), o.signIn(t, o.operator(t, "chief", operator.Owner))
		s.user(t, "eve")
		form := url.Values{"name": {script}, "q": {"e&v=e"}, "status": {"Active"}, "sort": {"created"}, "columns": {"tags", "email", "created", "odd"}, "nothing": {"x"}, "shared": {"on"}}
		ada.done(t, "/views", form, "The view was saved.")
		kept := "?" + url.Values{"q": {"e&v=e"}, "status": {"Active"}, "sort": {"created"}, "columns": {"userName,email,tags,created"}}.Encode()
		for _, b := range []*browser{ada, bob, chief} {
			response, body := b.open(t, "/users")
			shows(t, response, body, 200, "&lt;script&gt;", `<a href="`+html.EscapeString(kept)+`"`)
			harmless(t, "views", body)
			response, body = b.open(t, "/users"+kept)
			shows(t, response, body, 200, `aria-current="page">&lt;script&gt;`, `value="e&amp;v=e"`, ">Tags<", `aria-sort="ascending"`)
			if removable := len(viewPaths(body)) == 1; removable == (b == bob) {
				t.Errorf("removable: %v", removable)
			}
		}
		ada.refused(t, form, "You have a view of this name")
		for name, says := range map[string]string{"": "Is needed", " \n": "Is needed", strings.Repeat("ü", 51): "Takes at most 100 bytes"} {
			form := maps.Clone(form)
			form.Set("name", name)
			ada.refused(t, form, says)
		}
		response, body := ada.submit(t, "/views", url.Values{"name": {"long"}, "q": {strings.Repeat("ü", 100)}, "tag": {strings.Repeat("ü", 100)}, "role": {strings.Repeat("ü", 100)}, "status": {"Inactive"}, "activity": {"31-90"}, "group": {newForm()}, "sort": {"created"}, "order": {"descending"}, "columns": {"displayName,email,status,role,lastLogin,source,contact,groups,shared,tags,externalId,created,modified,id"}})
		shows(t, response, body, 422, `value="long"`, "What the list shows is too long to be kept")
		ada.done(t, "/views", url.Values{"name": {"all"}}, "The view was saved.")
		bob.done(t, "/views", url.Values{"name": {"mine"}, "q": {"e"}}, "The view was saved.")
		response, body = bob.submit(t, "/views", url.Values{"name": {"ours"}, "shared": {"on"}})
		shows(t, response, body, 403)
		if _, body := chief.open(t, "/users"); strings.Contains(body, ">mine<") || strings.Contains(body, ">all<") {
			t.Error("what is not shared is seen by others")
		}
		_, body = bob.open(t, "/users?q=e")
		own := viewPaths(body)
		_, body = ada.open(t, "/users"+kept)
		shared := viewPaths(body)
		if len(own) != 1 || len(shared) != 1 {
			t.Fatalf("views %v and %v", own, shared)
		}
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		stranger := acme.signIn(t, acme.operator(t, "ada", operator.Owner))
		for _, try := range []struct {
			by     *browser
			path   string
			status int
		}{{chief, own[0], 404}, {bob, shared[0], 403}, {stranger, shared[0], 404}, {ada, "/views/x/delete", 404}, {ada, own[0], 404}} {
			response, body := try.by.submit(t, try.path, nil)
			shows(t, response, body, try.status)
		}
		for _, path := range []string{"/views", shared[0]} {
			response, body := ada.submit(t, path, url.Values{"name": {"x"}}, "Sec-Fetch-Site", "cross-site")
			shows(t, response, body, 403, "another site")
		}
		chief.done(t, shared[0], url.Values{"q": {"e"}}, "The view was removed.")
		if _, body := bob.open(t, "/users"); strings.Contains(body, "&lt;script&gt;") {
			t.Error("a removed view is shown")
		}
		response, body = chief.open(t, "/audit?action=view.")
		shows(t, response, body, 200, "View: create", "View: delete", "ada", "chief")
		if harmless(t, "trail", body); strings.Contains(body, "e&amp;v=e") {
			t.Error("the trail keeps what somebody looked for")
		}
		for i := range operator.MostViews - 1 {
			if response, _ := ada.submit(t, "/views", url.Values{"name": {fmt.Sprint(i)}}); response.StatusCode != http.StatusSeeOther {
				t.Fatalf("view %d: %d", i, response.StatusCode)
			}
		}
		ada.refused(t, url.Values{"name": {"one more"}}, "You have 50 views")
	})
}

// refused fails unless the form of a view comes back with what was typed, why, and
// the way back to what the list shows.
func (b *browser) refused(t *testing.T, form url.Values, says string) {
	t.Helper()
	response, body := b.submit(t, "/views", form)
	shows(t, response, body, 422, "<h1>Save this view</h1>", says, `value="`+html.EscapeString(strings.TrimSpace(form.Get("name")))+`"`)
	harmless(t, "a view that is not saved", body)
	if shared := strings.Contains(body, `name="shared" checked`); shared != form.Has("shared") {
		t.Errorf("shared: %v", shared)
	}
	for _, name := range []string{"q", "status", "sort"} {
		if kept := shownAs(body, name); form.Has(name) && !slices.Equal(kept, []string{html.EscapeString(form.Get(name))}) {
			t.Errorf("of the list, %s is %q", name, kept)
		}
	}
}
