package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// TestCharacteristics covers mutability, returned and uniqueness on a type that
// has them all.
func TestCharacteristics(t *testing.T) {
	t.Parallel()
	onEachStoreWithTypes(t, func(t *testing.T, s *server) {
		made := s.gauge(t, "one", `"code":"c","hint":"h","seal":"s","pin":"hush"`)
		path := "/Gauges/" + made["id"].(string)
		put := func(status int, members string) map[string]any {
			return s.want(t, status, "PUT", path, `{"schemas":["urn:example:Gauge"],"label":"one",`+members+`}`)
		}
		t.Run("SCH-28 read-only attributes are ignored", func(t *testing.T) {
			got := s.gauge(t, "ignored", `"id":"mine","meta":{"resourceType":"X","version":"1"}`)
			report(t, map[string]any{"id": "$not:mine", "meta": map[string]any{"resourceType": "Gauge"}}, got)
			report(t, map[string]any{"id": made["id"]}, put(200, `"id":"mine","meta":{"created":"1999-01-01T00:00:00Z"},"code":"c","seal":"s"`))
		})
		t.Run("SCH-29 PUT-08 PAT-18 immutable attributes are set once", func(t *testing.T) {
			put(200, `"serial":"S1","code":"c","seal":"s"`)
			put(200, `"serial":"S1","code":"c2","seal":"s"`)
			s.refuse(t, 400, "mutability", "PUT", path, `{"schemas":["urn:example:Gauge"],"label":"one","serial":"S2"}`)
			s.refuse(t, 400, "mutability", "PUT", path, `{"schemas":["urn:example:Gauge"],"label":"one"}`)
			s.refuse(t, 400, "mutability", "PATCH", path, patchOp(`{"op":"replace","path":"serial","value":"S2"}`))
			s.refuse(t, 400, "mutability", "PATCH", path, patchOp(`{"op":"remove","path":"serial"}`))
			s.want(t, 200, "PATCH", path, patchOp(`{"op":"add","path":"serial","value":"S1"}`))
			other := "/Gauges/" + s.gauge(t, "unset")["id"].(string)
			report(t, map[string]any{"serial": "S3"}, s.want(t, 200, "PATCH", other, patchOp(`{"op":"add","path":"serial","value":"S3"}`)))
			report(t, map[string]any{"serial": "S1", "code": "c2"}, s.want(t, 200, "GET", path, ""))
		})
		t.Run("SCH-30,32 never returned, under no projection", func(t *testing.T) {
			answers := fmt.Sprint(made, s.want(t, 200, "PATCH", path+"?attributes=pin", patchOp(`{"op":"replace","path":"pin","value":"hush2"}`)))
			for _, query := range []string{"", "?attributes=pin", "?attributes=pin,label", "?excludedAttributes=label"} {
				answers += s.raw(t, path+query) + s.raw(t, "/Gauges"+query)
			}
			if strings.Contains(answers, "hush") || strings.Contains(answers, "pin") {
				t.Errorf("the pin is shown: %s", answers)
			}
		})
		t.Run("SCH-31 always returned", func(t *testing.T) {
			for _, query := range []string{"", "?attributes=label", "?attributes=nope", "?excludedAttributes=seal", "?excludedAttributes=seal,label"} {
				report(t, map[string]any{"seal": "s", "id": made["id"]}, s.want(t, 200, "GET", path+query, ""))
			}
		})
		t.Run("SCH-33 PAT-26 returned on request, and to who wrote it", func(t *testing.T) {
			report(t, map[string]any{"hint": "h"}, made)
			report(t, map[string]any{"hint": "$absent"}, s.want(t, 200, "GET", path, ""))
			report(t, map[string]any{"hint": "$absent"}, s.want(t, 200, "PATCH", path, patchOp(`{"op":"replace","path":"code","value":"x"}`)))
			report(t, map[string]any{"hint": "h3"}, s.want(t, 200, "PATCH", path, patchOp(`{"op":"replace","path":"hint","value":"h3"}`)))
			report(t, map[string]any{"hint": "h3"}, s.want(t, 200, "GET", path+"?attributes=hint", ""))
			report(t, map[string]any{"hint": "h4"}, put(200, `"serial":"S1","hint":"h4","seal":"s"`))
			for _, r := range s.want(t, 200, "GET", "/Gauges", "")["Resources"].([]any) {
				report(t, map[string]any{"hint": "$absent"}, r)
			}
		})
		t.Run("SCH-34 returned by default, unless left out", func(t *testing.T) {
			report(t, map[string]any{"label": "one"}, s.want(t, 200, "GET", path, ""))
			report(t, map[string]any{"label": "$absent"}, s.want(t, 200, "GET", path+"?excludedAttributes=label", ""))
			report(t, map[string]any{"label": "$absent"}, s.want(t, 200, "GET", path+"?attributes=code", ""))
		})
		t.Run("SCH-35 ERR-06 uniqueness on every way to write", func(t *testing.T) {
			s.gauge(t, "taken")
			s.refuse(t, 409, "uniqueness", "POST", "/Gauges", `{"schemas":["urn:example:Gauge"],"label":"TAKEN"}`)
			s.refuse(t, 409, "uniqueness", "PUT", path, `{"schemas":["urn:example:Gauge"],"label":"Taken","serial":"S1"}`)
			s.refuse(t, 409, "uniqueness", "PATCH", path, patchOp(`{"op":"replace","path":"label","value":"taken"}`))
		})
	})
}

// TestCommonAttributes covers id, externalId and meta.
func TestCommonAttributes(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		status, header, made := s.do(t, "POST", "/Users", `{`+userSchemas+`,"userName":"common","externalId":"Ext/1 ü","meta":{"created":"1999-01-01T00:00:00Z","location":"x"}}`)
		if status != 201 {
			t.Fatalf("status %d", status)
		}
		id := made["id"].(string)
		path := "/Users/" + id
		meta := func(document map[string]any) map[string]any { return document["meta"].(map[string]any) }
		t.Run("SCH-36,38 ids are the server's, opaque and exact", func(t *testing.T) {
			if _, err := uuid.Parse(id); err != nil || strings.Contains(id, "bulkId") {
				t.Errorf("id %q", id)
			}
			s.want(t, 404, "GET", "/Users/"+strings.ToUpper(id), "")
			if n := s.total(t, "/Users", `id eq "`+strings.ToUpper(id)+`"`); n != 0 {
				t.Error("ids ignore case")
			}
			other := s.another(t, "ids", "scim:read", "scim:write")
			seen := map[any]bool{id: true}
			for _, got := range []map[string]any{
				s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"id":"`+id+`","userName":"ids"}`), s.want(t, 201, "POST", "/Groups", `{`+groupSchemas+`,"id":"`+id+`","displayName":"ids"}`),
				other.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"id":"`+id+`","userName":"ids"}`), other.want(t, 201, "POST", "/Groups", `{`+groupSchemas+`,"displayName":"ids"}`),
			} {
				if seen[got["id"]] {
					t.Errorf("two resources have the id %v", got["id"])
				}
				seen[got["id"]] = true
			}
		})
		t.Run("SCH-37 an id is never used again", func(t *testing.T) {
			gone := s.user(t, "again")
			s.want(t, 204, "DELETE", "/Users/"+gone, "")
			seen := map[string]bool{id: true, gone: true}
			for i := range 3 {
				next := s.user(t, strings.Repeat("again", i+1), `"id":"`+gone+`"`)
				if seen[next] {
					t.Error("an id was used twice")
				}
				seen[next] = true
			}
			s.want(t, 404, "GET", "/Users/"+gone, "")
			report(t, map[string]any{"id": id}, s.want(t, 200, "PUT", path, `{`+userSchemas+`,"id":"other","userName":"common","externalId":"Ext/1 ü"}`))
		})
		t.Run("SCH-39 externalId is the client's", func(t *testing.T) {
			report(t, map[string]any{"externalId": "Ext/1 ü"}, made)
			report(t, map[string]any{"externalId": "$absent"}, s.want(t, 200, "GET", "/Users/"+s.user(t, "none"), ""))
			if s.total(t, "/Users", `externalId eq "Ext/1 ü"`) != 1 || s.total(t, "/Users", `externalId eq "EXT/1 ü"`) != 0 {
				t.Error("externalId does not compare exactly")
			}
		})
		t.Run("SCH-41 TEN-06 externalId is scoped to the tenant", func(t *testing.T) {
			other := s.another(t, "beside", "scim:read", "scim:write")
			if n := other.total(t, "/Users", `externalId eq "Ext/1 ü"`); n != 0 {
				t.Errorf("another tenant finds %v", n)
			}
			other.user(t, "common", `"externalId":"Ext/1 ü"`)
			if n := other.total(t, "/Users", `externalId eq "Ext/1 ü"`); n != 1 {
				t.Errorf("its own: %v", n)
			}
		})
		t.Run("SCH-42..44 meta is the server's", func(t *testing.T) {
			if created := meta(made)["created"]; created == "1999-01-01T00:00:00Z" || created != meta(made)["lastModified"] {
				t.Errorf("meta %v", meta(made))
			}
			forged := `"meta":{"created":"1999-01-01T00:00:00Z","lastModified":"1999-01-01T00:00:00Z","version":"W/\"9\""}`
			same := s.want(t, 200, "PUT", path, `{`+userSchemas+`,"userName":"common","externalId":"Ext/1 ü",`+forged+`}`)
			report(t, meta(made), meta(same))
			changed := s.want(t, 200, "PATCH", path, patchOp(`{"op":"add","value":{`+forged+`,"title":"T"}}`))
			if meta(changed)["created"] != meta(made)["created"] || meta(changed)["lastModified"].(string) <= meta(made)["lastModified"].(string) {
				t.Errorf("meta %v after %v", meta(changed), meta(made))
			}
		})
		t.Run("SCH-45,46 ETG-01,02 CRE-03 location and version", func(t *testing.T) {
			if meta(made)["location"] != s.Base+path || header.Get("Location") != s.Base+path || header.Get("Content-Location") != "" {
				t.Errorf("meta %v, headers %v", meta(made), header)
			}
			for _, request := range [][2]string{{"GET", ""}, {"PUT", `{` + userSchemas + `,"userName":"common"}`}, {"PATCH", patchOp(`{"op":"add","path":"title","value":"V"}`)}} {
				_, header, document := s.do(t, request[0], path, request[1])
				if tag := header.Get("ETag"); !strings.HasPrefix(tag, `W/"`) || tag != meta(document)["version"] {
					t.Errorf("%s: ETag %q, meta.version %q", request[0], tag, meta(document)["version"])
				}
			}
			if tag := header.Get("ETag"); tag != meta(made)["version"] {
				t.Errorf("POST: ETag %q, meta.version %q", tag, meta(made)["version"])
			}
		})
	})
}
