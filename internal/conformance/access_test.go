package conformance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/internal/auth"
)

// TestAccess covers SEC where TestTokens does not.
func TestAccess(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "access")
		as := func(authorization string) (int, string) {
			header := http.Header{}
			if authorization != "" {
				header.Set("Authorization", authorization)
			}
			status, answered, _ := s.send(t, "GET", "/Users/"+id, header, nil)
			return status, answered.Get("WWW-Authenticate")
		}
		connections, err := s.Store.Connections(t.Context(), tenantOf(t, s).ID)
		if err != nil {
			t.Fatal(err)
		}
		t.Run("SEC-04 tokens travel in the header", func(t *testing.T) {
			if status, _ := as("Bearer " + s.Token); status != 200 {
				t.Errorf("in the header: %d", status)
			}
			for _, query := range []string{"access_token", "token", "bearer"} {
				if status, _, _ := s.send(t, "GET", "/Users/"+id+"?"+query+"="+s.Token, http.Header{}, nil); status != 401 {
					t.Errorf("%s: %d", query, status)
				}
			}
		})
		t.Run("SEC-02,05,09 the challenge names the scheme, Basic is none", func(t *testing.T) {
			for _, authorization := range []string{"", "Basic dXNlcjpwYXNz", "Digest x"} {
				if status, challenge := as(authorization); status != 401 || !strings.HasPrefix(challenge, "Bearer ") || strings.Contains(challenge, "error=") {
					t.Errorf("%q: %d %q", authorization, status, challenge)
				}
			}
		})
		t.Run("SEC-06 tokens that are no longer, or never were", func(t *testing.T) {
			expired := s.with(t, connections[0], time.Now().Add(-time.Minute), auth.ScopeSCIMRead)
			for _, token := range []string{expired.Token, "rc_aaaaaaaaaaaa_" + strings.Repeat("A", 43), "junk", s.Token + "x"} {
				if status, challenge := as("Bearer " + token); status != 401 || !strings.Contains(challenge, `error="invalid_token"`) {
					t.Errorf("%d %q", status, challenge)
				}
			}
		})
		t.Run("SEC-07 ERR-15 too little scope", func(t *testing.T) {
			reader := s.with(t, connections[0], time.Time{}, auth.ScopeSCIMRead)
			status, header, document := reader.do(t, "DELETE", "/Users/"+id, "")
			if challenge := header.Get("WWW-Authenticate"); status != 403 || !strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, `scope="scim:write"`) {
				t.Errorf("%d %q", status, challenge)
			}
			report(t, map[string]any{"status": "403", "scimType": "$absent"}, document)
		})
		t.Run("what changePassword says is true", func(t *testing.T) {
			report(t, map[string]any{"changePassword": map[string]any{"supported": true}}, s.want(t, 200, "GET", "/ServiceProviderConfig", ""))
			before := s.version(t, "/Users/"+id)
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"password","value":"Changed-1x"}`))
			if s.version(t, "/Users/"+id) == before {
				t.Error("the password was not changed")
			}
		})
		t.Run("SEC-29 TEN-03 what is forbidden looks like what is not there", func(t *testing.T) {
			other := s.another(t, "curious", auth.ScopeSCIMRead, auth.ScopeSCIMWrite)
			const nobody = "0190c8a0-0000-7000-8000-000000000000"
			for method, body := range map[string]string{"GET": "", "PUT": `{` + userSchemas + `,"userName":"x"}`, "PATCH": patchOp(`{"op":"add","path":"title","value":"x"}`), "DELETE": ""} {
				foreign := fmt.Sprint(other.want(t, 404, method, "/Users/"+id, body))
				if unknown := fmt.Sprint(other.want(t, 404, method, "/Users/"+nobody, body)); strings.ReplaceAll(foreign, id, nobody) != unknown {
					t.Errorf("%s: %s, and %s", method, foreign, unknown)
				}
			}
		})
		t.Run("SEC-32 nobody follows the URLs of clients", func(t *testing.T) {
			var asked atomic.Int32
			elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
			defer elsewhere.Close()
			url := elsewhere.URL
			other := s.user(t, "urls", `"profileUrl":"`+url+`","photos":[{"value":"`+url+`/p.png","type":"photo"}],"`+enterprise+`":{"manager":{"value":"m","$ref":"`+url+`"}}`)
			s.want(t, 201, "POST", "/Groups", `{`+groupSchemas+`,"displayName":"urls","members":[{"value":"`+other+`","$ref":"`+url+`"}]}`)
			s.want(t, 200, "GET", "/Users?"+filterQuery(`profileUrl eq "`+url+`"`), "")
			if n := asked.Load(); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	})
}

// TestTenantRules covers TEN where TestTenantsAreIsolated does not.
func TestTenantRules(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, a *server) {
		b := a.another(t, "other", auth.ScopeSCIMRead, auth.ScopeSCIMWrite)
		user := a.user(t, "shared", `"externalId":"x"`)
		group := a.group(t, "shared", user)
		t.Run("TEN-04 lists and searches see one tenant", func(t *testing.T) {
			for _, filter := range []string{`id pr`, `id eq "` + user + `"`, `externalId eq "x"`, `not (displayName eq "nobody")`} {
				for _, path := range []string{"/Users", "/Groups", ""} {
					if n := b.total(t, path, filter); n != 0 {
						t.Errorf("%s?%s finds %v", path, filter, n)
					}
				}
				escaped := strings.ReplaceAll(filter, `"`, `\"`)
				report(t, map[string]any{"totalResults": 0.0}, b.want(t, 200, "POST", "/.search", searchBody(escaped)))
			}
		})
		own := b.user(t, "SHARED", `"externalId":"x"`)
		t.Run("TEN-05..08 the same names, other ids", func(t *testing.T) {
			b.group(t, "shared")
			b.refuse(t, 409, "uniqueness", "POST", "/Users", `{`+userSchemas+`,"userName":"shared"}`)
			if own == user || b.total(t, "/Users", `externalId eq "x"`) != 1 || a.total(t, "/Users", `externalId eq "x"`) != 1 {
				t.Error("tenants share an id, or an externalId")
			}
		})
		t.Run("TEN-10 nothing points into another tenant", func(t *testing.T) {
			add := patchOp(`{"op":"add","path":"members","value":[{"value":"` + user + `"}]}`)
			b.refuse(t, 400, "invalidValue", "PATCH", "/Groups/"+b.group(t, "mine"), add)
			b.refuse(t, 400, "invalidValue", "POST", "/Groups", `{`+groupSchemas+`,"displayName":"foreign","members":[{"value":"`+group+`"}]}`)
			for _, path := range []string{"/Users/" + user, "/Groups/" + group} {
				got := b.want(t, 200, "POST", "/Bulk", bulkBody("", `{"method":"DELETE","path":"`+path+`"}`, `{"method":"PATCH","path":"`+path+`","data":`+add+`}`))
				for _, result := range got["Operations"].([]any) {
					report(t, map[string]any{"status": "404"}, result)
				}
			}
			a.want(t, 200, "GET", "/Groups/"+group, "")
		})
		t.Run("TEN-13 every tenant has the same types", func(t *testing.T) {
			for _, path := range []string{"/ResourceTypes", "/Schemas", "/ServiceProviderConfig"} {
				if one, other := fmt.Sprint(a.want(t, 200, "GET", path, "")), fmt.Sprint(b.want(t, 200, "GET", path, "")); one != other {
					t.Errorf("%s: %s, and %s", path, one, other)
				}
			}
		})
	})
}
