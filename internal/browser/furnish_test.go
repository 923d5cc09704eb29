package browser

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/internal/trial"
)

// furnished is a tenant with something to see on every page.
type furnished struct {
	// pages is one address of each kind.
	pages []string
	// person, group, connection, receiver, operator and guarded are the pages of one
	// each; guarded is the connection whose mass guard waits for a decision.
	person, group, connection, receiver, operator, guarded string
	// bare is a tenant where nothing is.
	bare *site
}

// Texts that are hard to place: the longest name, one without a place to break, and
// one that is read from right to left.
var (
	longest  = strings.TrimSpace(strings.Repeat("Maximiliane Alexandrina ", 8))
	unbroken = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft"
	leftward = "\u0639\u0628\u062f \u0627\u0644\u0631\u062d\u0645\u0646 \u0627\u0644\u062e\u0648\u0627\u0631\u0632\u0645\u064a"
)

// nowhere is an address where nothing is.
const nowhere = "/nothing"

// furnish gives a tenant something to see on every page, and lists one of each.
func furnish(t *testing.T, s *site) *furnished {
	t.Helper()
	f := &furnished{bare: tenant(t, &trial.Server{Root: s.root}, "bare")}
	ada := s.user(t, "Ada Lovelace", "title", "Analyst", "roles", []any{map[string]any{"value": "analyst"}},
		lifecycleURN, map[string]any{"tags": []string{"vip", "founder"}, "purpose": "Writes the first program", "linkedContact": map[string]any{"display": "Charles of Engines", "value": "ext-4711"}})
	alan, gone := s.user(t, "Alan Turing"), s.user(t, "Grace Hopper")
	long := s.user(t, unbroken+" Hubert", "externalId", strings.Repeat("0123456789", 20), "title", longest)
	s.user(t, "Max "+longest)
	s.user(t, "Khwarizmi Musa", "displayName", leftward, "title", leftward)
	s.ask(t, 200, "POST", "/users/"+alan+"/actions/suspend", map[string]any{"reason": "On leave", "until": "2035-01-01T00:00:00Z"})
	s.ask(t, 200, "POST", "/users/"+gone+"/actions/deprovision", map[string]any{"reason": "Has left"})
	f.person, f.group = "/users/"+ada, "/groups/"+s.group(t, "Engineers", ada, alan, long)
	s.group(t, leftward+" "+longest, ada)
	s.group(t, unbroken, s.group(t, "Inner", ada))
	s.scim(t, 204, "DELETE", "/Groups/"+s.group(t, "Old team", ada), nil)
	for i := range 3 {
		s.ask(t, 200, "POST", "/sign-ins", map[string]any{"user": ada, "succeeded": i > 0, "application": "wiki", "address": "2001:db8:85a3:8d3:1319:8a2e:370:7348", "detail": fmt.Sprint("try ", i, " of ", longest)})
	}
	s.ask(t, 201, "POST", "/tokens", map[string]any{"connection": "default", "user": ada, "scopes": []string{"scim:read"}})
	job := "/batches/" + s.ask(t, 202, "POST", "/batches", map[string]any{"action": "lock", "reason": longest, "selection": map[string]any{"ids": []string{long, gone}}, "confirm": 2})["id"].(string)
	f.operator = "/operators/" + s.ask(t, 201, "POST", "/operators", map[string]any{"name": "Hedy " + unbroken, "role": "helpdesk", "issuer": "https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/v2.0", "subject": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"})["id"].(string)
	f.connected(t, s)
	f.told(t, s)
	user := f.person
	f.pages = []string{
		"", "/users", "/users?q=nobody", "/users?columns=displayName,email,status,role,lastLogin,source,contact,groups,shared,tags,externalId,created,modified,id", "/users/new",
		user, user + "/edit", user + "/groups", user + "/sign-ins", user + "/timeline", user + "/schedule", user + "/provisioning", user + "/danger", "/users/" + long,
		"/users/" + alan, "/users/" + alan + "/schedule", "/users/" + gone, user + "/actions/suspend", user + "/actions/mark", user + "/actions/schedule", "/users/" + gone + "/actions/purge",
		"/groups", f.group, "/deleted", "/deleted?type=Group", "/batches", job,
		"/connections", f.connection, f.connection + "/tokens", f.connection + "/guard", f.connection + "/requests", f.guarded + "/guard", "/timers/guard",
		"/receivers", "/receivers/new?kind=webhook", "/receivers/new?kind=set-push", "/receivers/new?kind=set-poll", f.receiver, f.receiver + "/edit", "/policies",
		"/imports/new", "/audit", "/operators", f.operator, "/sessions", nowhere,
	}
	return f
}

// connected adds connections: one that is inspected and wants a user otherwise than
// it stands, and one whose removals wait for a decision.
func (f *furnished) connected(t *testing.T, s *site) {
	t.Helper()
	add := func(name string, options map[string]any) (path string, client *site) {
		path = "/connections/" + s.ask(t, 201, "POST", "/connections", map[string]any{"name": name, "kind": "okta", "options": options})["id"].(string)
		token := s.ask(t, 201, "POST", "/tokens", map[string]any{"connection": name, "scopes": []string{"scim:read", "scim:write"}})["token"].(string)
		return path, &site{root: s.root, token: token}
	}
	connection, hr := add("hr", map[string]any{"inspect": true})
	patch := func(status int, id string, operation map[string]any) {
		hr.scim(t, status, "PATCH", "/Users/"+id, map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{operation}})
	}
	id := hr.user(t, "Mary Somerville", "password", "Hunter2-and-more")
	patch(200, id, map[string]any{"op": "Replace", "path": "displayName", "value": longest})
	s.ask(t, 200, "POST", "/users/"+id+"/actions/suspend", map[string]any{"reason": "On leave"})
	patch(200, id, map[string]any{"op": "Replace", "path": "active", "value": "True"})
	patch(400, id, map[string]any{"op": "replace", "path": "nothing[like eq \"this\"]", "value": unbroken})
	hr.scim(t, 200, "GET", "/Users?filter=userName+eq+%22nobody%22", nil)
	f.connection = connection
	s.ask(t, 200, "PUT", "/policy", map[string]any{"guard": map[string]any{"armedFrom": 1, "floor": 2, "percent": 0}})
	guarded, many := add("leaver-feed-of-the-personnel-department", nil)
	for i := range 4 {
		many.scim(t, 204, "DELETE", "/Users/"+many.user(t, fmt.Sprintf("Leaver%d Smith", i)), nil)
	}
	f.guarded = guarded
}

// told adds receivers, one of which refuses what it is told.
func (f *furnished) told(t *testing.T, s *site) {
	t.Helper()
	add := func(body map[string]any) string {
		return "/receivers/" + s.ask(t, 201, "POST", "/receivers", body)["id"].(string)
	}
	add(map[string]any{"name": "crm", "kind": "webhook", "url": "http://127.0.0.1:9/" + strings.Repeat("long/", 30)})
	f.receiver = add(map[string]any{"name": "ledger " + unbroken, "kind": "set-poll"})
	s.user(t, "Katherine Johnson")
	refused := map[string]any{}
	for range 1000 { // an event is numbered a moment after its commit
		for name := range s.ask(t, 200, "POST", f.receiver+"/poll", map[string]any{"maxEvents": 10, "returnImmediately": true})["sets"].(map[string]any) {
			refused[name] = map[string]any{"err": "invalid_request", "description": "the ledger is closed"}
		}
		if len(refused) > 0 {
			break
		}
	}
	s.ask(t, 200, "POST", f.receiver+"/poll", map[string]any{"maxEvents": 0, "returnImmediately": true, "setErrs": refused})
}
