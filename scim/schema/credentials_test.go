package schema_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

const locker = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:2.0:Locker","name":"Locker","attributes":[
{"name":"label","type":"string","multiValued":false,"canonicalValues":["a"]},
{"name":"pin","type":"string","multiValued":false,"mutability":"writeOnly","returned":"never"},
{"name":"keys","type":"complex","multiValued":true,"subAttributes":[{"name":"value","type":"string","multiValued":false},{"name":"code","type":"string","multiValued":false,"mutability":"writeOnly","returned":"never"}]},
{"name":"safe","type":"complex","multiValued":false,"mutability":"writeOnly","returned":"never","subAttributes":[{"name":"dial","type":"string","multiValued":false}]}]}`

const lockerType = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"Locker","endpoint":"/Lockers","schema":"urn:example:2.0:Locker"}`

// IPS-11: what clients only write is a credential wherever a schema has it.
func TestWithoutCredentials(t *testing.T) {
	t.Parallel()
	registry, err := schema.Load(fstest.MapFS{"locker.schema.json": {Data: []byte(locker)}, "locker.resourcetype.json": {Data: []byte(lockerType)}})
	if err != nil {
		t.Fatal(err)
	}
	document, _ := registry.Document("urn:example:2.0:Locker")
	text := string(document.WithoutCredentials())
	for _, hidden := range []string{"pin", "code", "safe", "dial", "writeOnly"} {
		if strings.Contains(text, hidden) {
			t.Errorf("%q is shown in %s", hidden, text)
		}
	}
	for _, shown := range []string{`"label"`, `"canonicalValues":["a"]`, `"keys"`, `"value"`, `"id":"urn:example:2.0:Locker"`} {
		if !strings.Contains(text, shown) {
			t.Errorf("%s is not shown in %s", shown, text)
		}
	}
	locker, _ := registry.Type("Locker")
	for _, member := range []string{`"pin":"1"`, `"keys":[{"value":"v","code":"c"}]`, `"safe":{"dial":"d"}`} {
		body := `{"schemas":["urn:example:2.0:Locker"],` + member + `}`
		if _, err := locker.Decode(strings.NewReader(body), &schema.Leniency{}); err != nil {
			t.Errorf("%s: %v", member, err)
		}
		_, err := locker.Decode(strings.NewReader(body), &schema.Leniency{Demanded: schema.NoCredentials})
		if refused, ok := fault.As(err); !ok || refused.Type != fault.InvalidSyntax {
			t.Errorf("%s without credentials: %v", member, err)
		}
	}
	for _, path := range []string{"pin", "keys.code", "safe", "safe.dial", "urn:example:2.0:Locker:pin"} {
		if _, found := locker.LookupLenient(path, &schema.Leniency{Demanded: schema.NoCredentials, Allowed: schema.AllNormalisations}); found {
			t.Errorf("%s is found", path)
		}
	}
}
