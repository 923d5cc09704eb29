package conformance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/api"
	"rollcall/internal/auth"
)

// office is the admin API of a server.
type office struct{ *server }

// desk is the admin API as the token of a server sees it.
func (s *server) desk() *office {
	at := *s
	at.Base = strings.TrimSuffix(s.Base, "/scim/v2") + api.Root
	return &office{&at}
}

// as is the admin API as a token with some scopes sees it.
func (o *office) as(t *testing.T, scopes ...auth.Scope) *office {
	t.Helper()
	connections, err := o.Store.Connections(t.Context(), tenantOf(t, o.server).ID)
	if err != nil {
		t.Fatal(err)
	}
	return &office{o.with(t, connections[0], time.Time{}, scopes...)}
}

// ask sends a request with a JSON body and returns the answer, which must have a
// status; a refusal must be a problem document.
func (o *office) ask(t *testing.T, status int, method, path, body string, headers ...string) map[string]any {
	t.Helper()
	if body != "" {
		headers = append([]string{"Content-Type", "application/json"}, headers...)
	}
	got, header, document := o.do(t, method, path, body, headers...)
	if got != status {
		t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, brief(body), got, status, brief(document))
	}
	if status >= 400 && method != http.MethodHead {
		if document["status"] != float64(status) || document["title"] == "" || document["instance"] != header.Get("X-Request-Id") || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: no problem document: %s", method, path, brief(document))
		}
	}
	return document
}

// act carries an action out.
func (o *office) act(t *testing.T, status int, id, action, body string, headers ...string) map[string]any {
	t.Helper()
	return o.ask(t, status, "POST", "/users/"+id+"/actions/"+action, body, headers...)
}

// status is how an account stands.
func (o *office) status(t *testing.T, id string) string {
	t.Helper()
	return o.ask(t, 200, "GET", "/users/"+id, "")["status"].(string)
}

// actions are those of the rows of the history of an account, newest first.
func (o *office) actions(t *testing.T, id string) []string {
	t.Helper()
	var actions []string
	for _, row := range o.ask(t, 200, "GET", "/users/"+id+"/history", "")["rows"].([]any) {
		actions = append(actions, row.(map[string]any)["action"].(string))
	}
	return actions
}

// TestAdminScopes tries every operation without a token, with one that has every
// scope but the one that is asked for, with one of a user, and with that scope
// alone.
func TestAdminScopes(t *testing.T) {
	t.Parallel()
	document, err := adminDescription()
	if err != nil {
		t.Fatal(err)
	}
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "scoped")
		of := map[auth.Scope]*office{}
		lacking := map[auth.Scope]*office{}
		all := []auth.Scope{auth.ScopeSCIMRead, auth.ScopeSCIMWrite, auth.ScopeLifecycleWrite, auth.ScopeRolesWrite, auth.ScopeAdminRead, auth.ScopeAdminWrite, auth.ScopeCredentialsVerify, auth.ScopeSigninsReport, auth.ScopeEventsRead}
		for _, scope := range []auth.Scope{auth.ScopeAdminRead, auth.ScopeAdminWrite, auth.ScopeCredentialsVerify, auth.ScopeSigninsReport, auth.ScopeEventsRead} {
			of[scope] = o.as(t, scope)
			lacking[scope] = o.as(t, slices.DeleteFunc(slices.Clone(all), func(other auth.Scope) bool { return other == scope })...)
		}
		// Nobody sends no token: those that are refused are counted.
		guessing := &office{&server{Base: o.Base, Store: o.Store, Token: "rc_aaaaaaaaaaaa_" + strings.Repeat("A", 43)}}
		guessing.ask(t, 401, "GET", "/users", "")
		self := o.selfService(t, id)
		for _, operation := range document.Operations {
			if operation.Open {
				continue
			}
			scope := scopeOf(operation.Method, operation.Path)
			path := strings.NewReplacer("{id}", uuid.NewString(), "{action}", "suspend", "{kind}", "stale", "{name}", "nobody", "{type}", "Group", "{prefix}", "nothing", "{position}", "1").Replace(operation.Path)
			o.ask(t, 401, operation.Method, path, "", "Authorization", "")
			refused := lacking[scope].ask(t, 403, operation.Method, path, "")
			if !strings.Contains(refused["detail"].(string), string(scope)) {
				t.Errorf("%s %s asks for another scope than %s: %v", operation.Method, path, scope, refused["detail"])
			}
			self.ask(t, 403, operation.Method, path, "")
			if path == "/audit/export" || path == "/exports/users" {
				continue // it is no JSON
			}
			if status, _, answer := of[scope].do(t, operation.Method, path, ""); status == 401 || status == 403 || status >= 500 {
				t.Errorf("%s %s with %s: %d %s", operation.Method, path, scope, status, brief(answer))
			}
		}
	})
}

func scopeOf(method, path string) auth.Scope {
	switch {
	case path == "/credentials/verify":
		return auth.ScopeCredentialsVerify
	case strings.HasSuffix(path, "/poll"):
		return auth.ScopeEventsRead
	case path == "/sign-ins":
		return auth.ScopeSigninsReport
	case method == http.MethodGet:
		return auth.ScopeAdminRead
	}
	return auth.ScopeAdminWrite
}

// selfService is the API as a token that acts for a user sees it.
func (o *office) selfService(t *testing.T, user string) *office {
	t.Helper()
	connections, err := o.Store.Connections(t.Context(), tenantOf(t, o.server).ID)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := auth.Issue(t.Context(), o.Store, auth.Request{
		Connection: connections[0], Scopes: auth.AllScopes(), User: uuid.MustParse(user), Created: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	other := *o.server
	other.Token = token
	return &office{&other}
}

// TestAdminTenants: nothing of one tenant is visible or changeable by another,
// and tenants are run from the default one alone.
func TestAdminTenants(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		living, gone, group := s.user(t, "living"), s.user(t, "gone"), s.group(t, "group")
		o.act(t, 200, gone, "deprovision", "")
		s.want(t, 204, "DELETE", "/Groups/"+group, "")
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write","signins:report","credentials:verify"]}`)
		o.ask(t, 409, "POST", "/tenants", `{"name":"acme"}`)
		o.ask(t, 400, "POST", "/tenants", `{"name":"Acme Inc"}`)
		o.ask(t, 400, "POST", "/tenants", `{"name":"fine","scopes":["everything"]}`)
		if got := len(o.ask(t, 200, "GET", "/tenants", "")["tenants"].([]any)); got != 2 {
			t.Errorf("%d tenants", got)
		}
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		acme.ask(t, 403, "GET", "/tenants", "")
		acme.ask(t, 403, "POST", "/tenants", `{"name":"more"}`)
		for _, id := range []string{living, gone} {
			for _, path := range []string{"", "/history", "/sign-ins", "/timers"} {
				acme.ask(t, 404, "GET", "/users/"+id+path, "")
			}
			acme.act(t, 404, id, "suspend", `{"reason":"x"}`)
			acme.act(t, 404, id, "restore", "")
			acme.ask(t, 404, "DELETE", "/users/"+id+"/timers/stale", "")
			acme.ask(t, 404, "POST", "/sign-ins", `{"user":"`+id+`","succeeded":true}`)
		}
		acme.ask(t, 404, "POST", "/deleted/Group/"+group+"/restore", "")
		for _, path := range []string{"/users", "/deleted", "/deleted?type=Group"} {
			page := acme.ask(t, 200, "GET", path, "")
			if rows, _ := page[strings.Split(path[1:], "?")[0]].([]any); len(rows) != 0 {
				t.Errorf("%s shows another tenant: %s", path, brief(page))
			}
		}
		for _, row := range acme.ask(t, 200, "GET", "/audit", "")["rows"].([]any) {
			if action := row.(map[string]any)["action"]; action != "tenant.create" && action != "connection.create" && action != "token.create" {
				t.Errorf("the trail shows %v", action)
			}
		}
	})
}

// TestAdminHostile sends what no client should.
func TestAdminHostile(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "target")
		action := "/users/" + id + "/actions/"
		for name, try := range map[string]struct {
			status             int
			method, path, body string
			field              string
		}{
			"unknown member":         {400, "POST", action + "suspend", `{"reason":"x","untill":"2030-01-01T00:00:00Z"}`, "untill"},
			"member of another":      {400, "POST", action + "suspend", `{"reason":"x","confirm":"target"}`, "confirm"},
			"repeated name":          {400, "POST", action + "suspend", `{"reason":"x","reason":"y"}`, ""},
			"wrong type":             {400, "POST", action + "suspend", `{"reason":7}`, "reason"},
			"no object":              {400, "POST", action + "suspend", `["x"]`, ""},
			"broken":                 {400, "POST", action + "suspend", `{"reason":`, ""},
			"bad UTF-8":              {400, "POST", action + "suspend", "{\"reason\":\"\xff\"}", ""},
			"NUL":                    {400, "POST", action + "suspend", `{"reason":"a\u0000b"}`, "reason"},
			"deep":                   {400, "POST", action + "suspend", strings.Repeat(`{"a":`, 20000), "a"},
			"long reason":            {400, "POST", action + "suspend", `{"reason":"` + strings.Repeat("x", 1001) + `"}`, "reason"},
			"too large":              {413, "POST", action + "suspend", `{"reason":"` + strings.Repeat("x", 1<<20) + `"}`, ""},
			"past":                   {400, "POST", action + "suspend", `{"reason":"x","until":"2001-01-01T00:00:00Z"}`, "until"},
			"no time":                {400, "POST", action + "suspend", `{"reason":"x","until":"tomorrow"}`, "until"},
			"no length":              {400, "POST", action + "suspend", `{"reason":"x","for":"-1h"}`, "for"},
			"two ends":               {400, "POST", action + "suspend", `{"reason":"x","for":"1h","until":"2030-01-01T00:00:00Z"}`, "for"},
			"unknown mark":           {400, "POST", action + "mark", `{"mark":"vip"}`, "mark"},
			"weak password":          {400, "POST", action + "set-password", `{"password":"short"}`, ""},
			"no password":            {400, "POST", action + "set-password", `{}`, ""},
			"no bounds":              {400, "POST", action + "schedule", `{}`, "validFrom"},
			"misspelt dry run":       {400, "POST", action + "deprovision?dryrun=true", "", "dryrun"},
			"dry run of what":        {400, "POST", action + "deprovision?dryRun=yes", "", "dryRun"},
			"dry run twice":          {400, "POST", action + "deprovision?dryRun=true&dryRun=false", "", "dryRun"},
			"unknown action":         {404, "POST", action + "promote", "", ""},
			"method":                 {405, "PUT", action + "suspend", "{}", ""},
			"nothing there":          {404, "GET", "/nothing", "", ""},
			"id in capitals":         {404, "GET", "/users/" + strings.ToUpper(id), "", ""},
			"no id":                  {404, "GET", "/users/target", "", ""},
			"bad filter":             {400, "GET", "/users?filter=" + url.QueryEscape("userName eq"), "", ""},
			"bad sort":               {400, "GET", "/users?sortBy=nothing", "", ""},
			"bad cursor":             {400, "GET", "/users?cursor=x", "", ""},
			"bad count":              {400, "GET", "/users?count=0", "", "count"},
			"bad start":              {400, "GET", "/users?startIndex=x", "", "startIndex"},
			"bad audit cursor":       {400, "GET", "/audit?cursor=x", "", "cursor"},
			"bad sign-in cursor":     {400, "GET", "/users/" + id + "/sign-ins?cursor=x", "", "cursor"},
			"bad deleted cursor":     {400, "GET", "/deleted?cursor=x", "", "cursor"},
			"bad deleted type":       {400, "GET", "/deleted?type=Nothing", "", "type"},
			"bad subject":            {400, "GET", "/audit?subject=x", "", "subject"},
			"a type without an id":   {400, "GET", "/audit?subjectType=Group", "", "subject"},
			"bad time":               {400, "GET", "/audit?from=x", "", "from"},
			"bad form":               {400, "GET", "/audit/export?format=pdf", "", "format"},
			"policy":                 {400, "PUT", "/policy", `{"purgeAfterwards":"3d"}`, ""},
			"policy said twice":      {400, "PUT", "/policy", `{"guard":{"floor":1},"guard":{"floor":2}}`, ""},
			"policy of nonsense":     {400, "PUT", "/policy", `{"guard":{"mode":"maybe"}}`, ""},
			"allowance of nothing":   {400, "POST", "/connections/default/guard/allow", `{"for":"1h"}`, "removals"},
			"allowance without end":  {400, "POST", "/connections/default/guard/allow", `{"removals":5}`, "for"},
			"allowance too long":     {400, "POST", "/connections/default/guard/allow", `{"removals":5,"for":"90d"}`, ""},
			"unknown connection":     {404, "POST", "/connections/none/guard/allow", `{"removals":5,"for":"1h"}`, ""},
			"connection of no kind":  {400, "POST", "/connections", `{"name":"x","kind":"ldap"}`, "kind"},
			"connection of no name":  {400, "POST", "/connections", `{"name":"two words"}`, "name"},
			"connection of options":  {400, "POST", "/connections", `{"name":"x","options":{"profile":"nothing"}}`, "options"},
			"token of no scope":      {400, "POST", "/tokens", `{"connection":"default","scopes":[]}`, "scopes"},
			"token of no connection": {404, "POST", "/tokens", `{"connection":"none","scopes":["scim:read"]}`, ""},
			"token of a user":        {400, "POST", "/tokens", `{"connection":"default","scopes":["admin:read"],"user":"target"}`, "scopes"},
			"token of nobody":        {400, "POST", "/tokens", `{"connection":"default","scopes":["scim:read"],"user":"none"}`, "user"},
			"token of yesterday":     {400, "POST", "/tokens", `{"connection":"default","scopes":["scim:read"],"expires":"2001-01-01T00:00:00Z"}`, "expires"},
			"no such token":          {404, "DELETE", "/tokens/none", "", ""},
			"batch and report":       {400, "POST", "/sign-ins", `{"user":"target","succeeded":true,"signIns":[]}`, "signIns"},
			"report of nobody":       {400, "POST", "/sign-ins", `{"succeeded":true}`, "user"},
			"report of nothing":      {400, "POST", "/sign-ins", `{"user":"target"}`, "succeeded"},
			"long address":           {400, "POST", "/sign-ins", `{"user":"target","succeeded":true,"address":"` + strings.Repeat("1", 65) + `"}`, ""},
			"NUL in an address":      {400, "POST", "/credentials/verify", `{"userName":"nobody","password":"x","address":"\u0000"}`, ""},
			"secret in a URI":        {403, "GET", "/users?filter=" + url.QueryEscape(`password eq "x"`), "", ""},
			"NUL in the guard":       {400, "POST", "/connections/default/guard/block", `{"for":"1h","reason":"\u0000"}`, "reason"},
			"credential of nobody":   {400, "POST", "/credentials/verify", `{"password":"x"}`, "userName"},
			"large batch":            {400, "POST", "/sign-ins", `{"signIns":[` + strings.TrimSuffix(strings.Repeat(`{"user":"target","succeeded":true},`, 1001), ",") + `]}`, "signIns"},
		} {
			got := o.ask(t, try.status, try.method, try.path, try.body)
			if field, _ := got["field"].(string); field != try.field {
				t.Errorf("%s: field %q, want %q: %v", name, field, try.field, got["detail"])
			}
		}
		o.ask(t, 415, "POST", action+"suspend", "reason=x", "Content-Type", "application/x-www-form-urlencoded")
		o.ask(t, 415, "POST", action+"suspend", "{}", "Content-Encoding", "gzip")
		if _, header, _ := o.do(t, "PUT", action+"suspend", "{}"); header.Get("Allow") != "OPTIONS, POST" && header.Get("Allow") != "POST" {
			t.Errorf("Allow %q", header.Get("Allow"))
		}
		if got := o.actions(t, id); !slices.Equal(got, []string{"user.create"}) {
			t.Errorf("something was done: %v", got)
		}
	})
}

// TestAdminDescription reads the document as a client without credentials.
func TestAdminDescription(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.desk().Base+"/openapi.yaml", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, body, err := exchange(t, request, nil)
		if err != nil || response.StatusCode != 200 || string(body) != string(api.OpenAPI) {
			t.Errorf("%v, %d bytes: %v", response.StatusCode, len(body), err)
		}
	})
}
