package conformance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/openapi"
)

// spoiled is a request that is wrong in one way.
type spoiled struct {
	server  *server
	path    string
	body    string
	headers []string
}

// TestDescriptionRefusalsAreTrue provokes what the document says of refusals,
// at every operation that describes one: exchange holds each answer against it.
func TestDescriptionRefusalsAreTrue(t *testing.T) {
	t.Parallel()
	document, err := description()
	if err != nil {
		t.Fatal(err)
	}
	onEachStoreWith(t, devices(t), func(t *testing.T, s *server) {
		connections, err := s.Store.Connections(t.Context(), tenantOf(t, s).ID)
		if err != nil {
			t.Fatal(err)
		}
		powerless := s.with(t, connections[0], time.Time{}, auth.ScopeEventsRead)
		foreign := s.another(t, "other", auth.ScopeSCIMRead, auth.ScopeSCIMWrite)
		foreign.Base = strings.Replace(foreign.Base, "/scim", "/t/default/scim", 1)
		anonymous := *s
		anonymous.Token = "rc_AAAAAAAAAAAA_" + strings.Repeat("A", 43)
		for _, o := range document.Operations {
			valid := s.valid(t, o)
			for name, try := range map[string]struct {
				status  int
				applies bool
				change  func(r *spoiled)
			}{
				"ERR-18 unacceptable":      {406, true, func(r *spoiled) { r.headers = append(r.headers, "Accept", "text/html") }},
				"ERR-15 unknown token":     {401, !o.Open, func(r *spoiled) { r.server = &anonymous }},
				"ERR-15 no scope":          {403, !o.Open, func(r *spoiled) { r.server = powerless }},
				"TEN-02 foreign token":     {404, !o.Open, func(r *spoiled) { r.server = foreign }},
				"ERR-18 HTT-04 media type": {415, len(o.Body()) > 0, func(r *spoiled) { r.headers = append(r.headers, "Content-Type", "text/plain") }},
				"ERR-08 syntax":            {400, len(o.Body()) > 0, func(r *spoiled) { r.body = "{" }},
				// 32 MiB for a group would be much to send for little to see.
				"HTT-13 size": {413, len(o.Body()) > 0 && !strings.HasPrefix(o.Path, "/Groups"), func(r *spoiled) {
					r.body = `{"x":"` + strings.Repeat("x", 8<<20) + `"}`
				}},
				"both projections": {400, o.Method == http.MethodGet, func(r *spoiled) { r.path += "?attributes=id&excludedAttributes=meta" }},
				"unknown id": {404, strings.HasSuffix(o.Path, "/{id}"), func(r *spoiled) {
					r.path = r.path[:strings.LastIndex(r.path, "/")+1] + uuid.NewString()
				}},
				"ETG-04,10 stale":  {412, o.Method != http.MethodGet, func(r *spoiled) { r.headers = append(r.headers, "If-Match", `W/"999"`) }},
				"ETG-03 unchanged": {304, true, func(r *spoiled) { r.headers = append(r.headers, "If-None-Match", "*") }},
			} {
				// Whether /Me is there depends on the token; what describes no success
				// may be refused before anything is looked at.
				if !try.applies || o.Refusal() || !o.Describes(try.status) || o.Path == "/Me" && try.status != 401 && try.status != 406 {
					continue
				}
				t.Run(o.ID+" "+name, func(t *testing.T) {
					r := valid
					try.change(&r)
					r.server.want(t, try.status, o.Method, r.path, r.body, r.headers...)
				})
			}
		}
	})
}

// valid is a request of an operation that nothing is wrong with.
func (s *server) valid(t *testing.T, o *openapi.Operation) spoiled {
	t.Helper()
	place := s.place(t, o, "refusal")
	r := spoiled{server: s, path: place.path(o)}
	for _, media := range o.Body() {
		for _, body := range media.Examples {
			r.body = place.put(string(body))
		}
	}
	return r
}

// TestDescriptionOfUniqueness takes a name that is taken, in each way.
func TestDescriptionOfUniqueness(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, devices(t), func(t *testing.T, s *server) {
		for _, kind := range []struct{ endpoint, urn, naming string }{
			{"/Users", "urn:ietf:params:scim:schemas:core:2.0:User", "userName"},
			{"/Groups", "urn:ietf:params:scim:schemas:core:2.0:Group", "displayName"},
			{"/Devices", "urn:example:params:scim:schemas:Device", "serial"},
		} {
			t.Run("ERR-06 "+kind.endpoint, func(t *testing.T) {
				named := func(name string) string {
					return `{"schemas":["` + kind.urn + `"],"` + kind.naming + `":"` + name + `"}`
				}
				s.want(t, 201, "POST", kind.endpoint, named("taken"))
				other := kind.endpoint + "/" + s.want(t, 201, "POST", kind.endpoint, named("free"))["id"].(string)
				s.want(t, 409, "POST", kind.endpoint, named("taken"))
				s.want(t, 409, "PUT", other, named("taken"))
				s.want(t, 409, "PATCH", other, patchOp(`{"op":"replace","path":"`+kind.naming+`","value":"taken"}`))
			})
		}
	})
}
