package conformance

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// TestConsoleInspectsRequests: the pages of the inspector and of a user show
// requests with before and after, to who may see them.
func TestConsoleInspectsRequests(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		scim, at := o.inspected(t)
		id := scim.user(t, "eve", `"displayName":"`+jsonScript+`"`, `"password":"Hunter2-and-more"`)
		scim.lenient().want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"Replace","path":"displayName","value":"Eve the `+jsonScript+`"}`))
		scim.want(t, 400, "GET", "/Users?"+url.Values{"filter": {script}, "count": {script}}.Encode(), "")
		scim.want(t, 404, "GET", "/Users/"+url.PathEscape(script), "")
		rows := o.remembered(t, at, 4)
		connection, err := s.Store.Connection(t.Context(), tenantOf(t, s).ID, strings.Split(at, "/")[2])
		if err != nil {
			t.Fatal(err)
		}
		page := "/connections/" + connection.ID.String()
		made := fmt.Sprintf("%s/requests/%v", page, rows[3]["position"])
		wants := map[string][]string{
			page:                              {`name="inspect" checked`},
			page + "/requests":                {"Remembered", "PATCH /scim/v2/Users/" + id, "operationCase", "400 Bad Request", "201 Created"},
			page + "/requests?status=4xx":     {"400 Bad Request", "404 Not Found"},
			page + "/requests?resource=" + id: {"201 Created"},
			made:                              {"[redacted]", "&lt;script&gt;", "201 Created"},
			"/users/" + id + "/provisioning":  {"No drift", "PATCH /scim/v2/Users/" + id, "Eve the", "<del>", "operationCase", connection.Name},
			s.connected(t) + "/requests":      {"Not remembered", "Nothing."},
		}
		made404 := fmt.Sprintf("%s/requests/%v", s.connected(t), rows[3]["position"])
		for role, may := range map[operator.Role]bool{operator.Owner: true, operator.Admin: true, operator.Auditor: true, operator.Helpdesk: false} {
			b := o.signIn(t, o.operator(t, "of "+string(role), role))
			for path, words := range wants {
				response, body := b.open(t, path)
				if !may {
					shows(t, response, body, 403)
					continue
				}
				shows(t, response, body, 200, words...)
				if harmless(t, path, body); strings.Contains(body, "Hunter2") {
					t.Errorf("%s shows a password", path)
				}
			}
			if _, body := b.open(t, "/users/"+id); strings.Contains(body, "/provisioning") != may {
				t.Errorf("%s is offered the requests: %t", role, !may)
			}
			for path, status := range map[string]int{made404: 404, page + "/requests/x": 404, page + "/requests?before=x": 404, page + "/requests?status=x": 422} {
				response, body := b.open(t, path)
				shows(t, response, body, map[bool]int{true: status, false: 403}[may])
			}
		}
		foreign := *o.server
		foreign.Token = o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)["token"].(map[string]any)["token"].(string)
		neighbour := &office{&foreign}
		stranger := neighbour.signIn(t, neighbour.operator(t, "stranger", operator.Owner))
		for _, path := range []string{page + "/requests", made, "/users/" + id + "/provisioning"} {
			response, body := stranger.open(t, path)
			shows(t, response, body, 404)
		}
		neighbour.ask(t, 404, "GET", at, "")
	})
}

// TestConsoleForgetsRequests: who may change a connection erases what is remembered
// of its requests, and nobody else; the trail says so.
func TestConsoleForgetsRequests(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		scim, at := o.inspected(t)
		other, beside := o.inspected(t)
		id := scim.user(t, "eve")
		other.want(t, 200, "GET", "/Users/"+id, "")
		o.remembered(t, at, 1)
		o.remembered(t, beside, 1)
		connection, err := s.Store.Connection(t.Context(), tenantOf(t, s).ID, strings.Split(at, "/")[2])
		if err != nil {
			t.Fatal(err)
		}
		page := "/connections/" + connection.ID.String() + "/requests"
		foreign := *o.server
		foreign.Token = o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)["token"].(map[string]any)["token"].(string)
		neighbour := &office{&foreign}
		for b, status := range map[*browser]int{
			o.signIn(t, o.operator(t, "hal", operator.Helpdesk)): 403, o.signIn(t, o.operator(t, "aud", operator.Auditor)): 403,
			neighbour.signIn(t, neighbour.operator(t, "stranger", operator.Owner)): 404,
		} {
			response, body := b.submit(t, page+"/forget", nil)
			shows(t, response, body, status)
		}
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		response, body := b.submit(t, page+"/forget", nil, "Sec-Fetch-Site", "cross-site")
		shows(t, response, body, 403, "another site")
		response, body = b.open(t, page)
		shows(t, response, body, 200, "201 Created", "Forget all requests now")
		b.done(t, page+"/forget", nil, "is forgotten")
		if _, body = b.open(t, page); strings.Contains(body, "201 Created") || strings.Contains(body, "Forget all requests now") {
			t.Errorf("it is remembered yet: %s", body)
		}
		o.remembered(t, beside, 1)
		response, body = b.open(t, "/audit?action=connection.forget-requests")
		shows(t, response, body, 200, "Connection: forget requests", ">ada<", connection.Name)
	})
}
