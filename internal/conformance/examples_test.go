package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// patchExample is one worked example of part B of the requirements: what it
// sends, and either the scimType of its refusal or what differs afterwards.
type patchExample struct {
	name, operations, refusal string
	// want is nil where the example changes nothing.
	want map[string]any
}

func value(v string) map[string]any { return map[string]any{"value": v} }

var (
	work = map[string]any{"value": "w@x", "type": "work", "primary": true}
	home = map[string]any{"value": "h@x", "type": "home"}
)

var patchExamples = []patchExample{
	{"B1 add", `{"op":"add","path":"nickName","value":"Babs"}`, "", map[string]any{"nickName": "Babs"}},
	{"B2 add what is there", `{"op":"add","path":"userName","value":"OWN-NAME"}`, "", nil},
	{"B3 add an element that is there", `{"op":"add","path":"emails","value":[{"value":"w@x","type":"work","primary":true}]}`, "", nil},
	{
		"B4 primary moves", `{"op":"add","path":"emails","value":[{"value":"n@x","type":"other","primary":true}]}`, "",
		map[string]any{"emails": []any{map[string]any{"value": "w@x", "primary": "$not:true"}, home, map[string]any{"value": "n@x", "primary": true}}},
	},
	{"B5 add without a path", `{"op":"add","value":{"nickName":"B","emails":[{"value":"n@x"}]}}`, "", map[string]any{"nickName": "B", "emails": []any{work, home, value("n@x")}}},
	{"B6 add to a complex value", `{"op":"add","path":"name","value":{"middleName":"Jane"}}`, "", map[string]any{"name": map[string]any{"givenName": "Barb", "familyName": "J", "middleName": "Jane"}}},
	{"B7 add a sub-attribute", `{"op":"add","path":"name.honorificPrefix","value":"Ms."}`, "", map[string]any{"name": map[string]any{"givenName": "Barb", "familyName": "J", "honorificPrefix": "Ms."}}},
	{"B8 add to an extension", `{"op":"add","path":"` + enterprise + `:employeeNumber","value":"7"}`, "", map[string]any{"schemas": []any{enterprise}, enterprise: map[string]any{"employeeNumber": "7"}}},
	{"B9 add to what is read-only", `{"op":"add","path":"id","value":"x"}`, "mutability", nil},
	{"B10 add without a value", `{"op":"add","path":"nickName"}`, "invalidValue", nil},
	{"B11 remove without a path", `{"op":"remove"}`, "noTarget", nil},
	{"B12 remove what is required", `{"op":"remove","path":"userName"}`, "mutability", nil},
	{"B13 remove all values", `{"op":"remove","path":"emails"}`, "", map[string]any{"emails": "$absent"}},
	{"B14 remove by a filter", `{"op":"remove","path":"emails[type eq \"home\"]"}`, "", map[string]any{"emails": "$len:1"}},
	{"B15 remove a sub-attribute by a filter", `{"op":"remove","path":"emails[type eq \"home\"].type"}`, "", map[string]any{"emails": []any{work, map[string]any{"value": "h@x", "type": "$absent"}}}},
	{"B16 AMB-05 remove what no filter matches", `{"op":"remove","path":"emails[type eq \"fax\"]"}`, "", nil},
	{"B20 replace all values", `{"op":"replace","path":"emails","value":[{"value":"z@x"}]}`, "", map[string]any{"emails": "$len:1"}},
	{
		"B21 replace a sub-attribute by a filter", `{"op":"replace","path":"emails[type eq \"work\"].value","value":"q@x"}`, "",
		map[string]any{"emails": []any{map[string]any{"value": "q@x", "type": "work", "primary": true}, home}},
	},
	{"B22 AMB-05 replace what no filter matches", `{"op":"replace","path":"emails[type eq \"fax\"].value","value":"q@x"}`, "noTarget", nil},
	{
		"B23 AMB-04 replace an element", `{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"h2@x","type":"home","primary":true}}`, "",
		map[string]any{"emails": []any{map[string]any{"value": "w@x", "primary": "$not:true"}, map[string]any{"value": "h2@x", "type": "home", "primary": true}}},
	},
	{"B24 AMB-03 replace in a complex value", `{"op":"replace","path":"name","value":{"givenName":"Bea"}}`, "", map[string]any{"name": map[string]any{"givenName": "Bea", "familyName": "J"}}},
	{"B25 replace what is unassigned", `{"op":"replace","path":"title","value":"VP"}`, "", map[string]any{"title": "VP"}},
	{"B26 AMB-02 replace without a path", `{"op":"add","path":"title","value":"VP"},{"op":"replace","value":{"active":false,"title":null}}`, "", map[string]any{"active": false, "title": "$absent"}},
	{"B27 boolean as a string", `{"op":"replace","path":"active","value":"False"}`, "", map[string]any{"active": false}},
	{"B28 replace groups", `{"op":"replace","path":"groups","value":[]}`, "mutability", nil},
	{"B29 index", `{"op":"replace","path":"emails[0].value","value":"x"}`, "invalidPath", nil},
	{"B30 filter that is none", `{"op":"replace","path":"emails[type zz \"a\"].value","value":"x"}`, "invalidFilter", nil},
	{"B31 all or nothing", `{"op":"replace","path":"title","value":"A"},{"op":"replace","path":"id","value":"x"}`, "mutability", nil},
	{"B33 names ignore case", `{"op":"replace","path":"USERNAME","value":"OWN-NAME-2"}`, "", map[string]any{"userName": "OWN-NAME-2"}},
	{"B35 qualified by the schema", `{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName","value":"K"}`, "", map[string]any{"name": map[string]any{"familyName": "K", "givenName": "Barb"}}},
}

// TestPatchExamples runs part B of the requirements against users.
func TestPatchExamples(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		for _, example := range patchExamples {
			t.Run(example.name, func(t *testing.T) {
				t.Parallel()
				name := uuid.NewString()
				fill := func(text string) string { return strings.ReplaceAll(text, "OWN-NAME", name) }
				path := "/Users/" + s.user(t, name, `"name":{"givenName":"Barb","familyName":"J"},"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}]`)
				before := s.want(t, 200, "GET", path, "")
				body := patchOp(fill(example.operations))
				if example.refusal != "" {
					s.refuse(t, 400, example.refusal, "PATCH", path, body)
				} else {
					after := s.want(t, 200, "PATCH", path, body)
					report(t, filled(t, example.want, fill), after)
					changed := after["meta"].(map[string]any)["version"] != before["meta"].(map[string]any)["version"]
					if changed != (example.want != nil) {
						t.Errorf("changed: %v", changed)
					}
				}
				if example.want == nil {
					same(t, before, s.want(t, 200, "GET", path, ""))
				}
			})
		}
		t.Run("B34 a name that is taken", func(t *testing.T) {
			s.user(t, "taken")
			s.refuse(t, 409, "uniqueness", "PATCH", "/Users/"+s.user(t, "b34"), patchOp(`{"op":"replace","path":"userName","value":"Taken"}`))
		})
		t.Run("B36 projection", func(t *testing.T) {
			got := s.want(t, 200, "PATCH", "/Users/"+s.user(t, "b36")+"?attributes=userName", patchOp(`{"op":"add","path":"title","value":"T"}`))
			report(t, map[string]any{"id": "$string", "userName": "b36", "schemas": "$array", "title": "$absent", "meta": "$absent"}, got)
		})
	})
}

// filled puts a name into an expectation.
func filled(t *testing.T, want map[string]any, fill func(string) string) map[string]any {
	t.Helper()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal([]byte(fill(string(text))), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMemberExamples runs the examples about groups.
func TestMemberExamples(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		u1, u2, u3 := s.user(t, "u1"), s.user(t, "u2"), s.user(t, "u3")
		for _, example := range []struct {
			name, operations string
			left             []any
			changed          bool
		}{
			{"B17 PAT-39 remove all members", `{"op":"remove","path":"members"}`, nil, true},
			{"B18 PAT-43 remove who is no member", `{"op":"remove","path":"members[value eq \"` + u3 + `\"]"}`, []any{value(u1), value(u2)}, false},
			{"B19 PAT-45 remove who is listed", `{"op":"remove","path":"members","value":[{"value":"` + u1 + `"}]}`, []any{value(u2)}, true},
			{"B32 remove all and add", `{"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"` + u2 + `"},{"value":"` + u3 + `"}]}`, []any{value(u2), value(u3)}, true},
		} {
			t.Run(example.name, func(t *testing.T) {
				path := "/Groups/" + s.group(t, example.name, u1, u2)
				before := s.version(t, path)
				s.want(t, 204, "PATCH", path, patchOp(example.operations))
				after := s.want(t, 200, "GET", path, "")
				members, _ := after["members"].([]any)
				if len(members) != len(example.left) {
					t.Errorf("members %s, want %s", brief(members), brief(example.left))
				}
				if len(example.left) > 0 {
					report(t, map[string]any{"members": example.left}, after)
				}
				version := after["meta"].(map[string]any)["version"].(string)
				if (version != before) != example.changed || example.changed && version != `W/"2"` {
					t.Errorf("version %s after %s", version, before)
				}
			})
		}
	})
}
