package conformance

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/internal/auth"
	"rollcall/internal/await"
	"rollcall/internal/testpg"
)

// inspected is a connection whose requests are remembered, and where they are.
func (o *office) inspected(t *testing.T) (*server, string) {
	t.Helper()
	name := fmt.Sprintf("inspected-%d", time.Now().UnixNano())
	o.ask(t, 201, "POST", "/connections", `{"name":"`+name+`","options":{"inspect":true}}`)
	scim := *o.server
	scim.Base = strings.TrimSuffix(o.Base, "/api/v1") + "/scim/v2"
	connection, err := o.Store.Connection(t.Context(), tenantOf(t, o.server).ID, name)
	if err != nil {
		t.Fatal(err)
	}
	return scim.with(t, connection, time.Time{}, auth.ScopeSCIMRead, auth.ScopeSCIMWrite), "/connections/" + name + "/requests"
}

// remembered waits until a list of requests has some, and returns it.
func (o *office) remembered(t *testing.T, path string, n int) []map[string]any {
	t.Helper()
	list := await.For(t, 30*time.Second, fmt.Sprintf("%d requests in %s", n, path), func() ([]any, bool) {
		list := o.ask(t, 200, "GET", path, "")["requests"].([]any)
		return list, len(list) >= n
	})
	var rows []map[string]any
	for _, one := range list {
		rows = append(rows, one.(map[string]any))
	}
	return rows
}

// whole reads a request with its bodies.
func (o *office) whole(t *testing.T, path string, row map[string]any) map[string]any {
	t.Helper()
	return o.ask(t, 200, "GET", fmt.Sprintf("%s/%v", path, row["position"]), "")
}

// TestRequestsAreRemembered: what a connection asks for is told, with what was
// normalised, where it is switched on, and is found by what it is.
func TestRequestsAreRemembered(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		scim, at := o.inspected(t)
		id := scim.user(t, "ford", `"password":"Hunter2-and-more"`)
		s.user(t, "unseen") // by a connection that is not inspected
		scim.lenient().want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"Replace","path":"displayName","value":"Ford"}`))
		scim.refuse(t, 409, "uniqueness", "POST", "/Users", `{`+userSchemas+`,"userName":"FORD"}`)
		scim.want(t, 200, "GET", "/Users?"+url.Values{"filter": {`userName eq "ford"`}}.Encode(), "")
		scim.want(t, 404, "GET", "/Users/nobody@example.com", "")
		rows := o.remembered(t, at, 5)
		var shown []string
		for _, row := range rows {
			shown = append(shown, fmt.Sprintf("%v %v %v", row["method"], row["path"], row["status"]))
		}
		want := []string{"GET /scim/v2/Users/:id 404", "GET /scim/v2/Users 200", "POST /scim/v2/Users 409", "PATCH /scim/v2/Users/" + id + " 200", "POST /scim/v2/Users 201"}
		if fmt.Sprint(shown) != fmt.Sprint(want) {
			t.Errorf("remembered are %v", shown)
		}
		report(t, map[string]any{"normalisations": []any{map[string]any{"name": "operationCase", "about": "$any"}}, "sent": "$absent"}, rows[3])
		report(t, map[string]any{"query": `filter=userName eq "…"`}, rows[1])
		made := o.whole(t, at, rows[4])
		report(t, map[string]any{
			"sent": map[string]any{"body": map[string]any{"userName": "ford", "password": "[redacted]"}}, "answered": map[string]any{"body": map[string]any{"id": id}}, "resources": []any{id},
		}, made)
		if text := fmt.Sprint(made); strings.Contains(text, "Hunter2") {
			t.Errorf("a password is remembered: %s", text)
		}
		for query, n := range map[string]int{"?status=4xx": 2, "?status=2xx": 3, "?method=POST": 2, "?method=POST&status=4xx": 1, "?resource=" + id: 3, "?resource=00000000-0000-4000-8000-000000000000": 0} {
			if got := len(o.remembered(t, at+query, n)); got != n {
				t.Errorf("%s finds %d, want %d", query, got, n)
			}
		}
		page := o.ask(t, 200, "GET", at+"?count=3", "")
		if rest := o.ask(t, 200, "GET", at+"?count=3&cursor="+page["next"].(string), ""); len(rest["requests"].([]any)) != 2 || rest["next"] != nil {
			t.Errorf("the second page: %s", brief(rest))
		}
		for query, field := range map[string]string{"?status=9xx": "status", "?method=TRACE": "method", "?resource=x": "resource", "?count=0": "count"} {
			if refused := o.ask(t, 400, "GET", at+query, ""); refused["field"] != field {
				t.Errorf("%s: %v", query, refused)
			}
		}
		for _, path := range []string{at + "/0", at + "/x", "/connections/default/requests/" + fmt.Sprint(rows[0]["position"]), "/connections/nobody/requests"} {
			o.ask(t, 404, "GET", path, "")
		}

		// Switched off, nothing more is remembered; what is there stays.
		o.ask(t, 200, "PATCH", strings.TrimSuffix(at, "/requests"), `{"options":{"inspect":null}}`)
		off := *scim
		connection, err := s.Store.Connection(t.Context(), tenantOf(t, s).ID, strings.Split(at, "/")[2])
		if err != nil {
			t.Fatal(err)
		}
		off.Token = s.with(t, connection, time.Time{}, auth.ScopeSCIMRead).Token // a token is remembered for ten seconds, a new one is not
		off.want(t, 200, "GET", "/Users/"+id, "")
		other, there := o.inspected(t)
		other.want(t, 200, "GET", "/Users/"+id, "")
		o.remembered(t, there, 1)
		if got := len(o.remembered(t, at, 5)); got != 5 {
			t.Errorf("%d are remembered after it was switched off", got)
		}
	})
}

// TestSecretsAreNotRemembered: nothing that is never returned, in whatever form it
// is sent and whatever is answered, gets to the store.
func TestSecretsAreNotRemembered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range lockerDocuments {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	onEachStoreWith(t, dir, func(t *testing.T, s *server) {
		o := s.desk()
		scim, at := o.inspected(t)
		scim = scim.lenient()
		const hush = "Hush-hush-2030"
		id := scim.user(t, "ford")
		locker := scim.want(t, 201, "POST", "/Lockers", `{"schemas":["urn:example:Locker"],"label":"one","pin":"`+hush+`","keys":[{"value":"k","secret":"`+hush+`k"}]}`)["id"].(string)
		user := "urn:ietf:params:scim:schemas:core:2.0:User:"
		sent := 2
		for _, one := range [][3]string{
			{"PATCH", "/Users/" + id, patchOp(`{"op":"replace","path":"password","value":"` + hush + `"}`)},
			{"PATCH", "/Users/" + id, patchOp(`{"op":"replace","value":{"PASSWORD":"` + hush + `"}}`)},
			{"PATCH", "/Users/" + id, patchOp(`{"op":"replace","value":{"` + user + `password":"` + hush + `"}}`)},
			{"PATCH", "/Users/" + id, patchOp(`{"value":"` + hush + `","op":"add","path":"` + user + `password"}`)},
			{"PATCH", "/Users/" + id, patchOp(`{"op":"replace","path":"password.value","value":"` + hush + `"}`)},
			{"PATCH", "/Users/" + id, patchOp(`{"op":"replace","path":"passwort","value":1}`, `{"op":"replace","path":"password[value eq \"`+hush+`\"]","value":"x"}`)},
			{"PATCH", "/Lockers/" + locker, patchOp(`{"op":"replace","path":"keys[value eq \"k\"].secret","value":"` + hush + `"}`)},
			{"PATCH", "/Lockers/" + locker, patchOp(`{"op":"add","path":"keys","value":[{"value":"l","secret":"` + hush + `"}]}`)},
			{"PUT", "/Lockers/" + locker, `{"schemas":["urn:example:Locker"],"label":"one","pin":"` + hush + `"}`},
			{"POST", "/Users", `{` + userSchemas + `,"userName":"ford","password":"` + hush + `"}`},
			{"POST", "/Users", `{` + userSchemas + `,"userName":"zaphod","password":"` + hush + `","userName":"twice"}`},
			{"POST", "/Users", `{` + userSchemas + `,"userName":"marvin","password":["` + hush + `"],"passwd":"` + hush + `"}`},
			{"POST", "/Users", `{"password":"` + hush + `"`},
			{"POST", "/Bulk", bulkBody("", `{"method":"POST","path":"/Users","bulkId":"a","data":{`+userSchemas+`,"userName":"bulk","password":"`+hush+`"}}`)},
			{"POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"password eq \"` + hush + `\""}`},
			{"GET", "/Users?" + url.Values{"filter": {`password eq "` + hush + `"`}}.Encode(), ""},
			{"GET", "/Users?" + url.Values{"attributes": {"userName"}, "password": {hush}}.Encode(), ""},
			{"GET", "/Users/" + hush, ""},
			{"POST", "/Bulk", bulkBody("", `{"method":"POST","path":"/Users","bulkId":"a","data":"{\"password\":\"`+hush+`\"}"}`)},
			{"PATCH", "/Users/" + id, patchOp(`{"op":"replace","value":"{\"password\":\"`+hush+`\"}"}`, `{"op":"replace","value":"password=`+hush+`"}`)},
			{"PATCH", "/Users/" + id, patchOp(`{"op":"replace","attribute":"password","value":"` + hush + `"}`)},
			{"PATCH", "/Users/" + id, patchOp(`{"op":"replace","value":[{"name":"password","value":"` + hush + `"}]}`)},
			{"POST", "/Users", `{` + userSchemas + `,"userName":"trillian","customAttributes":[{"key":"password","value":"` + hush + `"},{"name":"initialPassword","values":["` + hush + `"]}],"Kennwort":"` + hush + `"}`},
		} {
			if status, _, answer := scim.do(t, one[0], one[1], one[2]); status >= 500 || status == 401 {
				t.Fatalf("%v: %d %s", one, status, brief(answer))
			}
			sent++
		}
		rows := o.remembered(t, at+"?count=1000", sent)
		if len(rows) != sent {
			t.Errorf("%d are remembered of %d", len(rows), sent)
		}
		for _, row := range rows {
			if text := fmt.Sprint(o.whole(t, at, row)); strings.Contains(text, hush) || strings.Contains(text, "Bearer") || strings.Contains(text, scim.Token) {
				t.Errorf("a secret is remembered: %s", text)
			}
		}
	})
}

// TestRememberedRequestsAreBounded: bodies beyond the bound are not kept, and the
// newest requests are.
func TestRememberedRequestsAreBounded(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		scim, at := o.inspected(t)
		scim.user(t, "large", `"nickName":"`+strings.Repeat("x", 20_000)+`"`)
		scim.want(t, 415, "POST", "/Users", `{}`, "Content-Type", "text/plain")
		rows := o.remembered(t, at, 2)
		report(t, map[string]any{"sent": map[string]any{"left": "large", "body": "$absent"}, "answered": map[string]any{"left": "large", "body": "$absent"}}, o.whole(t, at, rows[1]))
		report(t, map[string]any{"sent": map[string]any{"left": "unread"}}, o.whole(t, at, rows[0]))
	})
}

// TestPurgeErasesRequests: of who is purged nothing is left in what is remembered,
// by whichever connection and server.
func TestPurgeErasesRequests(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		scim, at := o.inspected(t)
		id, stays := scim.user(t, "zaphod"), scim.user(t, "ford")
		group := scim.group(t, "crew", id, stays)
		scim.want(t, 200, "GET", "/Users", "")
		o.remembered(t, at+"?resource="+id, 3)
		scim.want(t, 204, "DELETE", "/Users/"+id, "")
		o.remembered(t, at+"?resource="+id, 4)
		o.act(t, 200, id, "purge", `{"reason":"asked for","confirm":"`+id+`"}`)
		scim.want(t, 404, "GET", "/Users/"+id, "")
		scim.want(t, 200, "GET", "/Groups/"+group, "")
		o.remembered(t, at+"?resource="+group, 1)
		for _, row := range o.remembered(t, at, 2) {
			if text := fmt.Sprint(o.whole(t, at, row)); strings.Contains(text, "zaphod") || strings.Contains(text, id) {
				t.Errorf("it is remembered still: %s", text)
			}
		}
		if rows := o.remembered(t, at+"?resource="+id, 0); len(rows) > 0 {
			t.Errorf("%d requests name who was purged", len(rows))
		}
		if rows := o.remembered(t, at+"?resource="+stays, 1); len(rows) == 0 {
			t.Error("others are gone, too")
		}
	})
}

// TestTwoServersRemember: both servers of one database remember, and show what the
// other has.
func TestTwoServersRemember(t *testing.T) {
	t.Parallel()
	database := testpg.DSN(t)
	one, two := serve(t, database, ""), serve(t, database, "")
	scim, at := one.desk().inspected(t)
	beside := *scim
	beside.Base = two.Base
	for range 5 {
		scim.want(t, 200, "GET", "/Users", "")
		beside.want(t, 200, "GET", "/Groups", "")
	}
	for _, s := range []*server{one, two} {
		if n := len(s.desk().remembered(t, at, 10)); n != 10 {
			t.Errorf("%d are remembered", n)
		}
	}
}
