package conformance

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDiscovery holds the discovery documents (DIS) against themselves and
// against what the server does.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("DIS-01..05 configuration, without credentials", func(t *testing.T) {
			_, _, document := s.send(t, "GET", "/ServiceProviderConfig", nil, nil)
			want := map[string]any{
				"schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
				"patch":   map[string]any{"supported": true}, "sort": map[string]any{"supported": true},
				"etag": map[string]any{"supported": true}, "changePassword": map[string]any{"supported": true},
				"filter":                map[string]any{"supported": true, "maxResults": 1000.0},
				"bulk":                  map[string]any{"supported": true, "maxOperations": 1000.0, "maxPayloadSize": float64(8 << 20)},
				"authenticationSchemes": []any{map[string]any{"type": "oauthbearertoken", "name": "$string", "description": "$string"}},
				"meta":                  map[string]any{"resourceType": "ServiceProviderConfig", "location": s.Base + "/ServiceProviderConfig"},
			}
			report(t, want, document)
		})
		t.Run("DIS-10..12 resource types", func(t *testing.T) {
			list := s.want(t, 200, "GET", "/ResourceTypes", "")
			resources := list["Resources"].([]any)
			if list["totalResults"] != float64(len(resources)) || len(resources) != 2 {
				t.Fatalf("resource types: %s", brief(list))
			}
			for _, r := range resources {
				kind := r.(map[string]any)
				one := s.want(t, 200, "GET", "/ResourceTypes/"+kind["name"].(string), "")
				report(t, r, one)
				s.want(t, 200, "GET", "/Schemas/"+kind["schema"].(string), "")
				s.want(t, 200, "GET", kind["endpoint"].(string), "")
				extensions, _ := kind["schemaExtensions"].([]any)
				for _, e := range extensions {
					s.want(t, 200, "GET", "/Schemas/"+e.(map[string]any)["schema"].(string), "")
				}
			}
		})
		t.Run("DIS-17,20..22,27,28 schemas", func(t *testing.T) {
			list := s.want(t, 200, "GET", "/Schemas", "")
			for _, r := range list["Resources"].([]any) {
				checkAttributes(t, r.(map[string]any)["attributes"].([]any), false)
				one := s.want(t, 200, "GET", "/Schemas/"+r.(map[string]any)["id"].(string), "")
				report(t, r, one)
			}
			user := s.want(t, 200, "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:user", "")
			report(t, map[string]any{"attributes": []any{
				map[string]any{"name": "userName", "required": true, "caseExact": false, "uniqueness": "server"},
				map[string]any{"name": "password", "mutability": "writeOnly", "returned": "never"},
				map[string]any{"name": "groups", "subAttributes": []any{map[string]any{"name": "$ref", "referenceTypes": []any{"Group"}}}},
			}}, user)
			report(t, map[string]any{"attributes": []any{map[string]any{"name": "displayName", "required": true}}},
				s.want(t, 200, "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group", ""))
		})
		t.Run("DIS-09,19,23,24,25", func(t *testing.T) {
			s.want(t, 404, "GET", "/Schemas/urn:ietf:params:scim:api:messages:2.0:PatchOp", "")
			s.want(t, 404, "GET", "/ResourceTypes/Nope", "")
			for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/Schemas"} {
				for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
					s.want(t, 405, method, path, `{}`)
				}
			}
			if list := s.want(t, 200, "GET", "/Schemas?count=1&startIndex=2&sortBy=id&attributes=id", ""); list["totalResults"] != 4.0 || len(list["Resources"].([]any)) != 4 {
				t.Errorf("paging parameters were not ignored: %s", brief(list))
			}
			s.want(t, 403, "GET", "/ResourceTypes?filter=name+eq+%22User%22", "")
		})
	})
}

// checkAttributes checks the form of published definitions (DIS-20..22).
func checkAttributes(t *testing.T, attributes []any, nested bool) {
	t.Helper()
	types := " string boolean decimal integer dateTime binary reference complex "
	for _, a := range attributes {
		attribute := a.(map[string]any)
		name, _ := attribute["name"].(string)
		kind, _ := attribute["type"].(string)
		if name == "" || !strings.Contains(types, " "+kind+" ") {
			t.Errorf("attribute %q has type %q", name, kind)
		}
		if _, ok := attribute["multiValued"].(bool); !ok {
			t.Errorf("attribute %q has no multiValued", name)
		}
		sub, _ := attribute["subAttributes"].([]any)
		if (kind == "complex") != (len(sub) > 0) || nested && kind == "complex" {
			t.Errorf("attribute %q of type %q has %d sub-attributes", name, kind, len(sub))
		}
		checkAttributes(t, sub, true)
	}
}

// same holds two answers against each other, whole: what is left out, and what
// came in addition, is a difference, too.
func same(t *testing.T, before, after map[string]any) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("before (-) and after (+) differ: %s", diff)
	}
}

// report fails with every place where a document does not match.
func report(t *testing.T, want, got any) {
	t.Helper()
	for _, wrong := range mismatches(want, got, "$") {
		t.Error(wrong)
	}
}
