package schema_test

import (
	"strings"
	"testing"

	"rollcall/schemas"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// TestStrict decodes without any normalisation what connections take by
// default.
func TestStrict(t *testing.T) {
	t.Parallel()
	registry, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := registry.Type("User")
	for _, test := range []struct{ name, members, refusal string }{
		{"SCH-10 true and false", `"active":false`, ""},
		{"SCH-10 booleans as strings", `"active":"True"`, "invalidValue"},
		{"SCH-49 a country code", `"addresses":[{"country":"US"}]`, ""},
		{"SCH-49 three letters", `"addresses":[{"country":"USA"}]`, "invalidValue"},
		{"SCH-49 two letters of no country", `"addresses":[{"country":"ZZ"}]`, "invalidValue"},
		{"SCH-15 a URI", `"profileUrl":"https://example.com/a?b=c%20d#e"`, ""},
		{"SCH-15 a relative URI", `"profileUrl":"../Users/1"`, ""},
		{"SCH-15 no URI", `"profileUrl":"not a URI"`, "invalidValue"},
		{"SCH-15 a broken URI", `"profileUrl":"http://[::1"`, "invalidValue"},
		{"SCH-52 base64 of no certificate", `"x509Certificates":[{"value":"QUJD"}]`, "invalidValue"},
		{"AMB-01 unknown attributes", `"shoeSize":44`, "invalidSyntax"},
		{"AMB-14 an extension that schemas does not name", `"` + schema.EnterpriseURN + `":{"department":"D"}`, "invalidSyntax"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			body := `{"schemas":["` + schema.UserURN + `"],"userName":"u",` + test.members + `}`
			_, err := user.Decode(strings.NewReader(body), &schema.Leniency{})
			got := ""
			if refused, ok := fault.As(err); ok {
				got = string(refused.Type)
			}
			if got != test.refusal {
				t.Errorf("%s: %v, want %q", test.members, err, test.refusal)
			}
			if _, err := user.Decode(strings.NewReader(body), &schema.Leniency{Allowed: schema.AllNormalisations}); err != nil {
				t.Errorf("with every normalisation: %v", err)
			}
		})
	}
}
