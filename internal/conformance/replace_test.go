package conformance

import (
	"net/http"
	"testing"
)

// TestReplaceRules covers PUT where TestReplace does not.
func TestReplaceRules(t *testing.T) {
	t.Parallel()
	onEachStoreWithTypes(t, func(t *testing.T, s *server) {
		id := s.user(t, "put", `"title":"T","emails":[{"value":"a@x"},{"value":"b@x"}],"password":"Secret-1x","`+enterprise+`":{"department":"D"}`)
		path := "/Users/" + id
		body := func(members string) string { return `{` + userSchemas + `,"userName":"put",` + members + `}` }
		t.Run("PUT-01,02 answers the whole resource", func(t *testing.T) {
			got := s.want(t, 200, "PUT", path, body(`"title":"T2"`))
			report(t, map[string]any{"id": id, "userName": "put", "title": "T2", "active": true, "meta": map[string]any{"location": s.Base + path}}, got)
			report(t, got, s.want(t, 200, "GET", path, ""))
			report(t, map[string]any{"userName": "put", "title": "$absent"}, s.want(t, 200, "PUT", path+"?attributes=userName", body(`"title":"T2"`)))
		})
		t.Run("PUT-03,17 never creates", func(t *testing.T) {
			before := s.total(t, "/Users", `userName pr`)
			for _, nobody := range []string{"0190c8a0-0000-7000-8000-000000000000", "nobody"} {
				s.want(t, 404, "PUT", "/Users/"+nobody, `{`+userSchemas+`,"userName":"new"}`)
			}
			if status, header, _ := s.do(t, "PUT", "/Users", `{`+userSchemas+`,"userName":"new"}`); status != 405 || header.Get("Allow") == "" {
				t.Errorf("status %d, Allow %q", status, header.Get("Allow"))
			}
			if s.total(t, "/Users", `userName pr`) != before {
				t.Error("a user was created")
			}
		})
		t.Run("PUT-05,06,12,15 AMB-14 what is left out, or null, is cleared", func(t *testing.T) {
			whole := body(`"title":"T","emails":[{"value":"c@x"}],"` + enterprise + `":{"department":"D"}`)
			for _, cleared := range []string{`"nickName":"n"`, `"title":null,"emails":[],"` + enterprise + `":null`, `"title":null,"emails":null,"` + enterprise + `":{}`} {
				report(t, map[string]any{"title": "T", "emails": "$len:1", "schemas": []any{enterprise}, enterprise: map[string]any{"department": "D"}}, s.want(t, 200, "PUT", path, whole))
				report(t, map[string]any{"title": "$absent", "emails": "$absent", "schemas": "$len:2", enterprise: "$absent"}, s.want(t, 200, "PUT", path, body(cleared)))
			}
		})
		t.Run("PUT-09,16 ERR-07 a refused PUT changes nothing", func(t *testing.T) {
			before := s.want(t, 200, "GET", path, "")
			s.refuse(t, 400, "invalidValue", "PUT", path, `{`+userSchemas+`,"title":"x"}`)
			s.refuse(t, 400, "invalidSyntax", "PUT", path, `{`+userSchemas+`,"userName":`)
			s.refuse(t, 400, "invalidValue", "PUT", path, body(`"title":{"a":1}`))
			s.refuse(t, 400, "invalidSyntax", "PUT", path, `{"userName":"put"}`)
			same(t, before, s.want(t, 200, "GET", path, ""))
			gauge := "/Gauges/" + s.gauge(t, "sealed", `"serial":"1"`)["id"].(string)
			s.refuse(t, 400, "mutability", "PUT", gauge, `{"schemas":["urn:example:Gauge"],"label":"sealed","serial":"2"}`)
		})
		t.Run("PUT-07,10 read-only values are ignored, the own name is free", func(t *testing.T) {
			got := s.want(t, 200, "PUT", path, `{`+userSchemas+`,"userName":"PUT","id":"x","groups":[{"value":"y"}],"meta":{"version":"z"}}`)
			report(t, map[string]any{"id": id, "userName": "PUT", "groups": "$absent"}, got)
			s.want(t, 200, "PUT", path, body(`"title":"T"`))
		})
		t.Run("PUT-11 a password that is left out stays", func(t *testing.T) {
			other := s.user(t, "hidden", `"password":"Secret-1x"`)
			version := s.version(t, "/Users/"+other)
			s.want(t, 200, "PUT", "/Users/"+other, `{`+userSchemas+`,"userName":"hidden"}`)
			s.want(t, 200, "PUT", "/Users/"+other, `{`+userSchemas+`,"userName":"hidden","password":"Secret-1x"}`)
			if s.version(t, "/Users/"+other) != version {
				t.Error("the password was wiped, or the same one counts as new")
			}
		})
	})
}

// TestDeleteRules covers DEL where TestDelete does not.
func TestDeleteRules(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("DEL-01..04,10 a deleted user is gone and leaves the name", func(t *testing.T) {
			id := s.user(t, "leaver")
			path := "/Users/" + id
			status, header, document := s.do(t, "DELETE", path, "")
			if status != 204 || document != nil || header.Get("Content-Type") == "" && header.Get("Content-Length") != "" {
				t.Errorf("status %d, %s", status, brief(document))
			}
			for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE"} {
				body := map[string]string{"PUT": `{` + userSchemas + `,"userName":"leaver"}`, "PATCH": patchOp(`{"op":"replace","path":"active","value":true}`)}[method]
				s.want(t, 404, method, path, body)
			}
			for _, filter := range []string{`id eq "` + id + `"`, `userName eq "leaver"`, `active eq false`, `userName pr`} {
				if n := s.total(t, "/Users", filter); n != 0 {
					t.Errorf("%s finds %v", filter, n)
				}
			}
			if again := s.user(t, "leaver"); again == id {
				t.Error("the id was used again")
			}
		})
		t.Run("DEL-05,06 REA-01 unknown ids and other versions", func(t *testing.T) {
			for _, nobody := range []string{"nobody", "0190c8a0-0000-7000-8000-000000000000"} {
				s.want(t, 404, "DELETE", "/Users/"+nobody, "")
			}
			path := "/Users/" + s.user(t, "stays")
			s.want(t, 412, "DELETE", path, "", "If-Match", `W/"99"`)
			s.want(t, 204, "DELETE", path, "", "If-Match", s.version(t, path))
		})
		t.Run("DEL-07 memberships go on both sides", func(t *testing.T) {
			user, other := s.user(t, "member"), s.user(t, "other")
			inner := s.group(t, "inner", user, other)
			outer := s.group(t, "outer", inner)
			report(t, map[string]any{"groups": "$len:2"}, s.want(t, 200, "GET", "/Users/"+user, ""))
			s.want(t, 204, "DELETE", "/Users/"+other, "")
			report(t, map[string]any{"members": "$len:1"}, s.want(t, 200, "GET", "/Groups/"+inner, ""))
			s.want(t, 204, "DELETE", "/Groups/"+inner, "")
			report(t, map[string]any{"groups": "$absent"}, s.want(t, 200, "GET", "/Users/"+user, ""))
			report(t, map[string]any{"members": "$absent"}, s.want(t, 200, "GET", "/Groups/"+outer, ""))
		})
		t.Run("DEL-09 collections and discovery cannot be deleted", func(t *testing.T) {
			for _, path := range []string{"/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"} {
				if status, header, _ := s.do(t, "DELETE", path, ""); status != http.StatusMethodNotAllowed || header.Get("Allow") == "" {
					t.Errorf("%s: %d, Allow %q", path, status, header.Get("Allow"))
				}
			}
		})
	})
}
