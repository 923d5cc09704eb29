package conformance

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/store"
)

// another makes a second tenant with a connection of its own on the same
// server and returns the server as that tenant sees it.
func (s *server) another(t *testing.T, name string, scopes ...auth.Scope) *server {
	t.Helper()
	tenant, err := s.Store.CreateTenant(t.Context(), store.Tenant{Name: name}, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	connection := store.Connection{ID: uuid.New(), Tenant: tenant.ID, Name: "default", Kind: "generic"}
	if err := s.Store.CreateConnection(t.Context(), connection, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	return s.with(t, connection, time.Time{}, scopes...)
}

// with issues a token of a connection and returns the server with it.
func (s *server) with(t *testing.T, connection store.Connection, expires time.Time, scopes ...auth.Scope) *server {
	t.Helper()
	token, _, err := auth.Issue(t.Context(), s.Store, auth.Request{
		Connection: connection, Scopes: auth.ScopesOf(scopes...), Created: time.Now(), Expires: expires,
	})
	if err != nil {
		t.Fatal(err)
	}
	other := *s
	other.Token = token
	return &other
}

// TestTenantsAreIsolated covers TEN: nothing of one tenant is visible,
// changeable or countable by another.
func TestTenantsAreIsolated(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, a *server) {
		b := a.another(t, "other", auth.ScopeSCIMRead, auth.ScopeSCIMWrite)
		user, group := a.user(t, "shared", `"externalId":"x"`), a.group(t, "shared")
		for _, path := range []string{"/Users/" + user, "/Groups/" + group} {
			b.want(t, 404, "GET", path, "")
			b.want(t, 404, "PUT", path, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:core:2.0:Group"]}`)
			b.want(t, 404, "PATCH", path, patchOp(`{"op":"replace","path":"externalId","value":"taken"}`))
			b.want(t, 404, "DELETE", path, "")
		}
		for _, query := range []string{"", filterQuery(`userName eq "shared"`), filterQuery(`id eq "` + user + `"`), filterQuery(`not (userName eq "nobody")`), filterQuery(`emails pr or title ne "x"`)} {
			if list := b.want(t, 200, "GET", "/Users?"+query, ""); list["totalResults"] != 0.0 {
				t.Errorf("%q shows another tenant: %s", query, brief(list))
			}
		}
		if list := b.want(t, 200, "GET", "", ""); list["totalResults"] != 0.0 {
			t.Errorf("the root shows another tenant: %s", brief(list))
		}
		own := b.group(t, "shared") // the same name in another tenant
		b.user(t, "shared")
		b.want(t, 400, "PATCH", "/Groups/"+own, patchOp(`{"op":"add","path":"members","value":[{"value":"`+user+`"}]}`))
		bulk := b.want(t, 200, "POST", "/Bulk", bulkBody("", `{"method":"DELETE","path":"/Users/`+user+`"}`))
		report(t, map[string]any{"Operations": []any{map[string]any{"status": "404"}}}, bulk)

		t.Run("TEN-01,02,09 the tenant in the path", func(t *testing.T) {
			root := strings.TrimSuffix(b.Base, "/scim/v2")
			named := *b
			named.Base = root + "/t/other/scim/v2"
			got := named.want(t, 200, "GET", "/Groups/"+own, "")
			report(t, map[string]any{"meta": map[string]any{"location": named.Base + "/Groups/" + own}}, got)
			named.Token = a.Token
			named.want(t, 404, "GET", "/Groups/"+own, "")
			for _, tenant := range []string{"nobody", "a%2Fb", "%2F", "default%2F..%2Fx", "", "%00", "%ff"} {
				named.Base = root + "/t/" + tenant + "/scim/v2"
				report(t, map[string]any{"status": "404", "schemas": "$len:1"}, any(named.want(t, 404, "GET", "/Users", "")))
			}
		})
		a.want(t, 200, "GET", "/Users/"+user, "")
	})
}

// TestTokens covers SEC-02..07: what a token may do, and when it ends.
func TestTokens(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		connections, err := s.Store.Connections(t.Context(), tenantOf(t, s).ID)
		if err != nil {
			t.Fatal(err)
		}
		id := s.user(t, "token")
		reader := s.with(t, connections[0], time.Time{}, auth.ScopeSCIMRead)
		reader.want(t, 200, "GET", "/Users/"+id, "")
		reader.want(t, 200, "POST", "/Users/.search", searchBody("userName pr"))
		for _, request := range [][2]string{{"POST", "/Users"}, {"PUT", "/Users/" + id}, {"PATCH", "/Users/" + id}, {"DELETE", "/Users/" + id}, {"POST", "/Bulk"}} {
			status, header, _ := reader.do(t, request[0], request[1], `{}`)
			if status != http.StatusForbidden || !strings.Contains(header.Get("WWW-Authenticate"), `error="insufficient_scope"`) {
				t.Errorf("%v: %d %q", request, status, header.Get("WWW-Authenticate"))
			}
		}
		s.with(t, connections[0], time.Time{}, auth.ScopeSCIMWrite).want(t, 403, "GET", "/Users/"+id, "")
		expired := s.with(t, connections[0], time.Now().Add(-time.Minute), auth.ScopeSCIMRead)
		for name, token := range map[string]string{"expired": expired.Token, "unknown": "rc_AAAAAAAAAAAA_" + strings.Repeat("A", 43), "rubbish": "x", "truncated": reader.Token[:20], "altered": reader.Token[:len(reader.Token)-1] + "~"} {
			other := *s
			other.Token = token
			status, header, _ := other.do(t, "GET", "/Users", "")
			if status != http.StatusUnauthorized || !strings.Contains(header.Get("WWW-Authenticate"), `error="invalid_token"`) {
				t.Errorf("%s token: %d %q", name, status, header.Get("WWW-Authenticate"))
			}
		}
		status, header, _ := s.send(t, "GET", "/Users?access_token="+s.Token, http.Header{}, nil)
		if status != http.StatusUnauthorized || strings.Contains(header.Get("WWW-Authenticate"), "error") {
			t.Errorf("a token in the query: %d %q", status, header.Get("WWW-Authenticate"))
		}
	})
}

func tenantOf(t *testing.T, s *server) store.Tenant {
	t.Helper()
	tenant, err := s.Store.Tenant(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

// TestPasswordsStaySecret covers SEC-20, SEC-21 and PUT-11: a password is
// nowhere but in its hash.
func TestPasswordsStaySecret(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("SEC-20,21 PUT-11 CRE-12 REA-16 a password is nowhere but in its hash", func(t *testing.T) {
			const secret = "Correct-Horse-9"
			created := s.want(t, 201, "POST", "/Users?attributes=password,userName", `{`+userSchemas+`,"userName":"pw","password":"`+secret+`"}`)
			if _, shown := created["password"]; shown {
				t.Error("the answer shows the password")
			}
			id := created["id"].(string)
			key := store.Key{Tenant: tenantOf(t, s).ID, Type: "User", ID: uuid.MustParse(id)}
			hash := func() string {
				h, err := s.Store.PasswordHash(t.Context(), key)
				if err != nil || !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(h, secret) {
					t.Fatalf("hash %q, %v", h, err)
				}
				return h
			}
			first := hash()
			version := s.want(t, 200, "GET", "/Users/"+id, "")["meta"].(map[string]any)["version"]
			s.want(t, 200, "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"pw","password":"`+secret+`"}`)
			s.want(t, 200, "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"pw"}`)
			if after := s.want(t, 200, "GET", "/Users/"+id, "")["meta"].(map[string]any)["version"]; after != version || hash() != first {
				t.Error("the same password, or none, made a change")
			}
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"password","value":"`+secret+`-2"}`))
			if hash() == first {
				t.Error("a new password was not stored")
			}
			defer func() {
				for range 2 { // the second time there is nothing to remove
					s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"remove","path":"password"}`))
					if _, err := s.Store.PasswordHash(t.Context(), key); !errors.Is(err, store.ErrNotFound) {
						t.Errorf("a removed password is still there: %v", err)
					}
				}
				if rows, err := s.Store.AuditOf(t.Context(), key, 100); err != nil || len(rows) != 3 {
					t.Errorf("%d audit rows after the removal, %v", len(rows), err)
				}
			}()
			rows, err := s.Store.AuditOf(t.Context(), key, 100)
			if err != nil || len(rows) != 2 {
				t.Fatalf("%d audit rows, %v", len(rows), err)
			}
			events, err := s.Store.EventsOf(t.Context(), key, 100)
			if err != nil || len(events) < 2 {
				t.Fatalf("%d events, %v", len(events), err)
			}
			record, err := s.Store.Get(t.Context(), key, 0)
			if err != nil {
				t.Fatal(err)
			}
			kept := string(record.Document)
			for _, row := range rows {
				kept += string(row.Changes)
			}
			for _, event := range events {
				kept += string(event.Payload)
			}
			if strings.Contains(kept, secret) || strings.Contains(kept, "argon2id") {
				t.Errorf("the password, or its hash, is kept in a document, audit row or event: %s", kept)
			}
		})
	})
}
