package conformance

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestDiscoveryIsTrue holds what discovery says against what the server does.
func TestDiscoveryIsTrue(t *testing.T) {
	t.Parallel()
	onEachStoreWithTypes(t, func(t *testing.T, s *server) {
		id := s.user(t, "true", `"`+enterprise+`":{"department":"D"}`)
		s.group(t, "true", id)
		s.gauge(t, "true", `"id":"mine","externalId":"X"`)
		t.Run("DIS-06,07 URLs are absolute, ids may lack", func(t *testing.T) {
			config := s.want(t, 200, "GET", "/ServiceProviderConfig", "")
			report(t, map[string]any{"id": "$absent", "externalId": "$absent"}, config)
			urls := []any{config["documentationUri"]}
			for _, scheme := range config["authenticationSchemes"].([]any) {
				urls = append(urls, scheme.(map[string]any)["specUri"], scheme.(map[string]any)["documentationUri"])
			}
			for _, text := range urls {
				if text == nil {
					continue
				}
				if u, err := url.Parse(text.(string)); err != nil || !u.IsAbs() || u.Host == "" {
					t.Errorf("%q is no absolute URL", text)
				}
			}
		})
		t.Run("DIS-08 SRT-01 what is advertised works", func(t *testing.T) {
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"title","value":"T"}`))
			s.want(t, 200, "POST", "/Bulk", bulkBody("", `{"method":"DELETE","path":"/Users/nobody"}`))
			s.want(t, 200, "GET", "/Users?sortBy=userName&"+filterQuery(`userName pr`), "")
			s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"password","value":"Secret-1x"}`))
			if _, header, _ := s.do(t, "GET", "/Users/"+id, ""); header.Get("ETag") == "" {
				t.Error("no ETag")
			}
		})
		t.Run("DIS-13,14,18,31 every resource leads back to its definition", func(t *testing.T) {
			kinds := map[any]bool{}
			for _, kind := range s.want(t, 200, "GET", "/ResourceTypes", "")["Resources"].([]any) {
				named := kind.(map[string]any)
				kinds[named["name"]] = true
				s.want(t, 200, "GET", named["endpoint"].(string), "")
			}
			list := s.want(t, 200, "GET", "", "")["Resources"].([]any)
			if len(list) != 3 {
				t.Errorf("%d resources, want 3", len(list))
			}
			for _, r := range list {
				resource := r.(map[string]any)
				if kind := resource["meta"].(map[string]any)["resourceType"]; !kinds[kind] {
					t.Errorf("resource type %v is not listed", kind)
				}
				for _, urn := range resource["schemas"].([]any) {
					report(t, map[string]any{"id": urn}, s.want(t, 200, "GET", "/Schemas/"+urn.(string), ""))
				}
			}
		})
		t.Run("DIS-15,16 required and optional extensions", func(t *testing.T) {
			for _, body := range []string{
				`{"schemas":["urn:example:Badge"],"number":"1"}`,
				`{"schemas":["urn:example:Badge","urn:example:Access"],"urn:example:Access":{"note":"n"}}`,
			} {
				s.refuse(t, 400, "invalidValue", "POST", "/Badges", body)
			}
			s.want(t, 201, "POST", "/Badges", `{"schemas":["urn:example:Badge","urn:example:Access"],"urn:example:Access":{"level":"high"}}`)
			report(t, map[string]any{enterprise: "$absent"}, s.want(t, 200, "GET", "/Users/"+s.user(t, "plain"), ""))
		})
		t.Run("DIS-26 the common attributes win over a schema that lists them", func(t *testing.T) {
			list := s.want(t, 200, "GET", "/Gauges?"+filterQuery(`externalId eq "X"`), "")
			report(t, map[string]any{"Resources": []any{map[string]any{
				"id": "$re:^[0-9a-f-]{36}$", "externalId": "X",
				"meta": map[string]any{"resourceType": "Gauge", "created": "$string", "lastModified": "$string", "version": "$string", "location": "$re:/Gauges/"},
			}}}, list)
		})
		t.Run("DIS-32 the schemas of discovery itself are left out", func(t *testing.T) {
			for _, name := range []string{"Schema", "ResourceType", "ServiceProviderConfig"} {
				s.want(t, 404, "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:"+name, "")
			}
		})
		t.Run("AMB-12 only a filter is refused", func(t *testing.T) {
			for _, path := range []string{"/Schemas", "/ResourceTypes"} {
				s.want(t, 403, "GET", path+"?"+filterQuery(`id pr`), "")
				s.want(t, 200, "GET", path+"?attributes=id&sortBy=nope&count=0", "")
			}
		})
		t.Run("AMB-20 no credentials are needed", func(t *testing.T) {
			for _, path := range []string{"/ServiceProviderConfig", "/Schemas", "/Schemas/" + enterprise, "/ResourceTypes", "/ResourceTypes/User"} {
				if status, _, _ := s.send(t, "GET", path, http.Header{}, nil); status != 200 {
					t.Errorf("%s: %d", path, status)
				}
			}
		})
	})
}

// TestPublishedSchemas checks the documents against the errata.
func TestPublishedSchemas(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		list := s.want(t, 200, "GET", "/Schemas", "")["Resources"].([]any)
		each := func(visit func(attribute map[string]any)) {
			var walk func(list any)
			walk = func(list any) {
				attributes, _ := list.([]any)
				for _, a := range attributes {
					visit(a.(map[string]any))
					walk(a.(map[string]any)["subAttributes"])
				}
			}
			for _, document := range list {
				walk(document.(map[string]any)["attributes"])
			}
		}
		t.Run("SCH-02 names", func(t *testing.T) {
			form := regexp.MustCompile(`^([A-Za-z][A-Za-z0-9$_-]*|\$ref)$`)
			each(func(a map[string]any) {
				if !form.MatchString(a["name"].(string)) {
					t.Errorf("attribute name %q", a["name"])
				}
			})
		})
		t.Run("DIS-29,30 AMB-18 errata", func(t *testing.T) {
			each(func(a map[string]any) {
				if unique, _ := a["uniqueness"].(string); a["type"] == "complex" && unique != "" && unique != "none" {
					t.Errorf("complex attribute %q is unique", a["name"])
				}
				if a["type"] == "reference" && a["caseExact"] != true {
					t.Errorf("reference %q ignores case", a["name"])
				}
			})
			user := s.want(t, 200, "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "")
			report(t, map[string]any{"attributes": []any{map[string]any{"name": "groups", "subAttributes": []any{map[string]any{"name": "$ref", "referenceTypes": []any{"Group"}}}}}}, user)
			manager := map[string]any{"name": "manager", "subAttributes": []any{map[string]any{"name": "value", "caseExact": true}, map[string]any{"name": "displayName", "mutability": "readOnly"}}}
			report(t, map[string]any{"attributes": []any{manager}}, s.want(t, 200, "GET", "/Schemas/"+enterprise, ""))
			report(t, map[string]any{"attributes": []any{map[string]any{"name": "displayName", "required": true}}}, s.want(t, 200, "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group", ""))
			report(t, map[string]any{"schemaExtensions": []any{map[string]any{"schema": enterprise, "required": false}}}, s.want(t, 200, "GET", "/ResourceTypes/User", ""))
		})
		t.Run("DIS-19 messages are no schemas", func(t *testing.T) {
			for _, message := range []string{"ListResponse", "SearchRequest", "PatchOp", "BulkRequest", "BulkResponse", "Error"} {
				s.want(t, 404, "GET", "/Schemas/urn:ietf:params:scim:api:messages:2.0:"+message, "")
			}
			for _, document := range list {
				if id := document.(map[string]any)["id"].(string); strings.Contains(id, ":messages:") {
					t.Errorf("%s is listed", id)
				}
			}
		})
	})
}
