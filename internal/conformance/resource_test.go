package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
)

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// TestCreateAndRead covers CRE, REA and what SCH says of stored values.
func TestCreateAndRead(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + enterprise + `"],"USERNAME":"Read@Example.com","externalId":"Ext-1","password":"Secret-1x",
			"id":"mine","meta":{"resourceType":"X"},"groups":[{"value":"x"}],"name":{"givenName":"G","familyName":"F"},
			"emails":[{"value":"a@x","type":"work","primary":true},{"value":"b@x","type":"home"},{"value":"a@x","type":"work"}],
			"title":null,"roles":[],"` + enterprise + `":{"department":"D","manager":{"value":"m-1"}}}`
		status, header, created := s.lenient().do(t, "POST", "/Users", body)
		if status != http.StatusCreated {
			t.Fatalf("status %d: %s", status, brief(created))
		}
		id := created["id"].(string)
		t.Run("CRE-02..07,12 REA-02 SCH-20,21", func(t *testing.T) {
			location := s.Base + "/Users/" + id
			want := map[string]any{
				"schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:User", enterprise},
				"id":      "$not:mine", "userName": "Read@Example.com", "externalId": "Ext-1", "active": true,
				"password": "$absent", "groups": "$absent", "title": "$absent", "roles": "$absent", "emails": "$len:2",
				enterprise: map[string]any{"department": "D", "manager": map[string]any{"value": "m-1"}},
				"meta":     map[string]any{"resourceType": "User", "location": location, "version": header.Get("ETag")},
			}
			report(t, want, created)
			if header.Get("Location") != location || header.Get("Content-Type") != "application/scim+json" {
				t.Errorf("headers %v", header)
			}
			meta := created["meta"].(map[string]any)
			if meta["created"] != meta["lastModified"] {
				t.Error("a new resource was modified after it was created")
			}
			report(t, created, s.want(t, 200, "GET", "/Users/"+id, ""))
		})
		t.Run("CRE-05,06 SCH-47 INT-02,03 duplicates", func(t *testing.T) {
			for _, name := range []string{"Read@Example.com", "READ@EXAMPLE.COM", "ｒｅａｄ@example.com"} {
				got := s.want(t, 409, "POST", "/Users", `{`+userSchemas+`,"userName":"`+name+`"}`)
				if got["scimType"] != "uniqueness" {
					t.Errorf("scimType %v", got["scimType"])
				}
			}
			s.user(t, "caf\u00e9")
			s.want(t, 409, "POST", "/Users", `{`+userSchemas+`,"userName":"cafe\u0301"}`)
		})
		t.Run("SCH-40 externalId need not be unique", func(t *testing.T) {
			s.user(t, "e1", `"externalId":"same"`)
			s.user(t, "e2", `"externalId":"same"`)
		})
		t.Run("CRE-14 parallel creates of one name", func(t *testing.T) {
			var wg sync.WaitGroup
			statuses := make([]int, 12)
			for i := range statuses {
				wg.Go(func() { statuses[i], _, _ = s.do(t, "POST", "/Users", `{`+userSchemas+`,"userName":"race"}`) })
			}
			wg.Wait()
			won := 0
			for _, status := range statuses {
				switch status {
				case http.StatusCreated:
					won++
				case http.StatusConflict:
				default:
					t.Errorf("status %d", status)
				}
			}
			if won != 1 {
				t.Errorf("%d creates of one name succeeded", won)
			}
		})
		t.Run("REA projections", func(t *testing.T) {
			for query, want := range map[string]map[string]any{
				"attributes=userName":                                                   {"schemas": "$array", "id": id, "userName": "$string", "name": "$absent", "meta": "$absent", "active": "$absent", enterprise: "$absent"},
				"attributes=name.givenName":                                             {"name": map[string]any{"givenName": "G", "familyName": "$absent"}, "userName": "$absent"},
				"attributes=NAME":                                                       {"name": map[string]any{"givenName": "G", "familyName": "F"}},
				"attributes=emails.value":                                               {"emails": []any{map[string]any{"value": "a@x", "type": "$absent"}, map[string]any{"value": "b@x", "primary": "$absent"}}},
				"attributes=" + enterprise + ":department":                              {enterprise: map[string]any{"department": "D", "manager": "$absent"}, "userName": "$absent"},
				"attributes=" + strings.ToUpper(enterprise):                             {enterprise: map[string]any{"department": "D", "manager": "$object"}},
				"attributes=meta.lastModified,active":                                   {"meta": map[string]any{"lastModified": "$string", "created": "$absent", "version": "$absent"}, "active": true},
				"attributes=password,nope":                                              {"password": "$absent", "userName": "$absent", "id": id},
				"excludedAttributes=name.familyName,emails,id":                          {"id": id, "name": map[string]any{"givenName": "G", "familyName": "$absent"}, "emails": "$absent", "userName": "$string"},
				"excludedAttributes=meta,active," + enterprise:                          {"meta": "$absent", "active": "$absent", enterprise: "$absent", "userName": "$string"},
				"unknown=1&attributes=userName":                                         {"userName": "$string", "name": "$absent"},
				"attributes=urn:ietf:params:scim:schemas:core:2.0:User:name.familyName": {"name": map[string]any{"familyName": "F", "givenName": "$absent"}},
			} {
				t.Run(query, func(t *testing.T) {
					report(t, want, s.want(t, 200, "GET", "/Users/"+id+"?"+query, ""))
					list := s.want(t, 200, "GET", "/Users?filter=userName+eq+%22read@example.com%22&"+query, "")
					report(t, want, list["Resources"].([]any)[0])
				})
			}
		})
		t.Run("CRE-11 PAT-08 projections of writes", func(t *testing.T) {
			got := s.want(t, 201, "POST", "/Users?attributes=userName", `{`+userSchemas+`,"userName":"projected","title":"T"}`)
			report(t, map[string]any{"userName": "projected", "title": "$absent", "meta": "$absent"}, got)
			got = s.want(t, 200, "PATCH", "/Users/"+got["id"].(string)+"?attributes=title", patchOp(`{"op":"replace","path":"title","value":"U"}`))
			report(t, map[string]any{"title": "U", "userName": "$absent"}, got)
		})
		t.Run("REA-21 HEAD", func(t *testing.T) {
			status, header, _ := s.do(t, "HEAD", "/Users/"+id, "")
			if status != 200 || header.Get("ETag") == "" || header.Get("Content-Length") == "" {
				t.Errorf("status %d, headers %v", status, header)
			}
		})
	})
}

// TestReplace covers PUT.
func TestReplace(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "put", `"title":"T","nickName":"N","password":"Secret-1x","active":false`)
		before := s.want(t, 200, "GET", "/Users/"+id, "")
		put := func(status int, members string, headers ...string) map[string]any {
			return s.want(t, status, "PUT", "/Users/"+id, `{`+userSchemas+`,`+members+`}`, headers...)
		}
		t.Run("PUT-14 an identical PUT changes nothing", func(t *testing.T) {
			same(t, before, put(200, `"userName":"put","title":"T","nickName":"N"`))
		})
		t.Run("PUT-04..07,13 clears, keeps what others own", func(t *testing.T) {
			got := put(200, `"userName":"put","title":"T2","id":"x","meta":{"created":"1999-01-01T00:00:00Z"},"groups":[]`)
			report(t, map[string]any{"id": id, "title": "T2", "nickName": "$absent", "active": false, "meta": map[string]any{"created": before["meta"].(map[string]any)["created"]}}, got)
			if got["meta"].(map[string]any)["version"] == before["meta"].(map[string]any)["version"] {
				t.Error("the version did not change")
			}
		})
		t.Run("PUT-10 uniqueness", func(t *testing.T) {
			s.user(t, "taken")
			if got := put(409, `"userName":"TAKEN"`); got["scimType"] != "uniqueness" {
				t.Errorf("scimType %v", got["scimType"])
			}
		})
		t.Run("PUT of active", func(t *testing.T) {
			report(t, map[string]any{"active": true}, put(200, `"userName":"put","active":true`))
			report(t, map[string]any{"active": true}, put(200, `"userName":"put","active":null`))
		})
	})
}

// TestDelete covers DEL and TEN-03.
func TestDelete(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "gone")
		group := s.group(t, "keeps", id)
		before := s.want(t, 200, "GET", "/Groups/"+group, "")
		s.want(t, 412, "DELETE", "/Users/"+id, "", "If-Match", `W/"99"`)
		s.want(t, 204, "DELETE", "/Users/"+id, "")
		for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
			s.want(t, 404, method, "/Users/"+id, `{`+userSchemas+`,"userName":"x"}`)
		}
		after := s.want(t, 200, "GET", "/Groups/"+group, "")
		report(t, map[string]any{"members": "$absent"}, after)
		if before["meta"].(map[string]any)["version"] == after["meta"].(map[string]any)["version"] {
			t.Error("a group lost a member and kept its version")
		}
		if again := s.user(t, "gone"); again == id {
			t.Error("an id was used twice")
		}
		t.Run("DEL-08 two deletes at once", func(t *testing.T) {
			id := s.user(t, "twice")
			var wg sync.WaitGroup
			statuses := make([]int, 2)
			for i := range statuses {
				wg.Go(func() { statuses[i], _, _ = s.do(t, "DELETE", "/Users/"+id, "") })
			}
			wg.Wait()
			if statuses[0]+statuses[1] != 204+404 {
				t.Errorf("statuses %v", statuses)
			}
		})
	})
}

// TestETags covers ETG.
func TestETags(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "etag")
		tag := func() string {
			_, header, document := s.do(t, "GET", "/Users/"+id, "")
			if version := document["meta"].(map[string]any)["version"]; version != header.Get("ETag") {
				t.Fatalf("ETag %q, meta.version %q", header.Get("ETag"), version)
			}
			return header.Get("ETag")
		}
		first := tag()
		conditional := func(header, value string) int {
			status, _, _ := s.do(t, "GET", "/Users/"+id, "", header, value)
			return status
		}
		t.Run("ETG-03", func(t *testing.T) {
			for _, header := range []string{first, `"x", ` + first, "*"} {
				if status := conditional("If-None-Match", header); status != 304 {
					t.Errorf("If-None-Match %s: %d", header, status)
				}
			}
			if status := conditional("If-None-Match", `W/"other"`); status != 200 {
				t.Errorf("another tag: %d", status)
			}
		})
		t.Run("ETG-07 membership changes the tag of the member, not its version", func(t *testing.T) {
			group := s.group(t, "etags", id)
			joined := tag()
			if joined == first {
				t.Error("a stale membership would be served from a cache")
			}
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"title","value":"t"}`), "If-Match", first)
			s.want(t, 200, "PATCH", "/Groups/"+group+"?attributes=displayName", patchOp(`{"op":"replace","path":"displayName","value":"renamed"}`))
			if tag() == joined {
				t.Error("the name of a group changed and the tag did not")
			}
		})
		t.Run("ETG-04..06", func(t *testing.T) {
			body := patchOp(`{"op":"replace","path":"title","value":"u"}`)
			s.want(t, 412, "PATCH", "/Users/"+id, body, "If-Match", first)
			s.want(t, 412, "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"etag"}`, "If-Match", first)
			s.want(t, 200, "PATCH", "/Users/"+id, body, "If-Match", `W/"77", `+tag())
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"title","value":"v"}`), "If-Match", "*")
			s.want(t, 412, "DELETE", "/Users/"+id, "", "If-Match", first)
		})
		t.Run("ETG-08 two writes with one tag", func(t *testing.T) {
			current := tag()
			var wg sync.WaitGroup
			statuses := make([]int, 2)
			for i, title := range []string{"one", "two"} {
				wg.Go(func() {
					statuses[i], _, _ = s.do(t, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"title","value":"`+title+`"}`), "If-Match", current)
				})
			}
			wg.Wait()
			if statuses[0]+statuses[1] != 200+412 {
				t.Errorf("statuses %v", statuses)
			}
		})
		t.Run("group changes", func(t *testing.T) {
			group := s.group(t, "versions")
			_, header, _ := s.do(t, "GET", "/Groups/"+group, "")
			before := header.Get("ETag")
			add := patchOp(`{"op":"add","path":"members","value":[{"value":"` + id + `"}]}`)
			_, header, _ = s.do(t, "PATCH", "/Groups/"+group, add)
			after := header.Get("ETag")
			_, header, _ = s.do(t, "PATCH", "/Groups/"+group, add)
			if before == after || header.Get("ETag") != after {
				t.Errorf("tags %s, %s, and after a repeated add %s", before, after, header.Get("ETag"))
			}
		})
	})
}

// TestConcurrentPatches lets many clients change different attributes of one
// user and members of one group: nothing is lost.
func TestConcurrentPatches(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id, group := s.user(t, "busy"), s.group(t, "busy")
		attributes := []string{"title", "nickName", "displayName", "userType", "locale", "timezone"}
		var members []string
		for range attributes {
			members = append(members, s.user(t, uuid.NewString()))
		}
		var wg sync.WaitGroup
		for i, attribute := range attributes {
			wg.Go(func() {
				if status, _, document := s.do(t, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"`+attribute+`","value":"done"}`)); status != 200 {
					t.Errorf("%s: %d %s", attribute, status, brief(document))
				}
			})
			wg.Go(func() {
				if status, _, document := s.do(t, "PATCH", "/Groups/"+group, patchOp(`{"op":"add","path":"members","value":[{"value":"`+members[i]+`"}]}`)); status != 204 {
					t.Errorf("add: %d %s", status, brief(document))
				}
			})
		}
		wg.Wait()
		crowd := s.user(t, "crowd")
		for i := range 64 {
			wg.Go(func() {
				body := patchOp(fmt.Sprintf(`{"op":"add","path":"emails","value":[{"value":"%d@x.example"}]}`, i))
				if status, _, document := s.do(t, "PATCH", "/Users/"+crowd, body); status != 200 {
					t.Errorf("one of a crowd: %d %s", status, brief(document))
				}
			})
		}
		wg.Wait()
		report(t, map[string]any{"emails": "$len:64"}, s.want(t, 200, "GET", "/Users/"+crowd, ""))
		want := map[string]any{}
		for _, attribute := range attributes {
			want[attribute] = "done"
		}
		report(t, want, s.want(t, 200, "GET", "/Users/"+id, ""))
		report(t, map[string]any{"members": "$len:6"}, s.want(t, 200, "GET", "/Groups/"+group, ""))
	})
}

func filterQuery(filter string) string { return "filter=" + url.QueryEscape(filter) }
