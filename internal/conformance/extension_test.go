package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnExtensions covers extensions that an operator adds to User and Group.
func TestOwnExtensions(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, ownSchemas, func(t *testing.T, s *server) {
		badge := func(name, attributes string) string {
			return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + badgeURN + `","` + enterprise + `"],"userName":"` + name + `","` + enterprise + `":{"department":"D"},"` + badgeURN + `":{` + attributes + `}}`
		}
		created := s.want(t, 201, "POST", "/Users", badge("a", `"badge":"B-1","code":"c","color":"Red","floor":9007199254740993,"ratio":0.10,"trusted":"True","since":"2026-01-01T00:00:00Z",
			"scan":"aQ==","page":"https://x/P","doors":["N","n","s"],"keys":[{"value":"k1","type":"main","primary":true},{"value":"k2","type":"side"}],"seat":{"room":"R","desk":7}`))
		path := "/Users/" + created["id"].(string)
		s.want(t, 201, "POST", "/Users", badge("b", `"badge":"B-2","code":"C","color":"blue","floor":2,"ratio":3,"trusted":false,"doors":["s"],"seat":{"desk":8}`))
		s.user(t, "c")
		t.Run("CRE-02 SCH-07,08 stored under the URN", func(t *testing.T) {
			report(t, map[string]any{"schemas": []any{badgeURN, enterprise}, "badge": "$absent", badgeURN: map[string]any{
				"badge": "B-1", "trusted": true, "doors": "$len:2", "keys": "$len:2", "seat": map[string]any{"desk": 7.0},
			}}, s.want(t, 200, "GET", path, ""))
			if text := s.raw(t, path); !strings.Contains(text, `"floor":9007199254740993,"ratio":0.10`) {
				t.Errorf("digits are lost: %s", text)
			}
			s.want(t, 400, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","`+badgeURN+`"],"displayName":"x"}`)
		})
		t.Run("QRY-38,39 filters and sort", func(t *testing.T) {
			for filter, want := range map[string]string{
				`badge eq "b-1"`: "a", `code eq "c"`: "a", `code eq "C"`: "b", `color sw "r"`: "a", `floor lt 3`: "b", `ratio gt 0.1`: "b", `trusted eq true`: "a", `trusted eq false`: "b",
				`since le "2026-01-01T01:00:00+01:00"`: "a", `scan pr`: "a", `page eq "https://x/P"`: "a", `doors eq "S"`: "a b", `seat.desk gt 7`: "b",
				`keys[type eq "side" and value eq "k2"]`: "a", `keys.value eq "K1"`: "", `color pr`: "a b",
			} {
				if got := s.labels(t, "userName", "/Users?sortBy=userName&"+filterQuery(badgeURN+":"+filter)); got != want {
					t.Errorf("%s finds %q, want %q", filter, got, want)
				}
				escaped, _ := json.Marshal(strings.ToUpper(badgeURN) + ":" + filter)
				list := s.want(t, 200, "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":`+string(escaped)+`}`)
				if list["totalResults"] != float64(len(strings.Fields(want))) {
					t.Errorf(".search %s finds %v", filter, list["totalResults"])
				}
			}
			if got := s.labels(t, "userName", "/Users?sortBy="+badgeURN+":floor"); got != "b a c" {
				t.Errorf("sorted by floor: %s", got)
			}
			if got := s.labels(t, "userName", "/Users?sortBy=userName&"+filterQuery(`schemas eq "`+badgeURN+`"`)); got != "a b" {
				t.Errorf("schemas eq finds %s", got)
			}
		})
		t.Run("REA-08,19 projection", func(t *testing.T) {
			report(t, map[string]any{"userName": "$absent", badgeURN: map[string]any{"badge": "B-1"}}, s.want(t, 200, "GET", path+"?attributes="+badgeURN, ""))
			report(t, map[string]any{badgeURN: map[string]any{"floor": "$absent", "seat": map[string]any{"desk": 7.0, "room": "$absent"}}},
				s.want(t, 200, "GET", path+"?attributes="+badgeURN+":seat.desk", ""))
			report(t, map[string]any{badgeURN: map[string]any{"seat": "$absent", "badge": "B-1"}}, s.want(t, 200, "GET", path+"?excludedAttributes="+badgeURN+":seat", ""))
		})
		t.Run("SCH-35 uniqueness", func(t *testing.T) {
			for _, taken := range []string{`"badge":"b-1"`, `"code":"c"`} {
				report(t, map[string]any{"scimType": "uniqueness"}, s.want(t, 409, "POST", "/Users", badge("d", taken)))
			}
			s.want(t, 409, "PATCH", path, patchOp(`{"op":"replace","path":"`+badgeURN+`:badge","value":"B-2"}`))
		})
		t.Run("PAT-22,24,35 PATCH", func(t *testing.T) {
			patched := func(operation string) map[string]any {
				s.want(t, 200, "PATCH", path, patchOp(operation))
				return s.want(t, 200, "GET", path, "")
			}
			report(t, map[string]any{badgeURN: map[string]any{"keys": []any{map[string]any{"value": "k3", "type": "side"}}}},
				patched(`{"op":"replace","path":"`+badgeURN+`:keys[type eq \"side\"].value","value":"k3"}`))
			report(t, map[string]any{badgeURN: map[string]any{"color": "green", "badge": "B-1"}}, patched(`{"op":"add","path":"`+badgeURN+`","value":{"color":"green"}}`))
			report(t, map[string]any{badgeURN: map[string]any{"color": "black"}}, patched(`{"op":"replace","value":{"`+badgeURN+`":{"color":"black"}}}`))
			report(t, map[string]any{badgeURN: "$absent", "schemas": "$len:3", enterprise: map[string]any{"department": "D"}}, patched(`{"op":"remove","path":"`+badgeURN+`"}`))
			s.want(t, 201, "POST", "/Users", badge("e", `"badge":"B-1"`)) // the value was released
		})
		t.Run("SCH-08 extension of Group", func(t *testing.T) {
			group := s.want(t, 201, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","`+costURN+`"],"displayName":"g","`+costURN+`":{"center":"X","budget":12.50,"approvers":["A"]},
				"members":[{"value":"`+created["id"].(string)+`"}]}`)
			report(t, map[string]any{"members": "$len:1", costURN: map[string]any{"center": "X", "budget": 12.5}}, group)
			if got := s.labels(t, "displayName", "/Groups?"+filterQuery(costURN+`:budget gt 12 and `+costURN+`:approvers eq "a"`)); got != "g" {
				t.Errorf("found %q", got)
			}
			s.want(t, 204, "PATCH", "/Groups/"+group["id"].(string), patchOp(`{"op":"remove","path":"`+costURN+`:center"}`))
			report(t, map[string]any{costURN: map[string]any{"center": "$absent", "budget": 12.5}}, s.want(t, 200, "GET", "/Groups/"+group["id"].(string), ""))
		})
	})
}

// writeSchemas writes documents into a directory of their own.
func writeSchemas(t *testing.T, documents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range documents {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRequiredExtension covers DIS-15 and DIS-16.
func TestRequiredExtension(t *testing.T) {
	t.Parallel()
	dir := writeSchemas(t, map[string]string{
		"must.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Must","name":"Must","attributes":[
			{"name":"site","type":"string","multiValued":false,"required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}`,
		"user.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"User","schemaExtensions":[{"schema":"urn:example:Must","required":true}]}`,
	})
	onEachStoreWith(t, dir, func(t *testing.T, s *server) {
		t.Run("DIS-15,16 required extension", func(t *testing.T) {
			const schemas = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:Must"],"userName":"u"`
			for _, body := range []string{`{` + userSchemas + `,"userName":"u"}`, schemas + `}`, schemas + `,"urn:example:Must":{}}`, schemas + `,"urn:example:Must":{"site":""}}`} {
				report(t, map[string]any{"scimType": "invalidValue"}, s.want(t, 400, "POST", "/Users", body))
			}
			path := "/Users/" + s.want(t, 201, "POST", "/Users", schemas+`,"urn:example:Must":{"site":"x"}}`)["id"].(string)
			s.want(t, 400, "PUT", path, `{`+userSchemas+`,"userName":"u"}`)
			for _, gone := range []string{"urn:example:Must", "urn:example:Must:site"} {
				s.want(t, 400, "PATCH", path, patchOp(`{"op":"remove","path":"`+gone+`"}`))
			}
			s.want(t, 200, "PATCH", path, patchOp(`{"op":"replace","path":"urn:example:Must:site","value":"y"}`))
			s.want(t, 201, "POST", "/Groups", `{`+groupSchemas+`,"displayName":"no extension is required here"}`)
		})
	})
}

// TestManager covers what the enterprise extension says of the manager.
func TestManager(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("SCH-59 displayName is the server's, value is an id", func(t *testing.T) {
			boss := s.user(t, "boss")
			id := s.user(t, "clerk", `"`+enterprise+`":{"manager":{"value":"`+boss+`","displayName":"Forged"}}`)
			path := "/Users/" + id
			report(t, map[string]any{enterprise: map[string]any{"manager": map[string]any{"value": boss, "displayName": "$absent"}}}, s.want(t, 200, "GET", path, ""))
			got := s.want(t, 400, "PATCH", path, patchOp(`{"op":"replace","path":"`+enterprise+`:manager.displayName","value":"Forged"}`))
			if got["scimType"] != "mutability" {
				t.Errorf("%s", brief(got))
			}
			list := s.want(t, 200, "GET", "/Users?"+filterQuery(enterprise+`:manager.value eq "`+boss+`"`), "")
			report(t, map[string]any{"totalResults": 1.0, "Resources": []any{map[string]any{"id": id}}}, list)
		})
	})
}
