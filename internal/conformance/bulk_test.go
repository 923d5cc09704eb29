package conformance

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// bulkBody wraps operations into a bulk request; more are further members.
func bulkBody(more string, operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],` + more + `"Operations":[` + strings.Join(operations, ",") + `]}`
}

// bulkStatuses are the statuses of the results in order, and their scimTypes
// where they have one.
func bulkStatuses(answer map[string]any) string {
	var statuses []string
	for _, op := range answer["Operations"].([]any) {
		op := op.(map[string]any)
		status := op["status"].(string)
		if response, ok := op["response"].(map[string]any); ok && response["scimType"] != nil {
			status += ":" + response["scimType"].(string)
		}
		statuses = append(statuses, status)
	}
	return strings.Join(statuses, " ")
}

func postUser(bulkID, name string, more ...string) string {
	return `{"method":"POST","path":"/Users","bulkId":"` + bulkID + `","data":{` + userSchemas + `,"userName":"` + name + `"` + joined(more) + `}}`
}

func postGroup(bulkID, name string, members ...string) string {
	var values []string
	for _, id := range members {
		values = append(values, `{"value":"`+id+`"}`)
	}
	return `{"method":"POST","path":"/Groups","bulkId":"` + bulkID + `","data":{` + groupSchemas + `,"displayName":"` + name + `","members":[` + strings.Join(values, ",") + `]}}`
}

// made is the id of the resource that the n-th operation was about.
func made(t *testing.T, answer map[string]any, n int) string {
	t.Helper()
	location, ok := answer["Operations"].([]any)[n].(map[string]any)["location"].(string)
	if !ok {
		t.Fatalf("operation %d has no location: %s", n, brief(answer))
	}
	return location[strings.LastIndexByte(location, '/')+1:]
}

// TestBulk covers BLK.
func TestBulk(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		bulk := func(status int, more string, operations ...string) map[string]any {
			return s.want(t, status, "POST", "/Bulk", bulkBody(more, operations...))
		}
		t.Run("BLK-08..10 forward references", func(t *testing.T) {
			got := bulk(200, "", postGroup("g", "bulk", "bulkId:u"), postUser("u", "bulk-u"))
			report(t, map[string]any{"Operations": []any{
				map[string]any{"method": "POST", "bulkId": "g", "status": "201", "location": "$re:/Groups/", "version": "$string", "response": "$absent"},
				map[string]any{"method": "POST", "bulkId": "u", "status": "201", "location": "$re:/Users/"},
			}}, got)
			first := got["Operations"].([]any)[0].(map[string]any)
			group := strings.TrimPrefix(first["location"].(string), s.Base)
			report(t, map[string]any{"members": "$len:1"}, s.want(t, 200, "GET", group, ""))
		})
		t.Run("BLK-03,13..16 failures", func(t *testing.T) {
			got := bulk(200, `"failOnErrors":2,`,
				postUser("a", "bulk-u"), postUser("b", "bulk-b"), postGroup("c", "c", "bulkId:a"), postUser("d", "bulk-d"))
			report(t, map[string]any{"failOnErrors": "$absent", "Operations": []any{
				map[string]any{"bulkId": "a", "status": "409", "location": "$absent", "response": map[string]any{"status": "409", "scimType": "uniqueness"}},
				map[string]any{"bulkId": "b", "status": "201"},
				map[string]any{"bulkId": "c", "status": "409", "response": map[string]any{"detail": "$string"}},
			}}, got)
			if n := len(got["Operations"].([]any)); n != 3 {
				t.Errorf("%d results, want 3", n)
			}
		})
		t.Run("BLK-04..07,22,30 refusals", func(t *testing.T) {
			id := s.user(t, "bulk-v")
			got := bulk(200, "",
				`{"method":"GET","path":"/Users/`+id+`"}`, `{"method":"POST","path":"/Users","data":{}}`, `{"method":"PUT","path":"/Users","data":{}}`,
				`null`, `{"method":"POST","path":"/Bulk","bulkId":"n","data":{}}`, `{"method":"DELETE","path":"/Users/`+id+`","version":"W/\"9\""}`, `{"method":"PATCH","path":"/Users/`+id+`"}`)
			var statuses []string
			for _, op := range got["Operations"].([]any) {
				statuses = append(statuses, op.(map[string]any)["status"].(string))
			}
			if strings.Join(statuses, " ") != "400 400 400 400 404 412 400" {
				t.Errorf("statuses %v", statuses)
			}
			bulk(400, "", postUser("x", "bulk-x"), postUser("x", "bulk-y"))
			circle := bulk(200, "", postGroup("p", "p", "bulkId:q"), postGroup("q", "q", "bulkId:p"))
			report(t, map[string]any{"Operations": []any{map[string]any{"bulkId": "p", "status": "201"}, map[string]any{"bulkId": "q", "status": "201"}}}, circle)
		})
		t.Run("BLK-06 data is there, and that of PATCH is a whole message", func(t *testing.T) {
			id := s.user(t, "bulk-data")
			before := s.want(t, 200, "GET", "/Users/"+id, "")
			on := func(method, data string) string {
				return `{"method":"` + method + `","path":"/Users/` + id + `"` + data + `}`
			}
			message := patchOp(`{"op":"replace","path":"title","value":"T"}`)
			bare := strings.Replace(message, `"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],`, "", 1)
			for _, operation := range []string{
				`{"method":"POST","path":"/Users","bulkId":"a"}`, `{"method":"POST","path":"/Users","bulkId":"b","data":null}`,
				on("PUT", ""), on("PUT", `,"data":null`), on("PATCH", ""), on("PATCH", `,"data":null`),
				on("PATCH", `,"data":`+bare), on("PATCH", `,"data":[{"op":"replace","path":"title","value":"T"}]`), on("PATCH", `,"data":{"title":"T"}`),
				on("PATCH", `,"data":`+strings.Replace(message, "PatchOp", "SearchRequest", 1)),
			} {
				want := "400:invalidSyntax"
				if !strings.Contains(operation, `"data"`) {
					want = "400:invalidValue"
				}
				if got := bulkStatuses(bulk(200, "", operation)); got != want {
					t.Errorf("%s: %s, want %s", operation, got, want)
				}
			}
			same(t, before, s.want(t, 200, "GET", "/Users/"+id, ""))
			if got := bulkStatuses(bulk(200, "", on("PATCH", `,"data":`+message))); got != "200" {
				t.Errorf("the whole message: %s", got)
			}
		})
		t.Run("BLK-09 references only where references stand", func(t *testing.T) {
			got := bulk(200, "", postGroup("self", "self", "bulkId:self"), postUser("t", "bulk-t", `"title":"bulkId:self"`, `"nickName":"bulkId:nobody"`))
			report(t, map[string]any{"Operations": []any{map[string]any{"bulkId": "self", "status": "201"}, map[string]any{"bulkId": "t", "status": "201"}}}, got)
			list := s.want(t, 200, "GET", "/Users?"+filterQuery(`userName eq "bulk-t"`), "")
			report(t, map[string]any{"Resources": []any{map[string]any{"title": "bulkId:self", "nickName": "bulkId:nobody"}}}, list)
		})
		t.Run("BLK-23,25 limits", func(t *testing.T) {
			victim := s.user(t, "limit-victim")
			operations := []string{`{"method":"DELETE","path":"/Users/` + victim + `"}`}
			for i := range 1000 {
				operations = append(operations, postUser(fmt.Sprint(i), fmt.Sprint("limit-", i)))
			}
			got := s.refuse(t, 413, "", "POST", "/Bulk", bulkBody("", operations...))
			if detail := got["detail"].(string); !strings.Contains(detail, "1000") {
				t.Errorf("the detail does not name the limit: %s", detail)
			}
			if n := s.total(t, "/Users", `userName sw "limit-"`); n != 1 {
				t.Errorf("a request over the limit did something: %v users", n)
			}
			s.want(t, 200, "GET", "/Users/"+victim, "")
		})
	})
}

// TestBulkReferences covers BLK-09..14: references wherever they stand.
func TestBulkReferences(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		bulk := func(operations ...string) map[string]any {
			t.Helper()
			return s.want(t, http.StatusOK, "POST", "/Bulk", bulkBody("", operations...))
		}
		members := func(group string) []string {
			var ids []string
			list, _ := s.want(t, 200, "GET", "/Groups/"+group, "")["members"].([]any)
			for _, m := range list {
				ids = append(ids, m.(map[string]any)["value"].(string))
			}
			return ids
		}
		t.Run("BLK-11 circles of three, with a user and themselves", func(t *testing.T) {
			got := bulk(postGroup("a", "circle-a", "bulkId:b", "bulkId:a"), postGroup("b", "circle-b", "bulkId:c", "bulkId:u"), postGroup("c", "circle-c", "bulkId:a"), postUser("u", "circle-u"))
			if bulkStatuses(got) != "201 201 201 201" {
				t.Fatalf("%s", brief(got))
			}
			if n := len(members(made(t, got, 0))); n != 2 {
				t.Errorf("%d members of the first group", n)
			}
			groups := s.want(t, 200, "GET", "/Users/"+made(t, got, 3), "")["groups"].([]any)
			if len(groups) != 3 {
				t.Errorf("the user is in %d groups, want 1 direct and 2 indirect", len(groups))
			}
			for i := range 4 {
				path := []string{"/Groups/", "/Groups/", "/Groups/", "/Users/"}[i] + made(t, got, i)
				if version := s.want(t, 200, "GET", path, "")["meta"].(map[string]any)["version"].(string); plainVersion(version) != "1" {
					t.Errorf("%s has version %s", path, version)
				}
			}
		})
		t.Run("BLK-11,14 a circle with a fault fails whole", func(t *testing.T) {
			s.group(t, "circle-taken")
			got := bulk(postUser("before", "circle-before"), postGroup("x", "circle-x", "bulkId:y"), postGroup("y", "circle-taken", "bulkId:x"), postGroup("z", "circle-z", "bulkId:x"), postUser("after", "circle-after"))
			if bulkStatuses(got) != "201 409 409:uniqueness 409 201" {
				t.Errorf("%s", brief(got))
			}
			got = bulk(postGroup("x", "circle-x", "bulkId:y"), postGroup("y", "", "bulkId:x"))
			if bulkStatuses(got) != "409 400:invalidValue" {
				t.Errorf("%s", brief(got))
			}
			if list := s.want(t, 200, "GET", "/Groups?"+filterQuery(`displayName sw "circle-x" or displayName eq "circle-z"`), ""); list["totalResults"] != 0.0 {
				t.Errorf("something of a failed circle exists: %s", brief(list))
			}
		})
		t.Run("BLK-09,12 paths, filters of PATCH, extension references", func(t *testing.T) {
			boss, group := s.user(t, "ref-boss"), s.group(t, "ref-group")
			got := bulk(
				`{"method":"PATCH","path":"/Groups/bulkId:g","data":`+patchOp(`{"op":"add","path":"members","value":[{"value":"bulkId:u"},{"value":"`+boss+`"}]}`)+`}`,
				`{"method":"PATCH","path":"/Groups/`+group+`","data":`+patchOp(`{"op":"add","value":{"members":[{"value":"bulkId:u"},{"value":"bulkId:v"}]}}`, `{"op":"remove","path":"members[value eq \"bulkId:v\"]"}`)+`}`,
				`{"method":"PUT","path":"/Users/bulkId:u","data":{`+userSchemas+`,"userName":"ref-u2","`+enterprise+`":{"manager":{"value":"bulkId:v"}}}}`,
				`{"method":"PATCH","path":"/Users/bulkId:v","data":`+patchOp(`{"op":"add","path":"`+enterprise+`:manager","value":"bulkId:u"}`)+`}`,
				`{"method":"DELETE","path":"/Users/bulkId:w"}`,
				postGroup("g", "ref-g"), postUser("u", "ref-u"), postUser("v", "ref-v"), postUser("w", "ref-w"),
			)
			if bulkStatuses(got) != "200 200 200 200 204 201 201 201 201" {
				t.Fatalf("%s", brief(got))
			}
			u, v, w := made(t, got, 6), made(t, got, 7), made(t, got, 8)
			if ids := members(made(t, got, 5)); len(ids) != 2 {
				t.Errorf("members %v", ids)
			}
			if ids := members(group); len(ids) != 1 || ids[0] != u {
				t.Errorf("members %v, want %s alone", ids, u)
			}
			report(t, map[string]any{"userName": "ref-u2", enterprise: map[string]any{"manager": map[string]any{"value": v}}}, s.want(t, 200, "GET", "/Users/"+u, ""))
			report(t, map[string]any{enterprise: map[string]any{"manager": map[string]any{"value": u}}}, s.want(t, 200, "GET", "/Users/"+v, ""))
			s.want(t, 404, "GET", "/Users/"+w, "")
		})
		t.Run("BLK-13 references to nothing", func(t *testing.T) {
			id := s.user(t, "ref-nothing")
			got := bulk(postGroup("g", "ref-nothing", "bulkId:none"), `{"method":"DELETE","path":"/Users/bulkId:none"}`,
				`{"method":"PATCH","path":"/Groups/x","data":`+patchOp(`{"op":"remove","path":"members[value eq \"bulkId:none\"]"}`)+`}`,
				postGroup("h", "ref-h", uuid.NewString()), `{"method":"DELETE","path":"/Users/`+id+`"}`)
			if bulkStatuses(got) != "409 409 409 400:invalidValue 204" {
				t.Errorf("%s", brief(got))
			}
		})
	})
}

// TestBulkAtOnce covers what many operations in one commit make possible to
// get wrong: changes of one resource, failures among them, and their size.
func TestBulkAtOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("BLK-15,22,28 operations on one resource", func(t *testing.T) {
			id, group := s.user(t, "once"), s.group(t, "once")
			rename := func(name, version string) string {
				return `{"method":"PATCH","path":"/Users/` + id + `","version":"` + version + `","data":` + patchOp(`{"op":"replace","path":"title","value":"`+name+`"}`) + `}`
			}
			add := func(version string) string {
				return `{"method":"PATCH","path":"/Groups/` + group + `"` + version + `,"data":` + patchOp(`{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`) + `}`
			}
			got := s.want(t, 200, "POST", "/Bulk", bulkBody("",
				rename("a", `W/\"1-0\"`), rename("b", `W/\"1-0\"`), rename("b", `W/\"2\"`), rename("b", "*"),
				add(""), add(""), add(`,"version":"W/\"2\""`), add(`,"version":"W/\"1\""`),
				`{"method":"DELETE","path":"/Users/`+id+`"}`, rename("c", "*"), `{"method":"DELETE","path":"/Users/`+id+`"}`,
				postUser("new", "once"), add("")))
			if bulkStatuses(got) != "200 412 200 200 200 200 200 412 204 404 404 201 400:invalidValue" {
				t.Errorf("%s: %s", bulkStatuses(got), brief(got))
			}
			if rows, err := s.Store.AuditOf(t.Context(), store.Key{Tenant: tenantOf(t, s).ID, Type: "User", ID: uuid.MustParse(id)}, 100); err != nil || len(rows) != 4 {
				t.Errorf("%d audit rows, %v", len(rows), err) // create, two renames, delete
			}
		})
		t.Run("BLK-05,30 paths that are no resources", func(t *testing.T) {
			var operations, want []string
			for _, path := range []string{"/Bulk", "/.search", "/Users/.search", "/ServiceProviderConfig", "/Schemas", "/Me", "/Users/a/b", "Users/../Groups", "//Users", "/", "/users%2f"} {
				operations = append(operations, `{"method":"POST","bulkId":"p`+fmt.Sprint(len(want))+`","path":"`+path+`","data":{}}`)
				want = append(want, "4")
			}
			got := s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))
			for i, status := range strings.Fields(bulkStatuses(got)) {
				if !strings.HasPrefix(status, want[i]) {
					t.Errorf("%s: status %s", operations[i], status)
				}
			}
		})
		t.Run("BLK-02,08,18..21,29 a thousand at once, sent twice", func(t *testing.T) {
			var operations []string
			for i := range 999 {
				operations = append(operations, postUser(fmt.Sprint("u", i), fmt.Sprint("many-", i)))
			}
			operations = append(operations, postGroup("g", "many", "bulkId:u0", "bulkId:u998"))
			got := s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))
			report(t, map[string]any{"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:BulkResponse"}, "Operations": "$len:1000"}, got)
			for i, result := range got["Operations"].([]any) {
				if result := result.(map[string]any); result["status"] != "201" || i < 999 && result["bulkId"] != fmt.Sprint("u", i) || result["version"] == nil || result["location"] == nil {
					t.Fatalf("result %d: %s", i, brief(result))
				}
			}
			count := func() any {
				return s.want(t, 200, "GET", "?count=0&"+filterQuery(`userName sw "many-" or displayName eq "many"`), "")["totalResults"]
			}
			if n := count(); n != 1000.0 {
				t.Errorf("%v resources", n)
			}
			again := s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))
			for i, status := range strings.Fields(bulkStatuses(again)) {
				if i < 999 && status != "409:uniqueness" || i == 999 && status != "409" {
					t.Fatalf("operation %d again: %s", i, status)
				}
			}
			if n := count(); n != 1000.0 {
				t.Errorf("%v resources after the second time", n)
			}
		})
		t.Run("BLK-15,28 of equal names the first wins, in any part of the request", func(t *testing.T) {
			names := make([]string, 1000)
			for i := range names {
				names[i] = fmt.Sprint("equal-", i)
			}
			names[400], names[600], names[999] = names[10], names[599], names[0]
			operations, want := make([]string, len(names)), make([]string, len(names))
			for i, name := range names {
				operations[i], want[i] = postUser(fmt.Sprint("u", i), name), "201"
			}
			want[400], want[600], want[999] = "409:uniqueness", "409:uniqueness", "409:uniqueness"
			got := s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))
			if statuses := bulkStatuses(got); statuses != strings.Join(want, " ") {
				for i, status := range strings.Fields(statuses) {
					if status != want[i] {
						t.Errorf("operation %d: status %s, want %s", i, status, want[i])
					}
				}
			}
		})
		t.Run("BLK-11,14 references across the parts of a request", func(t *testing.T) {
			s.user(t, "parts-taken")
			manager := func(bulkID string) string {
				return `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + enterprise + `"],"` + enterprise + `":{"manager":{"value":"bulkId:` + bulkID + `","$ref":"bulkId:` + bulkID + `"}}`
			}
			post := func(bulkID, name, boss string) string {
				return `{"method":"POST","path":"/Users","bulkId":"` + bulkID + `","data":{"userName":"` + name + `",` + manager(boss) + `}}`
			}
			var operations, want []string
			add := func(operation, status string) { operations, want = append(operations, operation), append(want, status) }
			add(postUser("gone", "parts-taken"), "409:uniqueness")
			for i := range 400 {
				add(postUser(fmt.Sprint("p", i), fmt.Sprint("parts-", i)), "201")
			}
			add(post("a", "parts-circle", "b"), "409")
			add(post("b", "PARTS-taken", "a"), "409:uniqueness")
			for i := range 300 {
				add(post(fmt.Sprint("d", i), fmt.Sprint("parts-d", i), "gone"), "409")
			}
			add(post("last", "parts-last", "p7"), "201")
			got := s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))
			for i, status := range strings.Fields(bulkStatuses(got)) {
				if status != want[i] {
					t.Fatalf("operation %d: status %s, want %s", i, status, want[i])
				}
			}
			boss := made(t, got, 8)
			report(t, map[string]any{enterprise: map[string]any{"manager": map[string]any{"value": boss, "$ref": s.Base + "/Users/" + boss}}},
				s.want(t, 200, "GET", "/Users/"+made(t, got, len(operations)-1), ""))
			if list := s.want(t, 200, "GET", "/Users?"+filterQuery(`userName sw "parts-d" or userName eq "parts-circle"`), ""); list["totalResults"] != 0.0 {
				t.Errorf("what depends on a failure exists: %s", brief(list))
			}
		})
		t.Run("BLK-16,17 failOnErrors", func(t *testing.T) {
			s.user(t, "fail-taken")
			operations := []string{postUser("a", "fail-a"), postUser("b", "fail-taken"), postUser("c", "fail-c"), postUser("d", "FAIL-taken"), postUser("e", "fail-e")}
			got := s.want(t, 200, "POST", "/Bulk", bulkBody(`"failOnErrors":1,`, operations...))
			if bulkStatuses(got) != "201 409:uniqueness" {
				t.Errorf("%s", brief(got))
			}
			got = s.want(t, 200, "POST", "/Bulk", bulkBody(`"failOnErrors":3,`, operations...))
			if bulkStatuses(got) != "409:uniqueness 409:uniqueness 201 409:uniqueness" || got["failOnErrors"] != nil {
				t.Errorf("%s", brief(got))
			}
			s.want(t, 400, "POST", "/Bulk", bulkBody(`"failOnErrors":-1,`, operations...))
			s.want(t, 400, "POST", "/Bulk", bulkBody(`"failOnErrors":"1",`, operations...))
		})
		t.Run("BLK-02,04,31 bodies that are no bulk request", func(t *testing.T) {
			for _, body := range []string{
				``, `{`, `[]`, `null`, `{"Operations":[]}`, bulkBody(""), `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"method":"DELETE","path":"/Users/1"}]}`,
				`{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":{}}`, bulkBody("", `7`), bulkBody("", `{"method":1}`),
			} {
				if got := s.want(t, 400, "POST", "/Bulk", body); got["scimType"] != "invalidSyntax" {
					t.Errorf("%s: %s", body, brief(got))
				}
			}
		})
		t.Run("BLK-23..25 limits in bytes, with and without a length", func(t *testing.T) {
			large := bulkBody("", postUser("first", "limit-first"), postUser("large", "limit-large", `"title":"`+strings.Repeat("x", 8<<20)+`"`))
			for name, body := range map[string]io.Reader{"with a length": strings.NewReader(large), "chunked": io.MultiReader(strings.NewReader(large))} {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Base+"/Bulk", body)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Authorization", "Bearer "+s.Token)
				request.Header.Set("Content-Type", "application/scim+json")
				response, answer, err := exchange(t, request, nil)
				if err != nil {
					t.Fatal(err)
				}
				if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(answer), "8388608") {
					t.Errorf("%s: status %d, %s", name, response.StatusCode, answer)
				}
			}
			if list := s.want(t, 200, "GET", "/Users?"+filterQuery(`userName sw "limit-"`), ""); list["totalResults"] != 0.0 {
				t.Errorf("a request over the limit did something: %s", brief(list))
			}
		})
		t.Run("BLK-32 other methods", func(t *testing.T) {
			status, header, _ := s.do(t, "GET", "/Bulk", "")
			if status != http.StatusMethodNotAllowed || !strings.Contains(header.Get("Allow"), "POST") {
				t.Errorf("GET /Bulk: status %d, Allow %q", status, header.Get("Allow"))
			}
		})
	})
}
