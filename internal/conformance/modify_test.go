package conformance

import (
	"fmt"
	"strings"
	"testing"
)

// TestModify covers PAT beyond the worked examples.
func TestModify(t *testing.T) {
	t.Parallel()
	onEachStoreWithTypes(t, func(t *testing.T, s *server) {
		const state = `"name":{"givenName":"G","familyName":"F"},"nickName":"N","emails":[{"value":"w@x","type":"work","primary":true,"display":"d"},{"value":"h@x","type":"home","display":"d"},{"value":"o@x","type":"home"}],"` + enterprise + `":{"department":"D","manager":{"value":"m"}}`
		path := "/Users/" + s.user(t, "modify", state)
		before := s.want(t, 200, "GET", path, "")
		for _, rule := range []struct {
			name, scimType string
			bodies         []string
		}{
			{"PAT-01 ERR-08 without the URN", "invalidSyntax", []string{`{"Operations":[{"op":"add","path":"title","value":"x"}]}`, `{"schemas":["urn:x:y"],"Operations":[{"op":"add","path":"title","value":"x"}]}`}},
			{"PAT-02 without operations", "invalidSyntax", []string{patchOp(), `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":{}}`}},
			{"PAT-03 other operations", "invalidSyntax", []string{patchOp(`{"op":"move","path":"title","value":"x"}`), patchOp(`{"op":"test","path":"title","value":"x"}`), patchOp(`{"path":"title","value":"x"}`), patchOp(`{"op":7}`)}},
			{"PAT-11,14 ERR-09 paths that are none", "invalidPath", []string{patchOp(`{"op":"replace","path":"emails[0].value","value":"x"}`), patchOp(`{"op":"replace","path":"/emails/0","value":"x"}`), patchOp(`{"op":"replace","path":"name.","value":"x"}`), patchOp(`{"op":"replace","path":"a b","value":"x"}`)}},
			{"PAT-15 unknown attributes", "invalidPath", []string{patchOp(`{"op":"replace","path":"nope","value":"x"}`), patchOp(`{"op":"remove","path":"name.nope"}`), patchOp(`{"op":"add","path":"urn:x:y:z","value":"x"}`)}},
			{"PAT-16 filters that are none", "invalidFilter", []string{patchOp(`{"op":"replace","path":"emails[type zz \"a\"].value","value":"x"}`), patchOp(`{"op":"remove","path":"emails[nope eq \"a\"]"}`), patchOp(`{"op":"remove","path":"emails[primary gt true]"}`)}},
			{"PAT-17 SCH-53 read-only targets", "mutability", []string{patchOp(`{"op":"replace","path":"id","value":"x"}`), patchOp(`{"op":"add","path":"meta.created","value":"2024-01-01T00:00:00Z"}`), patchOp(`{"op":"add","path":"groups","value":[{"value":"x"}]}`), patchOp(`{"op":"remove","path":"groups[value eq \"x\"]"}`)}},
			{"PAT-19 ERR-11 values of another type", "invalidValue", []string{patchOp(`{"op":"replace","path":"title","value":7}`), patchOp(`{"op":"add","path":"emails","value":[7]}`), patchOp(`{"op":"replace","path":"name","value":"x"}`), patchOp(`{"op":"add","value":"x"}`)}},
			{"PAT-27,54 without a value", "invalidValue", []string{patchOp(`{"op":"add","path":"title"}`), patchOp(`{"op":"replace","path":"title"}`), patchOp(`{"op":"add"}`)}},
			{"PAT-37,52 ERR-10 without a target", "noTarget", []string{patchOp(`{"op":"remove"}`), patchOp(`{"op":"remove","value":{"title":1}}`), patchOp(`{"op":"replace","path":"emails[type eq \"fax\"]","value":{"value":"x"}}`)}},
			{"PAT-42 what is required or read-only stays", "mutability", []string{patchOp(`{"op":"remove","path":"userName"}`), patchOp(`{"op":"remove","path":"id"}`), patchOp(`{"op":"remove","path":"active"}`)}},
			{"PAT-53 what is required is not set to null", "invalidValue", []string{patchOp(`{"op":"replace","path":"userName","value":null}`), patchOp(`{"op":"replace","value":{"userName":""}}`)}},
			{"PAT-06 the last of several", "noTarget", []string{patchOp(`{"op":"replace","path":"title","value":"x"}`, `{"op":"remove","path":"emails"}`, `{"op":"remove"}`)}},
		} {
			t.Run(rule.name, func(t *testing.T) {
				for _, body := range rule.bodies {
					s.refuse(t, 400, rule.scimType, "PATCH", path, body)
				}
				same(t, before, s.want(t, 200, "GET", path, ""))
			})
		}
		for n, rule := range []struct {
			name, operations string
			want             map[string]any
		}{
			{"PAT-04 op ignores case", `{"op":"ADD","path":"title","value":"T"},{"op":"Replace","path":"nickName","value":"R"}`, map[string]any{"title": "T", "nickName": "R"}},
			{"PAT-05,07 in order, each on the one before", `{"op":"add","path":"title","value":"1"},{"op":"replace","path":"title","value":"2"},{"op":"remove","path":"nickName"},{"op":"add","path":"nickName","value":"3"}`, map[string]any{"title": "2", "nickName": "3", "id": "$string"}},
			{"PAT-12 paths ignore case", `{"op":"replace","path":"NAME.GIVENname","value":"X"},{"op":"replace","path":"URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User:DEPARTMENT","value":"Y"}`, map[string]any{"name": map[string]any{"givenName": "X"}, enterprise: map[string]any{"department": "Y"}}},
			{
				"PAT-13 every form of a path", `{"op":"replace","path":"userName","value":"USER"},{"op":"replace","path":"name.familyName","value":"X"},{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"1@x","type":"work"}},{"op":"replace","path":"emails[type eq \"home\"].display","value":"2"},{"op":"replace","path":"` + enterprise + `:department","value":"3"},{"op":"replace","path":"` + enterprise + `:manager.value","value":"4"},{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq \"work\"].display","value":"5"}`,
				map[string]any{"name": map[string]any{"familyName": "X"}, "emails": []any{map[string]any{"value": "1@x", "display": "5"}, map[string]any{"value": "o@x", "display": "2"}}, enterprise: map[string]any{"department": "3", "manager": map[string]any{"value": "4"}}},
			},
			{"PAT-21 one primary", `{"op":"replace","path":"emails[value eq \"o@x\"].primary","value":true}`, map[string]any{"emails": []any{map[string]any{"value": "w@x", "primary": "$not:true"}, map[string]any{"value": "o@x", "primary": true}}}},
			{"PAT-22,24 schemas follow the data", `{"op":"remove","path":"` + enterprise + `:manager"},{"op":"remove","path":"` + enterprise + `:department"}`, map[string]any{"schemas": "$len:2", enterprise: "$absent"}},
			{"PAT-23 a change of schemas holds for what follows", `{"op":"remove","path":"` + enterprise + `"},{"op":"add","path":"schemas","value":["` + enterprise + `"]},{"op":"add","path":"` + enterprise + `:division","value":"V"}`, map[string]any{"schemas": []any{enterprise}, enterprise: map[string]any{"division": "V", "department": "$absent"}}},
			{"PAT-28,30 add without a path merges", `{"op":"add","value":{"title":"T","name":{"middleName":"M"},"emails":[{"value":"n@x"}]}}`, map[string]any{"title": "T", "nickName": "N", "name": map[string]any{"givenName": "G", "middleName": "M"}, "emails": "$len:4"}},
			{"PAT-29 add replaces a single value", `{"op":"add","path":"nickName","value":"X"}`, map[string]any{"nickName": "X"}},
			{"PAT-31 add appends", `{"op":"add","path":"emails","value":[{"value":"1@x"},{"value":"2@x"}]},{"op":"add","path":"emails","value":{"value":"3@x"}}`, map[string]any{"emails": "$len:6"}},
			{"PAT-33,34 add to and into a complex value", `{"op":"add","path":"name","value":{"middleName":"M"}},{"op":"remove","path":"` + enterprise + `:manager"},{"op":"add","path":"` + enterprise + `:manager.value","value":"x"}`, map[string]any{"name": map[string]any{"givenName": "G", "familyName": "F", "middleName": "M"}, enterprise: map[string]any{"manager": map[string]any{"value": "x"}}}},
			{"PAT-35 extensions without a path", `{"op":"add","value":{"` + enterprise + `":{"division":"V"},"` + enterprise + `:costCenter":"C"}}`, map[string]any{enterprise: map[string]any{"division": "V", "costCenter": "C", "department": "D"}}},
			{"PAT-36 AMB-06 add makes the element that a filter describes", `{"op":"add","path":"emails[type eq \"other\"].value","value":"n@x"}`, map[string]any{"emails": []any{map[string]any{"value": "n@x", "type": "other"}}}},
			{"PAT-38,39 remove unassigns", `{"op":"remove","path":"nickName"},{"op":"remove","path":"emails"},{"op":"remove","path":"name.givenName"}`, map[string]any{"nickName": "$absent", "emails": "$absent", "name": map[string]any{"givenName": "$absent", "familyName": "F"}}},
			{"PAT-40 AMB-04 remove by a filter", `{"op":"remove","path":"emails[type eq \"home\"]"},{"op":"remove","path":"emails[type eq \"work\"]"}`, map[string]any{"emails": "$absent"}},
			{"PAT-41 remove a sub-attribute by a filter", `{"op":"remove","path":"emails[type eq \"home\"].display"}`, map[string]any{"emails": []any{map[string]any{"value": "w@x", "display": "d"}, map[string]any{"value": "h@x", "display": "$absent"}}}},
			{"PAT-46 AMB-02 replace without a path", `{"op":"replace","value":{"nickName":"X","emails":[{"value":"z@x"}]}}`, map[string]any{"nickName": "X", "emails": "$len:1", "name": map[string]any{"givenName": "G"}}},
			{"PAT-47,48 replace a value and all values", `{"op":"replace","path":"title","value":"T"},{"op":"replace","path":"emails","value":[{"value":"z@x"}]}`, map[string]any{"title": "T", "emails": "$len:1"}},
			{"PAT-49 AMB-03 replace keeps what is not given", `{"op":"replace","path":"name","value":{"givenName":"X"}}`, map[string]any{"name": map[string]any{"givenName": "X", "familyName": "F"}}},
			{"PAT-50,51 replace every match", `{"op":"replace","path":"emails[type eq \"home\"].display","value":"H"}`, map[string]any{"emails": []any{map[string]any{"value": "h@x", "display": "H"}, map[string]any{"value": "o@x", "display": "H"}, map[string]any{"value": "w@x", "display": "d"}}}},
			{"PAT-53 SCH-21 null and an empty array unassign", `{"op":"replace","path":"nickName","value":null},{"op":"replace","path":"emails","value":[]}`, map[string]any{"nickName": "$absent", "emails": "$absent"}},
			{"PAT-55 read-only attributes without a path are an echo", `{"op":"replace","value":{"id":"x","meta":{"version":"y"},"groups":[],"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"title":"T"}}`, map[string]any{"id": "$not:x", "title": "T"}},
		} {
			t.Run(rule.name, func(t *testing.T) {
				name := fmt.Sprint("modify", n)
				fresh := "/Users/" + s.user(t, name, state)
				got := s.want(t, 200, "PATCH", fresh, patchOp(strings.ReplaceAll(rule.operations, "USER", name+"-new")))
				report(t, rule.want, got)
				report(t, got, s.want(t, 200, "GET", fresh, ""))
			})
		}
		t.Run("PAT-25,32,44 what changes nothing is no change", func(t *testing.T) {
			for _, operations := range []string{
				`{"op":"replace","path":"nickName","value":"N"}`, `{"op":"add","path":"emails","value":[{"value":"w@x","type":"work"}]}`, `{"op":"remove","path":"title"}`,
				`{"op":"remove","path":"emails[type eq \"fax\"]"}`, `{"op":"add","path":"title","value":"x"},{"op":"remove","path":"title"}`, `{"op":"add","value":{"name":{"givenName":"G"}}}`,
			} {
				same(t, before, s.want(t, 200, "PATCH", path, patchOp(operations)))
			}
			same(t, before, s.want(t, 200, "GET", path, ""))
		})
		t.Run("PAT-08,09 204 with the tag, 200 when something is asked for", func(t *testing.T) {
			group := "/Groups/" + s.group(t, "tags")
			status, header, document := s.do(t, "PATCH", group, patchOp(`{"op":"replace","path":"displayName","value":"tags2"}`))
			if status != 204 || document != nil || header.Get("ETag") != s.version(t, group) {
				t.Errorf("status %d, ETag %q", status, header.Get("ETag"))
			}
			report(t, map[string]any{"displayName": "tags3", "meta": "$absent"}, s.want(t, 200, "PATCH", group+"?attributes=displayName", patchOp(`{"op":"replace","path":"displayName","value":"tags3"}`)))
		})
		t.Run("PAT-10,58 nobody and collections", func(t *testing.T) {
			body := patchOp(`{"op":"add","path":"title","value":"T"}`)
			s.want(t, 404, "PATCH", "/Users/nobody", body)
			s.want(t, 404, "PATCH", "/Users/0190c8a0-0000-7000-8000-000000000000", body)
			if status, header, _ := s.do(t, "PATCH", "/Users", body); status != 405 || header.Get("Allow") == "" {
				t.Errorf("status %d", status)
			}
		})
		t.Run("PAT-20 uniqueness", func(t *testing.T) {
			s.user(t, "used")
			s.refuse(t, 409, "uniqueness", "PATCH", path, patchOp(`{"op":"replace","path":"title","value":"x"}`, `{"op":"replace","path":"userName","value":"USED"}`))
			same(t, before, s.want(t, 200, "GET", path, ""))
		})
		t.Run("PAT-57 AMB-19 If-Match", func(t *testing.T) {
			s.want(t, 412, "PATCH", path, patchOp(`{"op":"replace","path":"title","value":"x"}`), "If-Match", `W/"99"`)
			same(t, before, s.want(t, 200, "GET", path, ""))
			s.want(t, 200, "PATCH", path, patchOp(`{"op":"replace","path":"title","value":"x"}`), "If-Match", before["meta"].(map[string]any)["version"].(string))
		})
		t.Run("PAT-56 thousands of operations, and too many", func(t *testing.T) {
			group := "/Groups/" + s.group(t, "many")
			id := strings.TrimPrefix(path, "/Users/")
			pair := `{"op":"add","path":"members","value":[{"value":"` + id + `"}]},{"op":"remove","path":"members[value eq \"` + id + `\"]"},`
			s.want(t, 204, "PATCH", group, patchOp(strings.TrimSuffix(strings.Repeat(pair, 2500), ",")))
			s.want(t, 413, "PATCH", group, patchOp(strings.TrimSuffix(strings.Repeat(pair, 5001), ",")))
		})
	})
}
