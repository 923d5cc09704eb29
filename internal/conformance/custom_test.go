package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// ownSchemas holds the documents of an operator: the type Device, which has an
// attribute of every kind, and extensions of User and Group.
const ownSchemas = "../../testdata/schemas"

const (
	deviceURN   = "urn:example:scim:schemas:Device"
	warrantyURN = "urn:example:scim:schemas:extension:warranty:Device"
	badgeURN    = "urn:example:scim:schemas:extension:badge:User"
	costURN     = "urn:example:scim:schemas:extension:cost:Group"
)

// device creates a device with more members of the JSON object.
func (s *server) device(t *testing.T, label string, more ...string) string {
	t.Helper()
	body := `{"schemas":["` + deviceURN + `","` + warrantyURN + `"],"label":"` + label + `"` + joined(more) + `}`
	return s.want(t, http.StatusCreated, "POST", "/Devices", body)["id"].(string)
}

// labels lists one attribute of what a query finds, in its order.
func (s *server) labels(t *testing.T, attribute, path string) string {
	t.Helper()
	var out []string
	resources, _ := s.want(t, 200, "GET", path, "")["Resources"].([]any)
	for _, r := range resources {
		out = append(out, fmt.Sprint(r.(map[string]any)[attribute]))
	}
	return strings.Join(out, " ")
}

// TestOwnTypeDiscovery covers DIS for what an operator adds.
func TestOwnTypeDiscovery(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, ownSchemas, func(t *testing.T, s *server) {
		t.Run("DIS-10,11,14,17 types and schemas are published", func(t *testing.T) {
			report(t, map[string]any{
				"name": "Device", "endpoint": "/Devices", "schema": deviceURN,
				"schemaExtensions": []any{map[string]any{"schema": warrantyURN, "required": false}},
			}, s.want(t, 200, "GET", "/ResourceTypes/Device", ""))
			report(t, map[string]any{
				"name": "User", "endpoint": "/Users", "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
				"schemaExtensions": []any{map[string]any{"schema": enterprise, "required": false}, map[string]any{"schema": badgeURN, "required": false}},
			},
				s.want(t, 200, "GET", "/ResourceTypes/User", ""))
			report(t, map[string]any{"schemaExtensions": []any{map[string]any{"schema": costURN}}}, s.want(t, 200, "GET", "/ResourceTypes/Group", ""))
			if list := s.want(t, 200, "GET", "/ResourceTypes", ""); list["totalResults"] != 3.0 {
				t.Errorf("resource types: %s", brief(list))
			}
			for _, urn := range []string{deviceURN, warrantyURN, badgeURN, costURN} {
				one := s.want(t, 200, "GET", "/Schemas/"+urn, "")
				checkAttributes(t, one["attributes"].([]any), false)
			}
		})
	})
}

// TestOwnType covers CRE, REA, PUT and PAT on a type of the operator's own with
// every data type, mutability and way to be returned.
func TestOwnType(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, ownSchemas, func(t *testing.T, s *server) {
		owner := s.user(t, "owner")
		full := `"kind":"Laptop","serial":"S-1","number":9007199254740993,"weight":1.2345678901234567890,"active":false,"bought":"2026-01-02T03:04:05.5+02:00",
			"image":"aGVsbG8=","manual":"https://x.example/Manual","owner":{"value":"` + owner + `","$ref":"../Users/` + owner + `","note":"n"},
			"tags":["Red","red","blue"],"codes":[1,2,1],"addresses":[{"value":"10.0.0.1","type":"ip","primary":true,"speed":0.1,"since":"2026-01-01T00:00:00Z"},{"value":"aa:bb","type":"mac"}],
			"hint":"h","asset":"mine","password":"Secret-1x","groups":[{"value":"x"}],"` + warrantyURN + `":{"until":"2027-01-01T00:00:00Z","contract":"C-1"}`
		status, header, created := s.do(t, "POST", "/Devices", `{"schemas":["`+deviceURN+`","`+warrantyURN+`"],"label":"One","externalId":"e1",`+full+`}`)
		if status != http.StatusCreated {
			t.Fatalf("status %d: %s", status, brief(created))
		}
		id := created["id"].(string)
		path := "/Devices/" + id
		want := map[string]any{
			"schemas": []any{deviceURN, warrantyURN}, "label": "One", "externalId": "e1", "kind": "Laptop", "serial": "S-1", "active": false,
			"bought": "2026-01-02T03:04:05.5+02:00", "image": "aGVsbG8=", "manual": "https://x.example/Manual",
			"owner": map[string]any{"value": owner, "note": "n"}, "tags": []any{"Red", "blue"}, "codes": []any{1.0, 2.0}, "addresses": "$len:2",
			"hint": "h", "asset": "$absent", "password": "$absent", "groups": "$absent", "members": "$absent",
			warrantyURN: map[string]any{"contract": "C-1"},
			"meta":      map[string]any{"resourceType": "Device", "location": s.Base + path, "version": header.Get("ETag")},
		}
		t.Run("CRE-02,04 create with every kind", func(t *testing.T) { report(t, want, created) })
		t.Run("REA-02 SCH-32 read", func(t *testing.T) {
			want["hint"] = "$absent"
			report(t, want, s.want(t, 200, "GET", path, ""))
			report(t, map[string]any{"hint": "h", "label": "One", "kind": "$absent"}, s.want(t, 200, "GET", path+"?attributes=hint", ""))
			report(t, map[string]any{"kind": "Laptop", "label": "One", "tags": "$absent", warrantyURN: "$absent"},
				s.want(t, 200, "GET", path+"?excludedAttributes=label,tags,"+warrantyURN, ""))
			report(t, map[string]any{"addresses": []any{map[string]any{"value": "10.0.0.1", "type": "$absent"}}},
				s.want(t, 200, "GET", path+"?attributes=addresses.value", ""))
		})
		t.Run("SCH-12 numbers keep their digits", func(t *testing.T) {
			text := s.raw(t, path)
			for _, digits := range []string{`"number":9007199254740993`, `"weight":1.2345678901234567890`} {
				if !strings.Contains(text, digits) {
					t.Errorf("%s is not in %s", digits, text)
				}
			}
		})
		t.Run("CRE-10 wrong values", func(t *testing.T) {
			for attribute, value := range map[string]string{
				"number": `9223372036854775808`, "weight": `1e999`, "codes": `[1.5]`, "active": `"perhaps"`, "bought": `"2026-01-02"`, "image": `"***"`,
				"manual": `7`, "owner": `[1]`, "tags": `[{"value":"x"}]`, "addresses": `[{"primary":true,"value":"a"},{"primary":true,"value":"b"}]`, "kind": `{"a":1}`,
			} {
				got := s.want(t, 400, "POST", "/Devices", `{"schemas":["`+deviceURN+`"],"label":"bad","`+attribute+`":`+value+`}`)
				if detail := fmt.Sprint(got["detail"]); got["scimType"] != "invalidValue" || !strings.Contains(detail, attribute) {
					t.Errorf("%s: %s", attribute, brief(got))
				}
			}
			s.want(t, 400, "POST", "/Devices", `{"schemas":["`+deviceURN+`"]}`)
			s.want(t, 400, "POST", "/Devices", `{"schemas":["`+deviceURN+`"],"label":" "}`)
			s.want(t, 400, "POST", "/Devices", `{"schemas":["`+deviceURN+`","`+badgeURN+`"],"label":"bad"}`)
		})
		t.Run("CRE-05 SCH-35 unique values", func(t *testing.T) {
			s.device(t, "Two", `"serial":"s-1"`, `"number":9007199254740992`) // another case, another digit
			for _, taken := range []string{
				`"label":"ONE"`, `"label":"x","serial":"S-1"`, `"label":"x","number":9007199254740993`,
				`"label":"x","` + warrantyURN + `":{"contract":"C-1"}`,
			} {
				got := s.want(t, 409, "POST", "/Devices", `{"schemas":["`+deviceURN+`","`+warrantyURN+`"],`+taken+`}`)
				if got["scimType"] != "uniqueness" {
					t.Errorf("%s: %s", taken, brief(got))
				}
			}
			s.device(t, "Three", `"`+warrantyURN+`":{"contract":"c-1"}`)
		})
		t.Run("PUT-03,08 mutability", func(t *testing.T) {
			body := func(serial string) string {
				return `{"schemas":["` + deviceURN + `"],"label":"One","serial":"` + serial + `","asset":"x","active":true}`
			}
			report(t, map[string]any{"scimType": "mutability"}, s.want(t, 400, "PUT", path, body("S-2")))
			put := s.want(t, 200, "PUT", path, body("S-1"))
			report(t, map[string]any{"schemas": "$len:1", "serial": "S-1", "asset": "$absent", "tags": "$absent", "active": true, warrantyURN: "$absent"}, put)
			s.device(t, "Free", `"`+warrantyURN+`":{"contract":"C-1"}`) // the value was released
			s.want(t, 400, "PATCH", path, patchOp(`{"op":"replace","path":"asset","value":"x"}`))
			s.want(t, 400, "PATCH", path, patchOp(`{"op":"replace","path":"serial","value":"S-2"}`))
		})
		t.Run("PAT active of another type is a plain value", func(t *testing.T) {
			s.want(t, 204, "PATCH", path, patchOp(`{"op":"remove","path":"active"}`))
			report(t, map[string]any{"active": "$absent"}, s.want(t, 200, "GET", path, ""))
			if found := s.labels(t, "label", "/Devices?"+filterQuery(`active pr and label eq "one"`)); found != "" {
				t.Errorf("active pr finds %s", found)
			}
		})
		t.Run("DEL-01", func(t *testing.T) {
			s.want(t, 204, "DELETE", path, "")
			s.want(t, 404, "GET", path, "")
			s.device(t, "One", `"serial":"S-1"`)
		})
	})
}

// raw is the text of an answer, digits and all.
func (s *server) raw(t *testing.T, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.Base+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.Token)
	_, text, err := exchange(t, request, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestOwnTypeQueries covers QRY and SRT on a type of the operator's own.
func TestOwnTypeQueries(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, ownSchemas, func(t *testing.T, s *server) {
		s.device(t, "a", `"kind":"Laptop","serial":"AB","number":2,"weight":0.5,"active":true,"bought":"2026-01-01T00:00:00+01:00","image":"aQ==","manual":"https://x/A","tags":["x","y"],"codes":[1,2],
			"addresses":[{"value":"1","type":"ip","speed":10,"primary":true},{"value":"2","type":"mac","speed":20}],"owner":{"value":"u1"},"`+warrantyURN+`":{"until":"2027-01-01T00:00:00Z","contract":"K1"}`)
		s.device(t, "b", `"kind":"phone","serial":"ab","number":10,"weight":1e1,"active":false,"bought":"2025-12-31T23:30:00Z","tags":["Y"],"codes":[2],
			"addresses":[{"value":"1","type":"mac","speed":20}],"owner":{"value":"u2"},"`+warrantyURN+`":{"until":"2026-01-01T00:00:00Z"}`)
		s.device(t, "c")
		filters := map[string]string{
			`kind eq "LAPTOP"`: "a", `kind sw "P"`: "b", `serial eq "ab"`: "b", `serial co "A"`: "a", `label gt "A"`: "b c", `number gt 2`: "b", `number le 10`: "a b",
			`weight eq 10`: "b", `weight lt 1.0`: "a", `active eq true`: "a", `active eq false`: "b", `active ne true`: "b c", `active pr`: "a b",
			`bought eq "2025-12-31T23:00:00Z"`: "a", `bought gt "2025-12-31T23:00:00Z"`: "b", `image pr`: "a", `manual eq "https://x/A"`: "a", `manual eq "https://x/a"`: "",
			`tags eq "Y"`: "a b", `tags eq "x"`: "a", `tags pr`: "a b", `not (tags eq "x")`: "b c", `codes eq 2`: "a b", `codes eq 1`: "a", `codes gt 1`: "a b",
			`addresses[type eq "mac" and speed eq 20 and value eq "1"]`: "b", `addresses[type eq "ip" and speed ge 10]`: "a", `addresses.value eq "2"`: "a",
			`addresses eq "1"`: "a b", `addresses[primary eq true]`: "a", `owner.value eq "u2"`: "b",
			warrantyURN + `:contract eq "K1"`: "a", warrantyURN + `:contract eq "k1"`: "", warrantyURN + `:until lt "2026-06-01T00:00:00Z"`: "b", warrantyURN + ` pr`: "a b",
			`schemas eq "` + warrantyURN + `"`: "a b", deviceURN + `:kind eq "phone"`: "b", `meta.resourceType eq "Device"`: "a b c", `label eq "B" or serial eq "AB"`: "a b",
		}
		t.Run("QRY-39 filters", func(t *testing.T) {
			for filter, want := range filters {
				if got := s.labels(t, "label", "/Devices?sortBy=label&"+filterQuery(filter)); got != want {
					t.Errorf("%s finds %q, want %q", filter, got, want)
				}
			}
			for _, filter := range []string{`image eq "aQ=="`, `number eq "x"`, `active gt true`, `nothing eq 1`, `asset.x pr`} {
				s.want(t, 400, "GET", "/Devices?"+filterQuery(filter), "")
			}
			s.want(t, 403, "GET", "/Devices?"+filterQuery("password pr"), "")
		})
		t.Run("SEA-01 POST .search", func(t *testing.T) {
			for filter, want := range filters {
				escaped, _ := json.Marshal(filter)
				list := s.want(t, 200, "POST", "/Devices/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"attributes":["label"],"filter":`+string(escaped)+`}`)
				if n := len(strings.Fields(want)); list["totalResults"] != float64(n) {
					t.Errorf("%s finds %v, want %d", filter, list["totalResults"], n)
				}
			}
		})
		t.Run("SRT-02,07 sort", func(t *testing.T) {
			for by, want := range map[string]string{
				"label": "a b c", "kind": "a b c", "number": "a b c", "weight": "a b c", "bought": "a b c", "serial": "a b c", "tags": "a b c",
				warrantyURN + ":until": "b a c", "owner.value": "a b c", "addresses.speed": "a b c",
			} {
				if got := s.labels(t, "label", "/Devices?sortBy="+by); got != want {
					t.Errorf("sortBy %s: %s, want %s", by, got, want)
				}
			}
			if got := s.labels(t, "label", "/Devices?sortBy=number&sortOrder=descending"); got != "c b a" {
				t.Errorf("descending: %s", got)
			}
		})
		t.Run("QRY-06 across types", func(t *testing.T) {
			s.user(t, "a")
			if list := s.want(t, 200, "GET", "/?"+filterQuery(`label eq "a" or userName eq "a"`), ""); list["totalResults"] != 2.0 {
				t.Errorf("over all types: %s", brief(list))
			}
		})
	})
}
