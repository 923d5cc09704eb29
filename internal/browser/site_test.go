package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"rollcall/internal/api"
	"rollcall/internal/console"
	"rollcall/internal/operator"
	"rollcall/internal/testdb"
	"rollcall/internal/trial"
)

// task is what somebody does in the console.
type task struct {
	name string
	do   func(t *testing.T, s *site)
}

// TestConsole does every task on both stores: one server a store, and a tenant of
// its own for each task.
func TestConsole(t *testing.T) {
	t.Parallel()
	testdb.OnEach(t, func(t *testing.T, database func() string) {
		at := database()
		// Half a year passes in it, and no server may look at the clock meanwhile.
		owner := company(t, at, crew)
		running, err := trial.Start(t.Context(), trial.Options{Database: at, LocalReceivers: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = running.Stop() })
		for i, one := range tasks {
			t.Run(one.name, func(t *testing.T) {
				t.Parallel()
				s := tenant(t, running, fmt.Sprintf("acme-%d", i))
				s.company = owner
				one.do(t, s)
			})
		}
	})
}

// site is a tenant of a running server.
type site struct {
	root, token string
	// company is what the owner of another tenant follows to sign in, where many
	// came and went.
	company string
	// operators are those of the tests, by role.
	operators map[operator.Role]string
}

// tenant makes a tenant, and a token that may do everything in it.
func tenant(t *testing.T, running *trial.Server, name string) *site {
	t.Helper()
	first := &site{root: running.Root, token: trial.Token}
	made := first.ask(t, http.StatusCreated, "POST", "/tenants", map[string]any{
		"name": name, "scopes": []string{"admin:read", "admin:write", "scim:read", "scim:write", "lifecycle:write", "roles:write", "credentials:verify", "signins:report", "events:read"},
	})
	return &site{root: running.Root, token: made["token"].(map[string]any)["token"].(string), operators: map[operator.Role]string{}}
}

// ask sends a request to the admin API; an answer with another status fails the
// test.
func (s *site) ask(t *testing.T, status int, method, path string, body any) map[string]any {
	t.Helper()
	return s.send(t, status, method, api.Root+path, "application/json", body)
}

// scim sends a request of an identity provider.
func (s *site) scim(t *testing.T, status int, method, path string, body any) map[string]any {
	t.Helper()
	return s.send(t, status, method, "/scim/v2"+path, "application/scim+json", body)
}

func (s *site) send(t *testing.T, status int, method, path, kind string, body any) map[string]any {
	t.Helper()
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.root+path, &sent)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	if body != nil {
		request.Header.Set("Content-Type", kind)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d: %v %s", method, path, response.StatusCode, status, err, text)
	}
	document := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return document
}

// user makes a user by SCIM and returns its id. The name is "Given Family".
func (s *site) user(t *testing.T, name string, more ...any) string {
	t.Helper()
	given, family, _ := strings.Cut(name, " ")
	address := strings.ToLower(given) + "@example.com"
	body := map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": address, "displayName": name,
		"name": map[string]any{"givenName": given, "familyName": family}, "emails": []any{map[string]any{"value": address, "type": "work", "primary": true}},
	}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	return s.scim(t, http.StatusCreated, "POST", "/Users", body)["id"].(string)
}

// group makes a group by SCIM and returns its id.
func (s *site) group(t *testing.T, name string, members ...string) string {
	t.Helper()
	list := []any{}
	for _, id := range members {
		list = append(list, map[string]any{"value": id})
	}
	return s.scim(t, http.StatusCreated, "POST", "/Groups", map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": name, "members": list,
	})["id"].(string)
}

// status is how an account stands.
func (s *site) status(t *testing.T, id string) string {
	t.Helper()
	return s.ask(t, http.StatusOK, "GET", "/users/"+id, nil)["status"].(string)
}

// link is what the operator with a role follows to sign in. There is one for each
// role, made when it is first asked for.
func (s *site) link(t *testing.T, role operator.Role) string {
	t.Helper()
	id, ok := s.operators[role]
	if !ok {
		id = s.ask(t, http.StatusCreated, "POST", "/operators", map[string]any{"name": "Olga " + string(role), "role": role})["id"].(string)
		s.operators[role] = id
	}
	return s.ask(t, http.StatusCreated, "POST", "/operators/"+id+"/link", nil)["link"].(string)
}

// signIn is a tab in which the operator with a role has signed in, by following
// the link as people do.
func (s *site) signIn(t *testing.T, role operator.Role, options ...option) *tab {
	t.Helper()
	b := s.tab(t, options...)
	b.visit(s.link(t, role))
	b.press("Sign in")
	b.sees("Overview")
	return b
}

// path is where a page of the console is.
func (s *site) path(page string) string { return s.root + console.Root + page }
