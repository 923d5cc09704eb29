package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/store"
)

// acting issues a token that acts for a user, with the scopes of SCIM unless
// others are named, and returns the server with it.
func (s *server) acting(t *testing.T, id string, scopes ...auth.Scope) *server {
	t.Helper()
	connections, err := s.Store.Connections(t.Context(), tenantOf(t, s).ID)
	if err != nil {
		t.Fatal(err)
	}
	set := auth.SCIMScopes()
	if len(scopes) > 0 {
		set = auth.ScopesOf(scopes...)
	}
	token, _, err := auth.Issue(t.Context(), s.Store, auth.Request{Connection: connections[0], Scopes: set, User: uuid.MustParse(id), Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	other := *s
	other.Token = token
	return &other
}

// TestMe covers ME: /Me is the resource of the user that the token acts for.
func TestMe(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "me", `"title":"Engineer"`)
		s.group(t, "mine", id)
		own, location := "/Users/"+id, s.Base+"/Users/"+id
		self := s.acting(t, id)

		t.Run("ME-03,04,05 GET and HEAD", func(t *testing.T) {
			status, header, got := self.do(t, "GET", "/Me", "")
			if status != 200 || header.Get("Location") != location || header.Get("ETag") == "" || header.Get("Vary") != "Authorization" {
				t.Errorf("status %d, headers %v", status, header)
			}
			report(t, map[string]any{"id": id, "groups": "$len:1", "meta": map[string]any{"location": location, "version": header.Get("ETag")}}, got)
			report(t, s.want(t, 200, "GET", own, ""), got)
			report(t, got, self.want(t, 200, "GET", own, ""))
			status, head, _ := self.do(t, "HEAD", "/Me", "")
			if status != 200 || head.Get("ETag") != header.Get("ETag") || head.Get("Location") != location {
				t.Errorf("HEAD: status %d, headers %v", status, head)
			}
			self.want(t, 304, "GET", "/Me", "", "If-None-Match", header.Get("ETag"))
			self.want(t, 304, "HEAD", "/Me", "", "If-None-Match", header.Get("ETag"))
			self.want(t, 200, "GET", "/Me", "", "If-None-Match", `W/"0-0"`)
			report(t, map[string]any{"title": "Engineer", "userName": "$absent", "meta": "$absent"}, self.want(t, 200, "GET", "/Me?attributes=title", ""))
			report(t, map[string]any{"title": "$absent", "userName": "me"}, self.want(t, 200, "GET", "/Me?excludedAttributes=title", ""))
			self.want(t, 400, "GET", "/Me?attributes=title&excludedAttributes=title", "")
			self.want(t, 200, "GET", "/Me/", "")
		})
		t.Run("ME-03,04 PUT and PATCH", func(t *testing.T) {
			first := self.want(t, 200, "GET", "/Me", "")["meta"].(map[string]any)["version"].(string)
			status, header, got := self.do(t, "PATCH", "/Me", patchOp(`{"op":"add","path":"nickName","value":"Mo"}`), "If-Match", first)
			if status != 200 || header.Get("Location") != location || header.Get("ETag") == first {
				t.Errorf("status %d, headers %v", status, header)
			}
			report(t, map[string]any{"nickName": "Mo", "title": "Engineer", "meta": map[string]any{"location": location}}, got)
			self.want(t, 412, "PATCH", "/Me", patchOp(`{"op":"add","path":"nickName","value":"Mu"}`), "If-Match", first)
			body := `{` + userSchemas + `,"userName":"me","title":"Engineer","displayName":"Me Myself"}`
			self.want(t, 412, "PUT", "/Me", body, "If-Match", first)
			status, header, got = self.do(t, "PUT", "/Me?attributes=displayName,nickName,meta", body)
			if status != 200 || header.Get("Location") != location {
				t.Errorf("status %d, headers %v", status, header)
			}
			report(t, map[string]any{"displayName": "Me Myself", "nickName": "$absent", "userName": "$absent", "meta": map[string]any{"location": location}}, got)
			status, header, _ = self.do(t, "PATCH", "/Me", patchOp(`{"op":"add","path":"nonsense","value":1}`))
			if status != 400 || header.Get("Location") != "" {
				t.Errorf("a refusal: status %d, Location %q", status, header.Get("Location"))
			}
			self.want(t, 200, "PATCH", own, patchOp(`{"op":"add","path":"nickName","value":"Mo"}`))
		})
		t.Run("ME-04 TEN-09 the tenant in the path", func(t *testing.T) {
			named := *self
			named.Base = strings.TrimSuffix(s.Base, "/scim/v2") + "/t/default/scim/v2"
			status, header, got := named.do(t, "GET", "/Me", "")
			if status != 200 || header.Get("Location") != named.Base+own {
				t.Errorf("status %d, Location %q", status, header.Get("Location"))
			}
			report(t, map[string]any{"meta": map[string]any{"location": named.Base + own}}, got)
			named.want(t, 200, "GET", own, "")
			named.want(t, 403, "GET", "/Users", "")
			named.Base = strings.TrimSuffix(s.Base, "/scim/v2") + "/t/other/scim/v2"
			named.want(t, 404, "GET", "/Me", "")
		})
		t.Run("ME-05,06 who has no own resource, and what is refused on it", func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE"} {
				if status, header, _ := s.send(t, method, "/Me", http.Header{}, nil); status != 401 || header.Get("WWW-Authenticate") == "" || header.Get("Location") != "" {
					t.Errorf("%s without credentials: %d %v", method, status, header)
				}
				s.want(t, 404, method, "/Me", "")
			}
			report(t, map[string]any{"status": "404", "detail": "$re:connection"}, s.want(t, 404, "GET", "/Me", ""))
			s.want(t, 405, "POST", "/Me", `{`+userSchemas+`,"userName":"new"}`)
			self.want(t, 405, "POST", "/Me", `{`+userSchemas+`,"userName":"new"}`)
			self.want(t, 403, "DELETE", "/Me", "")
			s.want(t, 200, "GET", own, "")
		})
		t.Run("SEC-07 scopes", func(t *testing.T) {
			reader, writer := s.acting(t, id, auth.ScopeSCIMRead), s.acting(t, id, auth.ScopeSCIMWrite)
			reader.want(t, 200, "GET", "/Me", "")
			for _, request := range [][2]string{{"PATCH", "/Me"}, {"PUT", "/Me"}, {"PATCH", own}, {"POST", "/Bulk"}} {
				status, header, _ := reader.do(t, request[0], request[1], patchOp(`{"op":"add","path":"nickName","value":"x"}`))
				if status != 403 || !strings.Contains(header.Get("WWW-Authenticate"), `error="insufficient_scope", scope="scim:write"`) {
					t.Errorf("%v: %d %q", request, status, header.Get("WWW-Authenticate"))
				}
			}
			writer.want(t, 403, "GET", "/Me", "")
			writer.want(t, 200, "PATCH", "/Me", patchOp(`{"op":"add","path":"nickName","value":"x"}`))
		})
		t.Run("ME-08 the trail names the user", func(t *testing.T) {
			rows, err := s.Store.AuditOf(t.Context(), store.Key{Tenant: tenantOf(t, s).ID, Type: "User", ID: uuid.MustParse(id)}, 1)
			if err != nil || len(rows) != 1 || rows[0].ActorKind != "user" || rows[0].ActorID != id || rows[0].Action != "user.patch" {
				t.Errorf("%+v, %v", rows, err)
			}
		})
	})
}

// TestSuspendedUsers covers IPS-07 and TEN for tokens that act for users: a
// token is worth what its user is, from one request to the next.
func TestSuspendedUsers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "mortal")
		self := s.acting(t, id)
		dead := func(t *testing.T, self *server) {
			t.Helper()
			for _, request := range [][3]string{
				{"GET", "/Me"},
				{"HEAD", "/Me"},
				{"GET", "/Users/" + id},
				{"GET", "/Users"},
				{"GET", "/Groups/" + id},
				{"DELETE", "/Me"},
				{"PATCH", "/Me", patchOp(`{"op":"replace","path":"password","value":"Still-Here-1"}`)},
				{"PATCH", "/Me", patchOp(`{"op":"replace","path":"active","value":true}`)},
				{"PUT", "/Users/" + id, `{` + userSchemas + `,"userName":"mortal","active":true}`},
				{"PUT", "/Me", "{"},
				{"POST", "/Bulk", bulkBody("", `{"method":"DELETE","path":"/Users/`+id+`"}`)},
			} {
				status, header, _ := self.do(t, request[0], request[1], request[2])
				if status != 401 || !strings.Contains(header.Get("WWW-Authenticate"), `error="invalid_token"`) || header.Get("Location") != "" {
					t.Errorf("%v: status %d, %v", request, status, header)
				}
			}
		}
		self.want(t, 200, "GET", "/Me", "")
		t.Run("IPS-07 suspended", func(t *testing.T) {
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"active","value":false}`))
			dead(t, self)
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"active","value":true}`))
			self.want(t, 200, "GET", "/Me", "")
		})
		t.Run("TEN-03 a user of another tenant", func(t *testing.T) {
			other := s.another(t, "other", auth.ScopeSCIMRead, auth.ScopeSCIMWrite)
			stranger := s.acting(t, other.user(t, "mortal"))
			stranger.want(t, 401, "GET", "/Me", "")
			stranger.want(t, 401, "GET", "/Users/"+id, "")
		})
		t.Run("IPS-07 no user at all", func(t *testing.T) {
			s.acting(t, s.group(t, "no user")).want(t, 401, "GET", "/Me", "")
			s.acting(t, uuid.NewString()).want(t, 401, "GET", "/Me", "")
		})
		t.Run("IPS-07 deleted", func(t *testing.T) {
			s.want(t, 204, "DELETE", "/Users/"+id, "")
			dead(t, self)
			s.user(t, "mortal") // the name is another's now
			dead(t, self)
		})
	})
}

// TestSuspensionAgainstSelfService covers IPS-07 under concurrency: nothing that
// a user does on himself is committed after his suspension, however late it was
// looked at.
func TestSuspensionAgainstSelfService(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "racer")
		self := s.acting(t, id)
		started := make(chan struct{}, 4)
		var group sync.WaitGroup
		for worker := range cap(started) {
			group.Go(func() {
				for n := 0; ; n++ {
					value := fmt.Sprintf("Secret-%d-%d", worker, n)
					status, _, document := self.do(t, "PATCH", "/Me", patchOp(`{"op":"replace","path":"`+[]string{"password", "nickName"}[worker%2]+`","value":"`+value+`"}`))
					if n == 0 {
						started <- struct{}{}
					}
					if status != 200 {
						if status != 401 {
							t.Errorf("status %d: %s", status, brief(document))
						}
						return
					}
				}
			})
		}
		for range cap(started) {
			<-started
		}
		s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"active","value":false}`))
		group.Wait()
		rows, err := s.Store.AuditOf(t.Context(), store.Key{Tenant: tenantOf(t, s).ID, Type: "User", ID: uuid.MustParse(id)}, 10000)
		if err != nil || len(rows) < 3 {
			t.Fatalf("%d audit rows, %v", len(rows), err)
		}
		if rows[0].ActorKind != "connection" {
			t.Errorf("the last change is by a %s: %s", rows[0].ActorKind, rows[0].Action)
		}
	})
}
