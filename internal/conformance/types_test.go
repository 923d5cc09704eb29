package conformance

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// ownDocuments define a type that has every data type and characteristic, and
// one whose extension is required.
var ownDocuments = map[string]string{
	"gauge.schema.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Gauge","name":"Gauge","attributes":[
		{"name":"id","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"request","uniqueness":"none"},
		{"name":"label","type":"string","multiValued":false,"required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"server"},
		{"name":"size","type":"integer","multiValued":false,"required":false,"mutability":"readWrite","returned":"default","uniqueness":"none"},
		{"name":"weight","type":"decimal","multiValued":false,"required":false,"mutability":"readWrite","returned":"default","uniqueness":"none"},
		{"name":"seen","type":"dateTime","multiValued":false,"required":false,"mutability":"readWrite","returned":"default","uniqueness":"none"},
		{"name":"flag","type":"boolean","multiValued":false,"required":false,"mutability":"readWrite","returned":"default","uniqueness":"none"},
		{"name":"blob","type":"binary","multiValued":false,"required":false,"mutability":"readWrite","returned":"default","uniqueness":"none"},
		{"name":"link","type":"reference","multiValued":false,"required":false,"referenceTypes":["external"],"mutability":"readWrite","returned":"default","uniqueness":"none"},
		{"name":"code","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"readWrite","returned":"default","uniqueness":"none"},
		{"name":"serial","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"immutable","returned":"default","uniqueness":"none"},
		{"name":"seal","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"readWrite","returned":"always","uniqueness":"none"},
		{"name":"hint","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"request","uniqueness":"none"},
		{"name":"pin","type":"string","multiValued":false,"required":false,"caseExact":true,"mutability":"writeOnly","returned":"never","uniqueness":"none"},
		{"name":"keys","type":"complex","multiValued":true,"required":false,"mutability":"readWrite","returned":"default","subAttributes":[
			{"name":"value","type":"binary","multiValued":false,"required":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}]}`,
	"gauge.resourcetype.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Gauge","name":"Gauge","endpoint":"/Gauges","schema":"urn:example:Gauge"}`,
	"badge.schema.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Badge","name":"Badge","attributes":[
		{"name":"number","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}`,
	"access.schema.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Access","name":"Access","attributes":[
		{"name":"level","type":"string","multiValued":false,"required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"},
		{"name":"note","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}`,
	"badge.resourcetype.json": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Badge","name":"Badge","endpoint":"/Badges","schema":"urn:example:Badge","schemaExtensions":[{"schema":"urn:example:Access","required":true}]}`,
}

// onEachStoreWithTypes is onEachStore with the types Gauge and Badge.
func onEachStoreWithTypes(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range ownDocuments {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	onEachStoreWith(t, dir, test)
}

// gauge creates a Gauge with more members of the JSON object.
func (s *server) gauge(t *testing.T, label string, more ...string) map[string]any {
	t.Helper()
	return s.want(t, http.StatusCreated, "POST", "/Gauges", `{"schemas":["urn:example:Gauge"],"label":"`+label+`"`+joined(more)+`}`)
}

// total counts what a list or search finds.
func (s *server) total(t *testing.T, path, filter string) float64 {
	t.Helper()
	return s.want(t, 200, "GET", path+"?count=0&"+filterQuery(filter), "")["totalResults"].(float64)
}

// version is meta.version of a resource.
func (s *server) version(t *testing.T, path string) string {
	t.Helper()
	return s.want(t, 200, "GET", path, "")["meta"].(map[string]any)["version"].(string)
}
