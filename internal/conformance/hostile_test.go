package conformance

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestHostileInput sends what no client should. Every answer is a 4xx with an
// error body, and the directory is as it was.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "victim", `"title":"before"`)
		group := s.group(t, "victims", id)
		before := s.want(t, 200, "GET", "/Users/"+id, "")
		groupBefore := s.want(t, 200, "GET", "/Groups/"+group, "")
		create := func(members string) string { return `{` + userSchemas + `,` + members + `}` }
		for _, tc := range []struct {
			name, method, path, body string
			status                   int
			scimType                 string
		}{
			{"empty body", "POST", "/Users", " ", 400, "invalidSyntax"},
			{"broken JSON", "POST", "/Users", `{"userName":`, 400, "invalidSyntax"},
			{"trailing text", "POST", "/Users", create(`"userName":"a"`) + "x", 400, "invalidSyntax"},
			{"array", "POST", "/Users", `[]`, 400, "invalidSyntax"},
			{"scalar", "POST", "/Users", `7`, 400, "invalidSyntax"},
			{"duplicate key", "POST", "/Users", create(`"userName":"a","userName":"b"`), 400, "invalidSyntax"},
			{"duplicate key in two cases", "POST", "/Users", create(`"userName":"a","USERNAME":"b"`), 400, "invalidSyntax"},
			{"no schemas", "POST", "/Users", `{"userName":"a"}`, 400, "invalidSyntax"},
			{"foreign schema", "POST", "/Users", `{"schemas":["urn:x:y"],"userName":"a"}`, 400, "invalidValue"},
			{"wrong type", "POST", "/Users", create(`"userName":{"a":1}`), 400, "invalidValue"},
			{"number for a string", "POST", "/Users", create(`"userName":5`), 400, "invalidValue"},
			{"string for an array", "POST", "/Users", create(`"userName":"a","emails":[["x"]]`), 400, "invalidValue"},
			{"bad boolean", "POST", "/Users", create(`"userName":"a","active":"yes"`), 400, "invalidValue"},
			{"NUL byte", "POST", "/Users", create(`"userName":"a\u0000b"`), 400, "invalidValue"},
			{"NUL byte in a value", "POST", "/Users", create(`"userName":"a","title":"x\u0000"`), 400, "invalidValue"},
			{"lone surrogate", "POST", "/Users", create(`"userName":"a","title":"\ud800"`), 400, "invalidSyntax"},
			{"invalid UTF-8", "POST", "/Users", create(`"userName":"a","title":"` + "\xff" + `"`), 400, "invalidSyntax"},
			{"control character in a name", "POST", "/Users", create(`"userName":"a\u0007b"`), 400, "invalidValue"},
			{"blank name", "POST", "/Users", create(`"userName":"  "`), 400, "invalidValue"},
			{"overlong name", "POST", "/Users", create(`"userName":"` + strings.Repeat("x", 2000) + `"`), 400, "invalidValue"},
			{"overlong externalId", "POST", "/Users", create(`"userName":"a","externalId":"` + strings.Repeat("x", 2000) + `"`), 400, "invalidValue"},
			{"two primaries", "POST", "/Users", create(`"userName":"a","emails":[{"value":"a","primary":true},{"value":"b","primary":true}]`), 400, "invalidValue"},
			{"deep JSON in an unknown attribute", "POST", "/Users", create(`"userName":"a","x":` + deep), 400, "invalidSyntax"},
			{"bad base64", "POST", "/Users", create(`"userName":"a","x509Certificates":[{"value":"%%"}]`), 400, "invalidValue"},
			{"POST to a resource", "POST", "/Users/" + id, create(`"userName":"a"`), 405, ""},
			{"PUT on the collection", "PUT", "/Users", create(`"userName":"a"`), 405, ""},
			{"PATCH on the collection", "PATCH", "/Users", patchOp(`{"op":"add","value":{}}`), 405, ""},
			{"DELETE on the collection", "DELETE", "/Users", "", 405, ""},
			{"DELETE of discovery", "DELETE", "/Schemas", "", 405, ""},
			{"unknown endpoint", "GET", "/Nonsense", "", 404, ""},
			{"unknown id", "GET", "/Users/1234", "", 404, ""},
			{"traversal", "GET", "/Users/..%2fGroups%2f" + group, "", 404, ""},
			{"SQL as id", "GET", "/Users/" + url.PathEscape(`' OR 1=1 --`), "", 404, ""},
			{"id in capitals", "GET", "/Users/" + strings.ToUpper(id), "", 404, ""},
			{"NUL in id", "GET", "/Users/%00", "", 404, ""},
			{"group without name", "POST", "/Groups", `{` + groupSchemas + `}`, 400, "invalidValue"},
			{"missing member", "POST", "/Groups", `{` + groupSchemas + `,"displayName":"x","members":[{"value":"0190c8a0-0000-7000-8000-000000000000"}]}`, 400, "invalidValue"},
			{"member that is no id", "POST", "/Groups", `{` + groupSchemas + `,"displayName":"x","members":[{"value":"zzz"}]}`, 400, "invalidValue"},
			{"member without value", "POST", "/Groups", `{` + groupSchemas + `,"displayName":"x","members":[{"display":"d"}]}`, 400, "invalidValue"},
			{"members as numbers", "POST", "/Groups", `{` + groupSchemas + `,"displayName":"x","members":[1,2]}`, 400, "invalidValue"},
			{"PATCH without schemas", "PATCH", "/Users/" + id, `{"Operations":[{"op":"replace","path":"title","value":"x"}]}`, 400, "invalidSyntax"},
			{"PATCH without operations", "PATCH", "/Users/" + id, patchOp(), 400, "invalidSyntax"},
			{"unknown op", "PATCH", "/Users/" + id, patchOp(`{"op":"move","path":"title","value":"x"}`), 400, "invalidSyntax"},
			{"bad path", "PATCH", "/Users/" + id, patchOp(`{"op":"replace","path":"emails[type eq","value":"x"}`), 400, ""},
			{"index path", "PATCH", "/Users/" + id, patchOp(`{"op":"replace","path":"emails[0].value","value":"x"}`), 400, ""},
			{"read-only path", "PATCH", "/Users/" + id, patchOp(`{"op":"replace","path":"title","value":"x"}`, `{"op":"replace","path":"id","value":"x"}`), 400, "mutability"},
			{"last of several fails", "PATCH", "/Users/" + id, patchOp(`{"op":"replace","path":"title","value":"x"}`, `{"op":"remove"}`), 400, "noTarget"},
			{"remove of what is required", "PATCH", "/Users/" + id, patchOp(`{"op":"remove","path":"userName"}`), 400, "mutability"},
			{"bad boolean in PATCH", "PATCH", "/Users/" + id, patchOp(`{"op":"replace","path":"active","value":"nope"}`), 400, "invalidValue"},
			{"remove of active", "PATCH", "/Users/" + id, patchOp(`{"op":"remove","path":"active"}`), 400, "mutability"},
			{"missing member in PATCH", "PATCH", "/Groups/" + group, patchOp(`{"op":"replace","path":"displayName","value":"y"}`, `{"op":"add","path":"members","value":[{"value":"0190c8a0-0000-7000-8000-000000000000"}]}`), 400, "invalidValue"},
			{"PUT of a bad body", "PUT", "/Users/" + id, `{`, 400, "invalidSyntax"},
			{"PUT without what is required", "PUT", "/Users/" + id, `{` + userSchemas + `}`, 400, "invalidValue"},
			{"PUT of nobody", "PUT", "/Users/0190c8a0-0000-7000-8000-000000000000", create(`"userName":"a"`), 404, ""},
			{"bad filter", "GET", "/Users?filter=" + url.QueryEscape(`userName eq`), "", 400, "invalidFilter"},
			{"empty filter", "GET", "/Users?filter=", "", 400, "invalidFilter"},
			{"filter on the password", "GET", "/Users?filter=" + url.QueryEscape(`password eq "x"`), "", 403, "sensitive"},
			{"filter on the presence of the password", "GET", "/Users?filter=" + url.QueryEscape(`password pr`), "", 403, "sensitive"},
			{"sort by the password", "GET", "/Users?sortBy=password", "", 400, "invalidPath"},
			{"parentheses", "POST", "/Users/.search", searchBody(strings.Repeat("(", 100_000)), 400, "invalidFilter"},
			{"nots", "POST", "/Users/.search", searchBody(strings.Repeat("not(", 2_000)), 400, "invalidFilter"},
			{"NUL in a filter", "GET", "/Users?filter=" + url.QueryEscape(`title eq "\u0000"`), "", 400, "invalidFilter"},
			{"bad encoding", "GET", "/Users?filter=%zz", "", 400, "invalidValue"},
			{"count as text", "GET", "/Users?count=many", "", 400, "invalidValue"},
			{"bad sort order", "GET", "/Users?sortBy=userName&sortOrder=up", "", 400, "invalidValue"},
			{"both projections", "GET", "/Users?attributes=userName&excludedAttributes=name", "", 400, "invalidValue"},
			{"search without schemas", "POST", "/Users/.search", `{"filter":"userName pr"}`, 400, "invalidSyntax"},
			{"search with a wrong type", "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":7}`, 400, "invalidSyntax"},
			{"GET of a search", "GET", "/Users/.search", "", 405, ""},
			{"bulk without operations", "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]}`, 400, "invalidSyntax"},
			{"filter on discovery", "GET", "/Schemas?filter=" + url.QueryEscape(`id eq "x"`), "", 403, ""},
			{"unknown schema", "GET", "/Schemas/urn:x", "", 404, ""},
			{"huge body", "POST", "/Users", create(`"userName":"a","title":"` + strings.Repeat("x", 10<<20) + `"`), 413, ""},
		} {
			t.Run(tc.name, func(t *testing.T) {
				status, header, document := s.do(t, tc.method, tc.path, tc.body)
				if status != tc.status {
					t.Fatalf("status %d, want %d: %s", status, tc.status, brief(document))
				}
				if document["status"] != fmt.Sprint(status) || document["detail"] == nil {
					t.Errorf("not an error body: %s", brief(document))
				}
				if got, _ := document["scimType"].(string); tc.scimType != "" && got != tc.scimType {
					t.Errorf("scimType %q, want %q: %s", got, tc.scimType, brief(document))
				}
				if media := header.Get("Content-Type"); media != "application/scim+json" {
					t.Errorf("content type %q", media)
				}
				if status == http.StatusMethodNotAllowed && header.Get("Allow") == "" {
					t.Error("405 without Allow")
				}
			})
		}
		after := s.want(t, 200, "GET", "/Users/"+id, "")
		same(t, before, after)
		same(t, groupBefore, s.want(t, 200, "GET", "/Groups/"+group, ""))
		if list := s.want(t, 200, "GET", "/Users", ""); list["totalResults"] != 1.0 {
			t.Errorf("a refused request left something behind: %v users", list["totalResults"])
		}
		if list := s.want(t, 200, "GET", "/Groups", ""); list["totalResults"] != 1.0 {
			t.Errorf("a refused request left something behind: %v groups", list["totalResults"])
		}
	})
}

func searchBody(filter string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"` + filter + `"}`
}

// TestAbsurdNumbers asks for pages beyond any range.
func TestAbsurdNumbers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		s.user(t, "one")
		for query, resources := range map[string]int{
			"count=99999999999999999999999":          1,
			"count=-99999999999999999999999":         0,
			"startIndex=99999999999999999999999":     0,
			"startIndex=-99999999999999999999999":    1,
			"startIndex=0&count=0":                   0,
			"startIndex=2147483647&count=2147483647": 0,
		} {
			list := s.want(t, 200, "GET", "/Users?"+query, "")
			if list["totalResults"] != 1.0 || len(list["Resources"].([]any)) != resources {
				t.Errorf("%s: %s", query, brief(list))
			}
		}
	})
}

// TestChunkedBodyMeetsTheLimit sends a body without a length.
func TestChunkedBodyMeetsTheLimit(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		body := append([]byte(`{`+userSchemas+`,"userName":"a","title":"`), bytes.Repeat([]byte("x"), 3<<20)...)
		request, err := http.NewRequestWithContext(t.Context(), "POST", s.Base+"/Users", struct{ *bytes.Reader }{bytes.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		request.ContentLength = -1
		request.Header.Set("Authorization", "Bearer "+s.Token)
		response, _, err := exchange(t, request, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("status %d, want 413", response.StatusCode)
		}
	})
}

// TestCyclicGroups nests groups into each other: reads end, and nobody fails.
func TestCyclicGroups(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		user := s.user(t, "member")
		a := s.group(t, "a", user)
		b := s.group(t, "b", a)
		add := func(group, member string) {
			s.want(t, 204, "PATCH", "/Groups/"+group, patchOp(`{"op":"add","path":"members","value":[{"value":"`+member+`"}]}`))
		}
		add(a, b)
		add(a, a)
		got := s.want(t, 200, "GET", "/Users/"+user, "")
		want := map[string]any{"groups": []any{
			map[string]any{"value": a, "type": "direct", "display": "a"},
			map[string]any{"value": b, "type": "indirect", "display": "b"},
		}}
		for _, wrong := range mismatches(any(want), any(got), "$") {
			t.Error(wrong)
		}
		if n := len(got["groups"].([]any)); n != 2 {
			t.Errorf("%d groups, want 2: %s", n, brief(got["groups"]))
		}
	})
}
