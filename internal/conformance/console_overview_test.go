package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/internal/await"
	"rollcall/internal/operator"
)

// counted waits for the overview with its figures.
func (b *browser) counted(t *testing.T) string {
	t.Helper()
	return await.For(t, time.Minute, "the figures", func() (string, bool) {
		response, body := b.open(t, "")
		shows(t, response, body, 200)
		return body, !strings.Contains(body, "being counted")
	})
}

// TestOverview: charts and their tables say what the directory is, and what has
// to be looked at is there for who may see it.
func TestOverview(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, h := s.desk(), newHook(t)
		h.answer(http.StatusInternalServerError, "")
		hook := o.ask(t, 201, "POST", "/receivers", `{"name":"`+jsonScript+`","kind":"webhook","url":"`+h.URL+`"}`)["id"].(string)
		var ids []string
		for i := range 5 {
			ids = append(ids, s.user(t, fmt.Sprintf("user%d", i), `"displayName":"`+jsonScript+`"`))
		}
		o.act(t, 200, ids[0], "suspend", `{"reason":"r"}`)
		o.act(t, 200, ids[1], "suspend", `{"reason":"r","until":"2090-03-01T00:00:00Z"}`)
		o.act(t, 200, ids[2], "schedule", `{"validUntil":"2089-02-01T00:00:00Z"}`)
		o.act(t, 200, ids[3], "deprovision", `{"reason":"r"}`)
		o.ask(t, 200, "PUT", "/policy", `{"guard":{"mode":"alert","armedFrom":0,"floor":0,"percent":0}}`)
		s.want(t, 204, "DELETE", "/Users/"+ids[4], "")
		await.That(t, time.Minute, "a failure of the receiver", func() bool {
			return o.ask(t, 200, "GET", "/receivers/"+hook, "")["failures"].(float64) > 0
		})
		open := o.ask(t, 200, "GET", "/connections/default/guard", "")["openIncidents"].(float64)

		for _, role := range operator.Roles() {
			b := o.signIn(t, o.operator(t, string(role), role))
			body := b.counted(t)
			for _, want := range []string{
				"<strong>3</strong> users", `role="img" aria-labelledby="statuses-title statuses-desc"`,
				`<th scope="row"><a href="/console/users?status=Active">Active</a></th><td>1</td>`, `<th scope="row"><a href="/console/users?status=Suspended">Suspended</a></th><td>2</td>`,
				"Active 1", "Suspended 2", `<td>5</td><td>2</td></tr>`, ": 5 joined</title>", ": 2 left</title>", `<a href="/console/users?activity=never">Never</a></th><td>3</td>`, `<a href="/console/users?activity=31-90">31 to 90 days ago</a>`,
				"/users/" + ids[2] + "/schedule", "1 Feb 2089", "It cannot be used any more", "1 Mar 2090", "The suspension ends",
			} {
				if !strings.Contains(body, want) {
					t.Errorf("%s: no %q in %s", role, want, body)
				}
			}
			if strings.Index(body, "1 Feb 2089") > strings.Index(body, "1 Mar 2090") {
				t.Errorf("%s: what comes next is not in its order", role)
			}
			harmless(t, string(role), body)
			sees := role != operator.Helpdesk
			if strings.Contains(body, "/console/receivers/"+hook) != sees || strings.Contains(body, "Mass guard:") != (sees && open > 0) {
				t.Errorf("%s: what has to be looked at: %s", role, body)
			}
			if response, _ := b.send(t, http.MethodHead, "", nil); response.StatusCode != 200 {
				t.Errorf("HEAD: %d", response.StatusCode)
			}
		}
		if open == 0 {
			t.Error("there is no incident to show")
		}
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		body := acme.signIn(t, acme.operator(t, "ada", operator.Owner)).counted(t)
		if !strings.Contains(body, "<strong>0</strong> users") || strings.Contains(body, "Mass guard:") || strings.Contains(body, "2089") {
			t.Errorf("another tenant sees %s", body)
		}
	})
}
