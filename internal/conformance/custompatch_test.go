package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestOwnTypePatch covers PAT on a type of the operator's own.
func TestOwnTypePatch(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, ownSchemas, func(t *testing.T, s *server) {
		path := "/Devices/" + s.device(t, "p", `"tags":["a"],"addresses":[{"value":"1","type":"ip"},{"value":"2","type":"mac"}]`)
		for _, tc := range []struct {
			name, operation string
			want            map[string]any
		}{
			{"PAT-11 add to a list", `{"op":"add","path":"tags","value":["A","b"]}`, map[string]any{"tags": "$len:2"}},
			{"PAT-14 element by filter", `{"op":"replace","path":"addresses[type eq \"mac\"].speed","value":1.50}`, map[string]any{"addresses": []any{map[string]any{"type": "mac", "speed": 1.5}}}},
			{"PAT-41 remove an element", `{"op":"remove","path":"addresses[value eq \"1\"]"}`, map[string]any{"addresses": "$len:1"}},
			{"PAT-12 sub-attribute makes its parent", `{"op":"add","path":"owner.note","value":"n"}`, map[string]any{"owner": map[string]any{"note": "n"}}},
			{"PAT-22 URN-qualified add", `{"op":"add","path":"` + warrantyURN + `:contract","value":"C"}`, map[string]any{"schemas": []any{warrantyURN}, warrantyURN: map[string]any{"contract": "C"}}},
			{
				"PAT-35 pathless", `{"op":"replace","value":{"kind":"phone","` + warrantyURN + `:until":"2027-01-01T00:00:00Z","addresses":[{"value":"9"}]}}`,
				map[string]any{"kind": "phone", "addresses": "$len:1", warrantyURN: map[string]any{"contract": "C", "until": "2027-01-01T00:00:00Z"}},
			},
			{"PAT-24 remove at the bare URN", `{"op":"remove","path":"` + warrantyURN + `"}`, map[string]any{"schemas": "$len:1", warrantyURN: "$absent"}},
			{"PAT-35 replace at the bare URN", `{"op":"replace","path":"` + warrantyURN + `","value":{"contract":"D"}}`, map[string]any{warrantyURN: map[string]any{"contract": "D", "until": "$absent"}}},
			{"PAT-11 immutable once", `{"op":"add","path":"serial","value":"S"}`, map[string]any{"serial": "S"}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				s.want(t, 204, "PATCH", path, patchOp(tc.operation))
				report(t, tc.want, s.want(t, 200, "GET", path, ""))
			})
		}
		t.Run("PAT-50 refused and whole", func(t *testing.T) {
			before := s.want(t, 200, "GET", path, "")
			for operation, kind := range map[string]string{
				`{"op":"replace","path":"serial","value":"T"}`:                            "mutability",
				`{"op":"remove","path":"label"}`:                                          "mutability",
				`{"op":"add","path":"codes","value":["x"]}`:                               "invalidValue",
				`{"op":"add","path":"nope","value":1}`:                                    "invalidPath",
				`{"op":"replace","path":"addresses[type eq \"x\"].speed","value":1}`:      "noTarget",
				`{"op":"add","path":"groups","value":[{"value":"x"}]}`:                    "mutability",
				`{"op":"replace","path":"` + warrantyURN + `:until","value":"yesterday"}`: "invalidValue",
			} {
				got := s.want(t, 400, "PATCH", path, patchOp(`{"op":"replace","path":"kind","value":"changed"}`, operation))
				if got["scimType"] != kind {
					t.Errorf("%s: %s", operation, brief(got))
				}
			}
			same(t, before, s.want(t, 200, "GET", path, ""))
		})
	})
}

// TestOwnTypePassword covers SEC for a password that is not a user's: a hash
// apart from the document.
func TestOwnTypePassword(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, ownSchemas, func(t *testing.T, s *server) {
		t.Run("SEC-20 password of another type", func(t *testing.T) {
			id := s.device(t, "secret", `"password":"Hush-1x"`)
			key := store.Key{Tenant: tenantOf(t, s).ID, Type: "Device", ID: uuid.MustParse(id)}
			hash := func() string {
				hash, err := s.Store.PasswordHash(t.Context(), key)
				if err != nil {
					t.Fatal(err)
				}
				return hash
			}
			first := hash()
			if !strings.HasPrefix(first, "$argon2id$") {
				t.Errorf("hash %.10q", first)
			}
			s.want(t, 200, "PUT", "/Devices/"+id, `{"schemas":["`+deviceURN+`"],"label":"secret"}`)
			s.want(t, 204, "PATCH", "/Devices/"+id, patchOp(`{"op":"replace","path":"password","value":"Hush-1x"}`))
			if hash() != first {
				t.Error("the same password is another hash")
			}
			s.want(t, 204, "PATCH", "/Devices/"+id, patchOp(`{"op":"replace","path":"password","value":"Hush-2x"}`))
			if hash() == first {
				t.Error("another password is the same hash")
			}
			record, err := s.Store.Get(t.Context(), key, 0)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := s.Store.AuditOf(t.Context(), key, 10)
			if err != nil {
				t.Fatal(err)
			}
			var changes []byte
			for _, row := range rows {
				changes = append(changes, row.Changes...)
			}
			if all := string(record.Document) + string(changes); strings.Contains(all, "Hush") {
				t.Errorf("the password is in %s", all)
			}
		})
	})
}

// TestOwnTypeRelations covers GRP and relations of types of the operator's own.
func TestOwnTypeRelations(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, ownSchemas, func(t *testing.T, s *server) {
		user, inner := s.user(t, "u"), s.device(t, "inner")
		outer := s.device(t, "outer", `"members":[{"value":"`+inner+`"},{"value":"`+user+`"}]`)
		group := s.group(t, "g", outer, user)
		t.Run("SCH-58 members of any type in a Group", func(t *testing.T) {
			report(t, map[string]any{"members": []any{
				map[string]any{"value": outer, "type": "Device", "$ref": s.Base + "/Devices/" + outer}, map[string]any{"value": user, "type": "User"},
			}}, s.want(t, 200, "GET", "/Groups/"+group, ""))
			for filter, want := range map[string]string{
				`members.type eq "device"`: "g", `members[type eq "Device" and value eq "` + outer + `"]`: "g", `members.type eq "Group"`: "", `members.value eq "` + inner + `"`: "",
			} {
				if got := s.labels(t, "displayName", "/Groups?"+filterQuery(filter)); got != want {
					t.Errorf("%s finds %q, want %q", filter, got, want)
				}
			}
		})
		t.Run("SCH-54 members and groups of a Device", func(t *testing.T) {
			report(t, map[string]any{"members": []any{
				map[string]any{"value": inner, "type": "Device", "$ref": s.Base + "/Devices/" + inner}, map[string]any{"value": user, "type": "User", "$ref": s.Base + "/Users/" + user},
			}, "groups": []any{map[string]any{"value": group, "display": "g", "type": "direct", "$ref": s.Base + "/Groups/" + group}}}, s.want(t, 200, "GET", "/Devices/"+outer, ""))
			report(t, map[string]any{"groups": []any{
				map[string]any{"value": outer, "display": "outer", "type": "direct", "$ref": s.Base + "/Devices/" + outer}, map[string]any{"value": group, "type": "indirect"},
			}}, s.want(t, 200, "GET", "/Devices/"+inner, ""))
			report(t, map[string]any{"groups": []any{map[string]any{"value": outer, "$ref": s.Base + "/Devices/" + outer}}}, s.want(t, 200, "GET", "/Users/"+user, ""))
			for filter, want := range map[string]string{
				`groups.value eq "` + group + `"`: "inner outer", `groups[value eq "` + group + `" and type eq "direct"]`: "outer", `members pr`: "outer",
				`members.value eq "` + user + `"`: "outer", `members.type eq "USER"`: "outer", `groups pr`: "inner outer",
			} {
				if got := s.labels(t, "label", "/Devices?sortBy=label&"+filterQuery(filter)); got != want {
					t.Errorf("%s finds %q, want %q", filter, got, want)
				}
			}
		})
		t.Run("SCH-16 referenceTypes say what may be a member", func(t *testing.T) {
			for _, body := range []string{`{"op":"add","path":"members","value":[{"value":"` + group + `"}]}`, `{"op":"replace","value":{"members":[{"value":"` + group + `"}]}}`} {
				got := s.want(t, 400, "PATCH", "/Devices/"+outer, patchOp(body))
				if detail := fmt.Sprint(got["detail"]); got["scimType"] != "invalidValue" || !strings.Contains(detail, "no Device or User has the id "+group) {
					t.Errorf("%s", brief(got))
				}
			}
			s.want(t, 400, "POST", "/Devices", `{"schemas":["`+deviceURN+`"],"label":"x","members":[{"value":"`+group+`"}]}`)
			s.want(t, 400, "PUT", "/Devices/"+outer, `{"schemas":["`+deviceURN+`"],"label":"outer","members":[{"value":"`+group+`"}]}`)
		})
		t.Run("PAT-43 members of a Device change", func(t *testing.T) {
			s.want(t, 204, "PATCH", "/Devices/"+outer, patchOp(`{"op":"remove","path":"members[value eq \"`+user+`\"]"}`))
			report(t, map[string]any{"members": "$len:1"}, s.want(t, 200, "GET", "/Devices/"+outer, ""))
			report(t, map[string]any{"members": "$len:2"}, s.want(t, 200, "PUT", "/Devices/"+outer,
				`{"schemas":["`+deviceURN+`"],"label":"outer","members":[{"value":"`+user+`"},{"value":"`+outer+`"}]}`))
			s.want(t, 204, "DELETE", "/Devices/"+outer, "")
			report(t, map[string]any{"groups": "$absent"}, s.want(t, 200, "GET", "/Devices/"+inner, ""))
			report(t, map[string]any{"members": "$len:1"}, s.want(t, 200, "GET", "/Groups/"+group, ""))
		})
	})
}

// TestOwnTypeBulk covers BLK on a type of the operator's own.
func TestOwnTypeBulk(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, ownSchemas, func(t *testing.T, s *server) {
		t.Run("BLK-09 own types and references", func(t *testing.T) {
			device := func(label, more string) string {
				return `{"schemas":["` + deviceURN + `"],"label":"` + label + `"` + more + `}`
			}
			got := s.want(t, 200, "POST", "/Bulk", bulkBody("",
				`{"method":"POST","path":"/Devices","bulkId":"d1","data":`+device("bulk1", `,"members":[{"value":"bulkId:d2"}],"owner":{"value":"bulkId:u1"}`)+`}`,
				postUser("u1", "bulk"),
				`{"method":"POST","path":"/devices","bulkId":"d2","data":`+device("bulk2", "")+`}`,
				`{"method":"POST","path":"/Devices","bulkId":"d3","data":`+device("BULK2", "")+`}`,
				`{"method":"PATCH","path":"/Devices/bulkId:d2","data":`+patchOp(`{"op":"add","path":"tags","value":["t"]}`)+`}`,
				postGroup("g", "bulk", "bulkId:d1")))
			var statuses []string
			for _, r := range got["Operations"].([]any) {
				statuses = append(statuses, fmt.Sprint(r.(map[string]any)["status"]))
			}
			if all := strings.Join(statuses, " "); all != "201 201 201 409 200 201" && all != "201 201 201 409 204 201" {
				t.Fatalf("statuses %s: %s", all, brief(got))
			}
			list := s.want(t, 200, "GET", "/Devices?sortBy=label", "")["Resources"].([]any)
			user := s.want(t, 200, "GET", "/Users", "")["Resources"].([]any)[0].(map[string]any)["id"]
			report(t, []any{
				map[string]any{"label": "bulk1", "owner": map[string]any{"value": user}, "members": "$len:1", "groups": "$len:1"},
				map[string]any{"label": "bulk2", "tags": []any{"t"}, "groups": "$len:2"},
			}, list)
		})
	})
}
