package conformance

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"rollcall/scim/rest"
)

// TestDescriptionKnowsEveryAttribute holds the schemas of the document against
// those that the server publishes: the same attributes, of the same kinds, but
// for what is never returned.
func TestDescriptionKnowsEveryAttribute(t *testing.T) {
	t.Parallel()
	var document struct {
		Components struct {
			Schemas map[string]any `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(rest.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	d := drawn{document.Components.Schemas}
	onEachStore(t, func(t *testing.T, s *server) {
		for name, urn := range map[string]string{
			"User": "urn:ietf:params:scim:schemas:core:2.0:User", "Group": "urn:ietf:params:scim:schemas:core:2.0:Group", "EnterpriseUser": enterprise,
		} {
			published := s.want(t, 200, "GET", "/Schemas/"+urn, "")
			common := []string{"schemas", "id", "externalId", "meta", enterprise}
			if name == "EnterpriseUser" {
				common = nil
			}
			d.compare(t, name, d.schemas[name], published["attributes"].([]any), common)
		}
	})
}

// drawn are the schemas of the document as they are written.
type drawn struct{ schemas map[string]any }

// resolve follows a reference to another schema.
func (d drawn) resolve(v any) map[string]any {
	object, _ := v.(map[string]any)
	if ref, ok := object["$ref"].(string); ok {
		return d.resolve(d.schemas[ref[len("#/components/schemas/"):]])
	}
	return object
}

func (d drawn) compare(t *testing.T, at string, schema any, attributes []any, common []string) {
	t.Helper()
	properties, _ := d.resolve(schema)["properties"].(map[string]any)
	missing := maps.Clone(properties)
	for _, name := range common {
		delete(missing, name)
	}
	for _, a := range attributes {
		attribute := a.(map[string]any)
		name := attribute["name"].(string)
		if attribute["returned"] == "never" {
			continue
		}
		property := d.resolve(properties[name])
		delete(missing, name)
		if property == nil {
			t.Errorf("%s.%s is published and not described", at, name)
			continue
		}
		if attribute["multiValued"] == true {
			if property["type"] != "array" {
				t.Errorf("%s.%s is multi-valued and described as %v", at, name, property["type"])
			}
			property = d.resolve(property["items"])
		}
		kinds := map[any]string{"boolean": "boolean", "complex": "object"}
		want, ok := kinds[attribute["type"]]
		if !ok {
			want = "string"
		}
		if property["type"] != want {
			t.Errorf("%s.%s is published as %v and described as %v", at, name, attribute["type"], property["type"])
		}
		if sub, ok := attribute["subAttributes"].([]any); ok {
			d.compare(t, at+"."+name, property, sub, nil)
		}
	}
	// The schemas of multi-valued attributes are shared, so they may name more.
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		text, _ := json.Marshal(properties[name])
		t.Errorf("%s.%s is described and not published: %s", at, name, text)
	}
}
