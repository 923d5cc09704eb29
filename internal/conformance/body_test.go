package conformance

import (
	"strings"
	"testing"
)

// TestBodies sends bodies that are refused, and such that only look wrong.
func TestBodies(t *testing.T) {
	t.Parallel()
	const core = "urn:ietf:params:scim:schemas:core:2.0:"
	user := func(members string) string { return `{` + userSchemas + `,` + members + `}` }
	gauge := func(members string) string { return `{"schemas":["urn:example:Gauge"],"label":"g",` + members + `}` }
	onEachStoreWithTypes(t, func(t *testing.T, s *server) {
		for _, tc := range []struct{ name, path, body, scimType string }{
			{"SCH-03 without schemas", "/Users", `{"userName":"a"}`, "invalidSyntax"},
			{"SCH-03 with no schemas", "/Users", `{"schemas":[],"userName":"a"}`, "invalidSyntax"},
			{"SCH-04 foreign schema", "/Users", `{"schemas":["` + core + `User","urn:x:y"],"userName":"a"}`, "invalidValue"},
			{"SCH-05 extension alone", "/Users", `{"schemas":["` + enterprise + `"],"userName":"a"}`, "invalidSyntax"},
			{"CRE-13 schema of another type", "/Users", `{"schemas":["` + core + `Group"],"userName":"a"}`, "invalidValue"},
			{"SCH-09 CRE-10 number for a string", "/Users", user(`"userName":"a","title":7`), "invalidValue"},
			{"SCH-09 boolean for a string", "/Users", user(`"userName":"a","title":true`), "invalidValue"},
			{"CRE-10 string for a complex value", "/Users", user(`"userName":"a","name":"x"`), "invalidValue"},
			{"SCH-10 boolean in other words", "/Users", user(`"userName":"a","active":"yes"`), "invalidValue"},
			{"SCH-10 number for a boolean", "/Users", user(`"userName":"a","active":1`), "invalidValue"},
			{"SCH-11 fraction", "/Gauges", gauge(`"size":1.5`), "invalidValue"},
			{"SCH-11 point", "/Gauges", gauge(`"size":1.0`), "invalidValue"},
			{"SCH-11 exponent", "/Gauges", gauge(`"size":1e3`), "invalidValue"},
			{"SCH-12 decimal as a string", "/Gauges", gauge(`"weight":"1.5"`), "invalidValue"},
			{"SCH-12 decimal beyond the range", "/Gauges", gauge(`"weight":1e999`), "invalidValue"},
			{"SCH-13 date alone", "/Gauges", gauge(`"seen":"2024-01-01"`), "invalidValue"},
			{"SCH-13 no such day", "/Gauges", gauge(`"seen":"2024-02-30T00:00:00Z"`), "invalidValue"},
			{"SCH-14 bad alphabet", "/Gauges", gauge(`"blob":"%%%%"`), "invalidValue"},
			{"SCH-15 reference as an object", "/Gauges", gauge(`"link":{"value":"x"}`), "invalidValue"},
			{"SCH-18 two primaries", "/Users", user(`"userName":"a","emails":[{"value":"a@x","primary":true},{"value":"b@x","primary":true}]`), "invalidValue"},
			{"SCH-25 missing required attribute", "/Users", user(`"title":"t"`), "invalidValue"},
			{"SCH-26 empty userName", "/Users", user(`"userName":""`), "invalidValue"},
			{"SCH-26 blank userName", "/Users", user(`"userName":"  "`), "invalidValue"},
			{"SCH-56 group without displayName", "/Groups", `{` + groupSchemas + `}`, "invalidValue"},
			{"SCH-62 one name in two cases", "/Users", user(`"userName":"a","username":"b"`), "invalidSyntax"},
			{"SCH-62 one name twice", "/Users", user(`"userName":"a","title":"t","title":"t"`), "invalidSyntax"},
			{"SCH-62 a sub-attribute in two cases", "/Users", user(`"userName":"a","name":{"givenName":"x","GIVENNAME":"y"}`), "invalidSyntax"},
			{"SCH-62 an unknown name twice", "/Users", user(`"userName":"a","x":1,"x":2`), "invalidSyntax"},
			{"SCH-62 a message member twice", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"count":1,"COUNT":2}`, "invalidSyntax"},
			{"CRE-09 broken JSON", "/Users", `{"userName":`, "invalidSyntax"},
			{"CRE-09 array", "/Users", `[]`, "invalidSyntax"},
			{"CRE-09 empty body", "/Users", ` `, "invalidSyntax"},
		} {
			t.Run(tc.name, func(t *testing.T) { s.refuse(t, 400, tc.scimType, "POST", tc.path, tc.body) })
		}
		for _, path := range []string{"/Users", "/Groups", "/Gauges"} {
			if list := s.want(t, 200, "GET", path, ""); list["totalResults"] != 0.0 {
				t.Errorf("%s: a refused body left something: %s", path, brief(list))
			}
		}
		t.Run("SCH-01,06,07,08 names ignore case, schemas say what is there", func(t *testing.T) {
			body := `{"SCHEMAS":["` + enterprise + `","` + core + `User","` + core + `User"],"USERNAME":"case","NAME":{"GivenName":"G"},
				"department":"at the wrong place","` + strings.ToUpper(enterprise) + `":{"title":"at the wrong place","Division":"D"}}`
			got := s.lenient().want(t, 201, "POST", "/Users", body)
			report(t, map[string]any{
				"userName": "case", "name": map[string]any{"givenName": "G"}, "title": "$absent", "department": "$absent",
				"schemas": "$len:3", enterprise: map[string]any{"division": "D", "department": "$absent"},
			}, got)
			bare := s.want(t, 201, "POST", "/Users", `{"schemas":["`+enterprise+`","`+core+`User"],"userName":"bare"}`)
			report(t, map[string]any{"schemas": "$len:2", enterprise: "$absent"}, bare)
		})
		t.Run("AMB-01 unknown attributes are ignored", func(t *testing.T) {
			report(t, map[string]any{"shoeSize": "$absent", "name": map[string]any{"nick": "$absent"}},
				s.want(t, 201, "POST", "/Users", user(`"userName":"unknown","shoeSize":44,"name":{"nick":"n","givenName":"g"}`)))
		})
		t.Run("AMB-14 an extension that schemas does not name is taken", func(t *testing.T) {
			id := s.user(t, "undeclared", `"`+enterprise+`":{"department":"D"}`)
			want := map[string]any{"schemas": []any{enterprise}, enterprise: map[string]any{"department": "D"}}
			report(t, want, s.want(t, 200, "GET", "/Users/"+id, ""))
			report(t, want, s.want(t, 200, "PUT", "/Users/"+id, user(`"userName":"undeclared","`+enterprise+`":{"department":"D"}`)))
		})
		t.Run("SEC-31 depth, names and numbers are bounded", func(t *testing.T) {
			s.refuse(t, 400, "invalidSyntax", "POST", "/Users", user(`"userName":"a","x":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)))
			s.refuse(t, 400, "invalidValue", "POST", "/Gauges", gauge(`"size":`+strings.Repeat("9", 100_000)))
			s.refuse(t, 400, "invalidValue", "POST", "/Gauges", gauge(`"weight":0.`+strings.Repeat("9", 100_000)))
			s.want(t, 413, "POST", "/Users", user(`"userName":"a",`+strings.Repeat(`"k":1,`, 1<<18)+`"title":"t"`))
		})
	})
}
