package patch_test

import (
	"testing"

	"rollcall/scim/schema"
)

// What profiles demand beyond the RFC, each alone.
func TestDemands(t *testing.T) {
	t.Parallel()
	user, device := resourceType(t, "User"), resourceType(t, "Device")
	const owner = `"owners":[{"value":"o"}]`
	manager := `{"op":"add","path":"` + ent + `:manager","value":{"value":"m","$ref":"x"}},`
	for name, test := range map[string]struct {
		demanded         schema.Demand
		operations, want string
	}{
		"a path in each":             {schema.PatchPaths, `{"op":"add","path":"title","value":"t"},{"op":"add","value":{"title":"t"}}`, "invalidSyntax"},
		"a path in each remove":      {schema.PatchPaths, `{"op":"remove"}`, "invalidSyntax"},
		"null is no path":            {schema.PatchPaths, `{"op":"replace","path":null,"value":{"title":"t"}}`, "invalidSyntax"},
		"a path is there":            {schema.PatchPaths, `{"op":"remove","path":"title"}`, same},
		"replace drops":              {schema.WholeReplace, `{"op":"replace","path":"name","value":{"givenName":"B"}}`, `{"userName":"bj","name":{"givenName":"B"},` + emails + `}`},
		"replace by nothing":         {schema.WholeReplace, `{"op":"replace","path":"name","value":{}}`, `{"userName":"bj",` + emails + `}`},
		"replace by a reference":     {schema.WholeReplace, manager + `{"op":"replace","path":"` + ent + `:manager","value":{"value":"n"}}`, `{` + s0 + `,"` + ent + `":{"manager":{"value":"n"}}}`},
		"replace of an extension":    {schema.WholeReplace, manager + `{"op":"replace","path":"` + ent + `","value":{"department":"d"}}`, `{` + s0 + `,"` + ent + `":{"department":"d","manager":{"value":"m","$ref":"x"}}}`},
		"add merges":                 {schema.WholeReplace, `{"op":"add","path":"name","value":{"middleName":"M"}}`, `{"userName":"bj","name":{"familyName":"J","givenName":"Barb","middleName":"M"},` + emails + `}`},
		"a refusal drops nothing":    {schema.WholeReplace, `{"op":"replace","path":"name","value":{"givenName":5}}`, "invalidValue"},
		"whole element":              {schema.SubAttributePaths, `{"op":"remove","path":"emails[type eq \"home\"]"}`, "invalidPath"},
		"part of an element":         {schema.SubAttributePaths, `{"op":"replace","path":"emails[type eq \"home\"].value","value":"n@x"}`, head(`,"emails":[{"value":"w@x","type":"work","primary":true},{"value":"n@x","type":"home"}]`)},
		"no filter":                  {schema.SubAttributePaths, `{"op":"remove","path":"emails"}`, head(``)},
		"unknown path":               {schema.KnownNames, `{"op":"add","path":"nope","value":"x"}`, "invalidSyntax"},
		"unknown part of an element": {schema.KnownNames, `{"op":"add","path":"emails[type eq \"home\"].nope","value":"x"}`, "invalidSyntax"},
		"unknown in a filter":        {schema.KnownNames, `{"op":"add","path":"emails[nope eq 1].value","value":"x"}`, "invalidFilter"},
		"no path at all":             {schema.KnownNames, `{"op":"add","path":"emails[","value":"x"}`, "invalidFilter"},
		"unknown schema":             {schema.KnownNames, `{"op":"add","path":"schemas","value":["urn:x"]}`, "invalidSyntax"},
		"a password":                 {schema.NoCredentials, `{"op":"add","path":"password","value":"x"}`, "invalidPath"},
		"a password, pathless":       {schema.NoCredentials, `{"op":"add","value":{"password":"x"}}`, "invalidSyntax"},
	} {
		l := &schema.Leniency{Demanded: test.demanded}
		if got := outcome(run(user, object(t, user, s0), test.operations, l)); got != test.want {
			t.Errorf("%s: got %s", name, got)
		}
	}
	whole := func(before, operation string) string {
		return outcome(run(device, object(t, device, before), operation, &schema.Leniency{Demanded: schema.WholeReplace}))
	}
	const origin = owner + `,"origin":{"plant":"p"}`
	if got := whole(origin, `{"op":"replace","path":"origin","value":{"plant":"p"}}`); got != `{`+origin+`}` {
		t.Errorf("an immutable value replaced by itself: %s", got)
	}
	if got := whole(origin, `{"op":"replace","path":"origin","value":{"plant":"q"}}`); got != "mutability" {
		t.Errorf("an immutable value replaced by another: %s", got)
	}
}
