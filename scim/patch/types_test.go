package patch_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"rollcall/schemas"
	"rollcall/scim/fault"
	"rollcall/scim/patch"
	"rollcall/scim/schema"
)

// device has what the core schemas lack: immutable, read-only and required
// attributes in all places, and lists of scalars.
const device = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:2.0:Device","name":"Device","attributes":[
{"name":"serial","type":"string","multiValued":false,"mutability":"immutable"},
{"name":"seen","type":"dateTime","multiValued":false,"mutability":"readOnly"},
{"name":"slots","type":"integer","multiValued":false},
{"name":"tags","type":"string","multiValued":true},
{"name":"owners","type":"complex","multiValued":true,"required":true,"subAttributes":[
 {"name":"value","type":"string","multiValued":false,"required":true},{"name":"since","type":"dateTime","multiValued":false,"mutability":"immutable"},
 {"name":"checked","type":"boolean","multiValued":false,"mutability":"readOnly"},{"name":"rights","type":"string","multiValued":true},
 {"name":"level","type":"integer","multiValued":false}]},
{"name":"origin","type":"complex","multiValued":false,"mutability":"immutable","subAttributes":[{"name":"plant","type":"string","multiValued":false}]}]}`

const deviceType = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"Device","endpoint":"/Devices","schema":"urn:example:2.0:Device"}`

func resourceType(tb testing.TB, name string) *schema.ResourceType {
	tb.Helper()
	files := fstest.MapFS{"device.schema.json": {Data: []byte(device)}, "device.resourcetype.json": {Data: []byte(deviceType)}}
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
	registry, err := schema.Load(files)
	if err != nil {
		tb.Fatal(err)
	}
	t, ok := registry.Type(name)
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

// request wraps operations into a body.
func request(operations string) string {
	return `{"schemas":["` + patch.URN + `"],"Operations":[` + operations + `]}`
}

func run(t *schema.ResourceType, before *schema.Object, operations string, l *schema.Leniency) (patch.Result, error) {
	r, err := patch.Parse(strings.NewReader(request(operations)), t, l)
	if err != nil {
		return patch.Result{}, err
	}
	return patch.Apply(t, before, r, l)
}

// outcome is the resulting object as JSON, or the scimType of the refusal.
func outcome(result patch.Result, err error) string {
	if refused, ok := fault.As(err); ok {
		return string(refused.Type)
	}
	if err != nil {
		return err.Error()
	}
	return string(schema.AppendJSON(nil, result.Object))
}
