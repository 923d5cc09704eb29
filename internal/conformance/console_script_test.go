package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestConsoleTextsStayTexts: a script in every text field of every form, in every
// attribute that SCIM takes and in every cell of a file is nothing but text on every
// page that shows it.
func TestConsoleTextsStayTexts(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		e := s.desk().estate(t, "north")
		c := &crawl{e: e, sent: map[string]bool{}}
		eve := e.provisioned()
		gone := e.local(t, "gone", `"displayName":"`+jsonScript+`"`)
		e.act(t, 200, gone, "deprovision", `{"reason":"`+jsonScript+`"}`)
		for _, route := range consoleRoutes() {
			if route.form == nil && !strings.HasSuffix(route.call, "/events") && !strings.HasSuffix(route.call, "/export") {
				c.pages = append(c.pages, e.path(route.call))
			}
		}
		for _, tab := range []string{"", "/edit", "/groups", "/sign-ins", "/provisioning", "/timeline", "/schedule", "/danger"} {
			c.pages = append(c.pages, "/users/"+eve+tab)
		}
		c.pages = append(c.pages, "/users/"+gone, "/users/"+gone+"/actions/purge", "/users/"+gone+"/actions/restore")
		for _, action := range []string{"suspend", "lock", "mark", "schedule", "set-password", "reset-password"} {
			c.pages = append(c.pages, "/users/"+eve+"/actions/"+action)
		}
		c.pages = append(c.pages, "/receivers/new?kind=set-push", "/receivers/new?kind=set-poll", "/deleted?type=User")
		c.files(t)
		for _, page := range slices.Clone(c.pages) {
			c.visit(t, page)
		}
		c.shown = 0
		for _, page := range c.pages {
			c.visit(t, page)
		}
		if c.shown < 30 {
			t.Errorf("only %d pages show the script", c.shown)
		}
		c.complete(t)
	})
}

// withoutText are the places of forms that nobody types into, or that no page of the
// crawl has.
var withoutText = []string{
	"/batches/:id/apply", "/batches", "/batches/:id/cancel", "/batches/:id/undo", "/imports", "/batches/:id/import", "/deleted/:type/:id/restore",
	"/groups/:id/remove", "/operators/:id/link", "/policies", "/receivers/:id/resend", "/receivers/:id/resend-failed", "/users/:id/timers/:kind/cancel",
	"/users/:id/groups/remove", "/users/:id/roles/remove", "/views/:id/delete", "/connections/:id/tokens/:prefix/revoke", "/sessions/:id/end", "/operators/:id/delete",
	"/receivers/:id/ping", "/receivers/:id/pause", "/receivers/:id/resume",
	"/imports/:id/delete", "/connections/:id/requests/forget",
}

// crawl goes through pages and sends their forms.
type crawl struct {
	e     *estate
	pages []string
	// sent are the places of forms that were sent.
	sent map[string]bool
	// shown counts the pages that have shown the script.
	shown int
}

// look judges a page and sends those of its forms that were not sent yet.
func (c *crawl) look(t *testing.T, path, body string) {
	t.Helper()
	harmless(t, path, body)
	if strings.Contains(body, "&lt;script&gt;") {
		c.shown++
	}
	for _, form := range formsOf(body) {
		place := form.place()
		if known := form.method + " " + place; c.sent[known] || len(form.texts) == 0 && !strings.HasSuffix(place, "/batches/ask") {
			continue
		} else {
			c.sent[known] = true
		}
		action, sent := strings.TrimPrefix(form.action, "/console"), form.typed(script)
		if form.method == "get" {
			c.visit(t, action+"?"+sent.Encode())
			continue
		}
		response, body := c.e.owner.submit(t, action, sent)
		if response.StatusCode == http.StatusSeeOther {
			c.visit(t, to(response))
			continue
		}
		if response.StatusCode != 200 && response.StatusCode != 409 && response.StatusCode != 422 {
			t.Errorf("%s: status %d", place, response.StatusCode)
		}
		c.look(t, place, body)
	}
}

func (c *crawl) visit(t *testing.T, path string) {
	t.Helper()
	response, body := c.e.owner.open(t, path)
	if response.StatusCode != http.StatusOK && response.StatusCode != 422 {
		t.Errorf("%s: status %d", path, response.StatusCode)
	}
	c.look(t, path, body)
}

// complete fails for forms that were not found.
func (c *crawl) complete(t *testing.T) {
	t.Helper()
	for _, route := range formsOfRoles {
		place := strings.NewReplacer("/timers/guard/:decision", "/timers/guard/block", ":decision", "block", ":action", "suspend").Replace(route.call)
		if c.sent["post "+place] == slices.Contains(withoutText, place) {
			t.Errorf("%s was sent with the script: %v", place, c.sent["post "+place])
		}
	}
}

// files are a file with the script in every cell of every column that there is, and
// one that becomes users.
func (c *crawl) files(t *testing.T) {
	t.Helper()
	b, cell := c.e.owner, `"`+strings.ReplaceAll(script, `"`, `""`)+`"`
	sent, _ := b.upload(t, cell+"\n"+cell+"\n")
	_, body := b.open(t, to(sent))
	choices := optionOf.FindAllStringSubmatch(after(body, `<select name="column0"`, "</select>"), -1)
	if len(choices) < 20 {
		t.Fatalf("%d columns can be imported: %s", len(choices), body)
	}
	columns, others := []string(nil), []string{"userName"}
	for _, choice := range choices[1:] {
		// Of some there are two ways to say them, of which a file has one.
		if name := attributes(choice[1])["value"]; slices.Contains([]string{"emails", "phoneNumbers", "id"}, name) {
			others = append(others, name)
		} else {
			columns = append(columns, name)
		}
	}
	c.file(t, columns)
	c.file(t, others)
}

// file is one with some columns, each with the script as its name and below it.
func (c *crawl) file(t *testing.T, columns []string) {
	t.Helper()
	b, cell := c.e.owner, `"`+strings.ReplaceAll(script, `"`, `""`)+`"`
	line := strings.Repeat(cell+",", len(columns)-1) + cell + "\n"
	sent, _ := b.upload(t, line+line)
	form := url.Values{"match": {columns[0]}, "mode": {"both"}, "start": {"active"}, "reason": {script}}
	for i, name := range columns {
		form.Set("column"+strconv.Itoa(i), name)
		if name == "userName" {
			form.Set("match", name)
		}
	}
	preview, body := b.submit(t, to(sent)+"/preview", form)
	if preview.StatusCode != http.StatusSeeOther {
		t.Fatalf("the preview of %s: %d %s", columns, preview.StatusCode, after(body, `role="alert">`, "<"))
	}
	body = b.over(t, to(preview))
	if harmless(t, "findings", body); !strings.Contains(body, "&lt;script&gt;") {
		t.Errorf("the findings about %s: %s", columns, body)
	}
	c.pages = append(c.pages, to(sent), to(preview))
}

// provisioned is a user whose connection has put the script into everything that the
// schemas let it.
func (e *estate) provisioned() string {
	e.t.Helper()
	user := map[string]any{"userName": script, "schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:User"}}
	scim := e.scim()
	for _, one := range scim.want(e.t, 200, "GET", "/Schemas", "")["Resources"].([]any) {
		document := one.(map[string]any)
		switch id := document["id"].(string); {
		case id == "urn:ietf:params:scim:schemas:core:2.0:User":
			scripted(document["attributes"].([]any), user)
		case strings.Contains(id, "extension:enterprise"):
			inner := map[string]any{}
			scripted(document["attributes"].([]any), inner)
			user[id], user["schemas"] = inner, append(user["schemas"].([]any), id)
		}
	}
	text, err := json.Marshal(user)
	if err != nil {
		e.t.Fatal(err)
	}
	id := e.inspected.want(e.t, 201, "POST", "/Users", string(text))["id"].(string)
	for _, n := range []bool{true, false} {
		report, _ := json.Marshal(map[string]any{"user": id, "succeeded": n, "application": script, "address": script, "detail": script})
		e.ask(e.t, 200, "POST", "/sign-ins", string(report))
	}
	return id
}

// scripted puts the script into the texts that a client may set.
func scripted(attributes []any, into map[string]any) {
	for _, one := range attributes {
		attribute := one.(map[string]any)
		name := attribute["name"].(string)
		if attribute["mutability"] == "readOnly" || slices.Contains([]string{"password", "id", "groups", "manager"}, name) {
			continue
		}
		var value any
		switch attribute["type"] {
		case "string", "reference":
			value = script
		case "complex":
			inner := map[string]any{}
			scripted(attribute["subAttributes"].([]any), inner)
			value = inner
		default:
			continue
		}
		if attribute["multiValued"] == true {
			value = []any{value}
		}
		into[name] = value
	}
}
