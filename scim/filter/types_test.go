package filter_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"rollcall/schemas"
	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// gadget is a type with attributes of every kind.
const gadget = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Gadget_v1-x:2.0:Gadget","name":"Gadget","attributes":[
{"name":"label","type":"string","multiValued":false,"caseExact":true},
{"name":"size","type":"integer","multiValued":false},
{"name":"weight","type":"decimal","multiValued":false},
{"name":"made","type":"dateTime","multiValued":false},
{"name":"on","type":"boolean","multiValued":false},
{"name":"key","type":"binary","multiValued":false},
{"name":"home","type":"reference","multiValued":false,"referenceTypes":["uri"]},
{"name":"tags","type":"string","multiValued":true},
{"name":"secret","type":"string","multiValued":false,"mutability":"writeOnly","returned":"never"},
{"name":"parts","type":"complex","multiValued":true,"subAttributes":[
 {"name":"value","type":"string","multiValued":false},
 {"name":"count","type":"integer","multiValued":false},
 {"name":"primary","type":"boolean","multiValued":false}]}]}`

const gadgetType = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"Gadget","endpoint":"/Gadgets","schema":"urn:example:Gadget_v1-x:2.0:Gadget"}`

func registry(tb testing.TB) *schema.Registry {
	tb.Helper()
	files := fstest.MapFS{"gadget.schema.json": {Data: []byte(gadget)}, "gadget.resourcetype.json": {Data: []byte(gadgetType)}}
	names, err := fs.Glob(schemas.Documents, "*.json")
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range names {
		data, err := schemas.Documents.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	r, err := schema.Load(files)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func resourceType(tb testing.TB, name string) *schema.ResourceType {
	tb.Helper()
	t, ok := registry(tb).Type(name)
	if !ok {
		tb.Fatalf("no type %s", name)
	}
	return t
}

func object(tb testing.TB, t *schema.ResourceType, members string) *schema.Object {
	tb.Helper()
	body, err := t.Decode(strings.NewReader(`{"schemas":["`+t.URN+`"],`+members+`}`), &schema.Leniency{Allowed: schema.UndeclaredExtensions})
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func bind(t *schema.ResourceType, text string, allowed schema.Normalisation) (filter.Filter, error) {
	e, err := filter.Parse(text)
	if err != nil {
		return nil, err
	}
	return filter.Bind(e, t, &schema.Leniency{Allowed: allowed})
}

func wantFault(tb testing.TB, err error, keyword fault.Type) {
	tb.Helper()
	if refused, ok := fault.As(err); !ok || refused.Type != keyword || refused.Status != 400 {
		tb.Errorf("got %v, want 400 %s", err, keyword)
	}
}
