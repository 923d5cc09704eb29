package schema_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"rollcall/scim/schema"
)

// TestBadDocumentsAreRefused holds that an operator is told the file, the
// attribute and the reason.
func TestBadDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	const (
		head  = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Thing","name":"Thing","attributes":[`
		kind  = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"Thing","endpoint":"/Things","schema":"urn:example:Thing"}`
		model = `{"name":"model","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}`
	)
	with := func(from, to string) string { return head + strings.Replace(model, from, to, 1) + "]}" }
	complexWith := func(sub string) string {
		return head + `{"name":"size","type":"complex","multiValued":false,"required":false,"mutability":"readWrite","returned":"default","subAttributes":[` + sub + `]}]}`
	}
	for _, tc := range []struct {
		name, schema, kind string
		want               []string
	}{
		{"no JSON", `{`, kind, []string{"thing.schema.json", "JSON"}},
		{"of no kind", `{"schemas":["urn:x"]}`, kind, []string{"thing.schema.json", "schemas must be"}},
		{"id that is no URN", strings.Replace(head, "urn:example:Thing", "Thing", 1) + model + "]}", kind, []string{"thing.schema.json", `"Thing" is not a URN`}},
		{"message URN", strings.Replace(head, "urn:example:Thing", "urn:ietf:params:scim:api:messages:2.0:PatchOp", 1) + model + "]}", kind, []string{"message URN"}},
		{"no attributes", head + "]}", kind, []string{"defines no attributes"}},
		{"bad name", with(`"model"`, `"mo del"`), kind, []string{"thing.schema.json", "attribute 1", `"mo del"`, "not an attribute name"}},
		{"bad type", with(`"string"`, `"text"`), kind, []string{"thing.schema.json", "model", "text"}},
		{"bad mutability", with(`"readWrite"`, `"sometimes"`), kind, []string{"model", "sometimes"}},
		{"bad returned", with(`"default"`, `"maybe"`), kind, []string{"model", "maybe"}},
		{"bad uniqueness", with(`"none"`, `"here"`), kind, []string{"model", "here"}},
		{"secret that is returned", with(`"readWrite"`, `"writeOnly"`), kind, []string{"model", "never"}},
		{"twice", head + model + "," + strings.Replace(model, "model", "MODEL", 1) + "]}", kind, []string{"thing.schema.json", `"MODEL" is defined twice`}},
		{"complex without sub-attributes", complexWith(""), kind, []string{"size", "needs subAttributes"}},
		{"complex in complex", complexWith(strings.Replace(model, `"string"`, `"complex"`, 1)), kind, []string{"size.model", "cannot be complex"}},
		{"simple with sub-attributes", with(`"uniqueness"`, `"subAttributes":[`+model+`],"uniqueness"`), kind, []string{"model", "only complex"}},
		{"unknown schema", head + model + "]}", strings.Replace(kind, "urn:example:Thing", "urn:example:Other", 1), []string{"thing.resourcetype.json", "urn:example:Other"}},
		{"reserved endpoint", head + model + "]}", strings.Replace(kind, "/Things", "/Bulk", 1), []string{"thing.resourcetype.json", "endpoint", "/Bulk"}},
		{"endpoint of two segments", head + model + "]}", strings.Replace(kind, "/Things", "/a/b", 1), []string{"endpoint"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := schema.Load(fstest.MapFS{"thing.schema.json": {Data: []byte(tc.schema)}, "thing.resourcetype.json": {Data: []byte(tc.kind)}})
			if err == nil {
				t.Fatal("the document was taken")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
	if _, err := schema.Load(fstest.MapFS{"thing.schema.json": {Data: []byte(head + model + "]}")}, "thing.resourcetype.json": {Data: []byte(kind)}}); err != nil {
		t.Errorf("the good document is refused: %v", err)
	}
}
