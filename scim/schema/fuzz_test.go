package schema_test

import (
	"bytes"
	"testing"

	"rollcall/schemas"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// FuzzBody decodes arbitrary bodies of users and groups: no panic, only
// faults, and what is accepted renders to a document that reads back as the
// same document.
func FuzzBody(f *testing.F) {
	const user, group = `"schemas":["` + schema.UserURN + `"]`, `"schemas":["` + schema.GroupURN + `"]`
	for _, seed := range []string{
		`{` + user + `,"userName":"a"}`,
		`{` + user + `,"USERNAME":"a","active":"True","emails":[{"value":"x","primary":true},{"value":"y"}]}`,
		`{` + user + `,"userName":"a","name":{"givenName":null,"familyName":"F"},"title":"","roles":[],"photos":[{"value":"http://x"}]}`,
		`{"schemas":["` + schema.UserURN + `","` + schema.EnterpriseURN + `"],"userName":"é\ud83d\ude00","` + schema.EnterpriseURN + `":{"manager":["m"],"department":"d"}}`,
		`{` + user + `,"userName":"a","x509Certificates":[{"value":"AAAA"}],"nope":{"a":[{}]}}`,
		`{` + group + `,"displayName":"g","members":[{"value":"1","$ref":"x","type":"User"}]}`,
		`{` + group + `,"displayName":"g","members":{"value":"1"}}`,
		`[`, `{}`, `{"a":1e999999}`, `{"schemas":7}`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	registry, err := schema.Load(schemas.Documents)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, lenient bool) {
		leniency := &schema.Leniency{}
		if lenient {
			leniency.Allowed = schema.AllNormalisations
		}
		for _, kind := range registry.Types() {
			decoded, err := kind.Decode(bytes.NewReader(body), leniency)
			if err != nil {
				if refused, ok := fault.As(err); !ok || refused.Status != 400 {
					t.Fatalf("%s: not a refusal: %v", kind.Name, err)
				}
				continue
			}
			document := kind.AppendDocument(nil, "id", decoded)
			again, err := kind.Parse(document)
			if err != nil {
				t.Fatalf("%s: the document does not read back: %v\n%s", kind.Name, err, document)
			}
			if got := kind.AppendDocument(nil, "id", again); !bytes.Equal(got, document) {
				t.Fatalf("%s: a round trip changed the document:\n%s\n%s", kind.Name, document, got)
			}
		}
	})
}
