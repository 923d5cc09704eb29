package patch_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/scim/schema"
)

const (
	emails = `"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}]`
	s0     = `"userName":"bj","name":{"familyName":"J","givenName":"Barb"},` + emails
	ent    = schema.EnterpriseURN
	same   = `{` + s0 + `}`
)

// head replaces the emails of the initial state.
func head(rest string) string {
	return `{"userName":"bj","name":{"familyName":"J","givenName":"Barb"}` + rest + `}`
}

// Part B of the requirements: the worked examples, by their numbers.
func TestExamples(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	for name, test := range map[string]struct{ operations, want string }{
		"B1 add":                       {`{"op":"add","path":"nickName","value":"Babs"}`, `{"userName":"bj","name":{"familyName":"J","givenName":"Barb"},"nickName":"Babs",` + emails + `}`},
		"B2 add what is there":         {`{"op":"add","path":"userName","value":"bj"}`, same},
		"B3 add an element again":      {`{"op":"add","path":"emails","value":[{"value":"w@x","type":"work","primary":true}]}`, same},
		"B4 primary moves":             {`{"op":"add","path":"emails","value":[{"value":"n@x","type":"other","primary":true}]}`, head(`,"emails":[{"value":"w@x","type":"work","primary":false},{"value":"h@x","type":"home"},{"value":"n@x","type":"other","primary":true}]`)},
		"B5 pathless add":              {`{"op":"add","value":{"nickName":"B","emails":[{"value":"n@x"}]}}`, head(`,"nickName":"B","emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"},{"value":"n@x"}]`)},
		"B6 add to complex":            {`{"op":"add","path":"name","value":{"middleName":"Jane"}}`, `{"userName":"bj","name":{"familyName":"J","givenName":"Barb","middleName":"Jane"},` + emails + `}`},
		"B7 add a sub-attribute":       {`{"op":"add","path":"name.honorificPrefix","value":"Ms."}`, `{"userName":"bj","name":{"familyName":"J","givenName":"Barb","honorificPrefix":"Ms."},` + emails + `}`},
		"B8 extension attribute":       {`{"op":"add","path":"` + ent + `:employeeNumber","value":"7"}`, `{` + s0 + `,"` + ent + `":{"employeeNumber":"7"}}`},
		"B9 read-only":                 {`{"op":"add","path":"id","value":"x"}`, "mutability"},
		"B10 no value":                 {`{"op":"add","path":"nickName"}`, "invalidValue"},
		"B11 remove without path":      {`{"op":"remove"}`, "noTarget"},
		"B12 remove required":          {`{"op":"remove","path":"userName"}`, "mutability"},
		"B13 remove all":               {`{"op":"remove","path":"emails"}`, head(``)},
		"B14 remove by filter":         {`{"op":"remove","path":"emails[type eq \"home\"]"}`, head(`,"emails":[{"value":"w@x","type":"work","primary":true}]`)},
		"B15 remove sub by filter":     {`{"op":"remove","path":"emails[type eq \"home\"].type"}`, head(`,"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x"}]`)},
		"B16 remove without match":     {`{"op":"remove","path":"emails[type eq \"fax\"]"}`, same},
		"B20 replace list":             {`{"op":"replace","path":"emails","value":[{"value":"z@x"}]}`, head(`,"emails":[{"value":"z@x"}]`)},
		"B21 replace sub by filter":    {`{"op":"replace","path":"emails[type eq \"work\"].value","value":"q@x"}`, head(`,"emails":[{"value":"q@x","type":"work","primary":true},{"value":"h@x","type":"home"}]`)},
		"B22 replace without match":    {`{"op":"replace","path":"emails[type eq \"fax\"].value","value":"q@x"}`, "noTarget"},
		"B23 replace element":          {`{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"h2@x","type":"home","primary":true}}`, head(`,"emails":[{"value":"w@x","type":"work","primary":false},{"value":"h2@x","type":"home","primary":true}]`)},
		"B24 replace merges complex":   {`{"op":"replace","path":"name","value":{"givenName":"Bea"}}`, `{"userName":"bj","name":{"familyName":"J","givenName":"Bea"},` + emails + `}`},
		"B25 replace of nothing":       {`{"op":"replace","path":"title","value":"VP"}`, `{"userName":"bj","name":{"familyName":"J","givenName":"Barb"},"title":"VP",` + emails + `}`},
		"B26 pathless replace":         {`{"op":"replace","path":"title","value":"VP"},{"op":"replace","value":{"active":false,"title":null}}`, `{"userName":"bj","name":{"familyName":"J","givenName":"Barb"},"active":false,` + emails + `}`},
		"B27 boolean string":           {`{"op":"replace","path":"active","value":"False"}`, "invalidValue"},
		"B28 groups":                   {`{"op":"replace","path":"groups","value":[]}`, "mutability"},
		"B29 index":                    {`{"op":"replace","path":"emails[0].value","value":"x"}`, "invalidPath"},
		"B30 bad filter":               {`{"op":"replace","path":"emails[type zz \"a\"].value","value":"x"}`, "invalidFilter"},
		"B31 atomic":                   {`{"op":"replace","path":"title","value":"A"},{"op":"replace","path":"id","value":"x"}`, "mutability"},
		"B33 case of names":            {`{"op":"replace","path":"USERNAME","value":"bj2"}`, `{"userName":"bj2","name":{"familyName":"J","givenName":"Barb"},` + emails + `}`},
		"B35 qualified by base schema": {`{"op":"replace","path":"` + schema.UserURN + `:name.familyName","value":"K"}`, `{"userName":"bj","name":{"familyName":"K","givenName":"Barb"},` + emails + `}`},
	} {
		before := object(t, user, s0)
		if got := outcome(run(user, before, test.operations, &schema.Leniency{})); got != test.want {
			t.Errorf("%s: got %s", name, got)
		}
		if got := string(schema.AppendJSON(nil, before)); got != same {
			t.Errorf("%s: changed what was before: %s", name, got)
		}
	}
	entra := &schema.Leniency{Allowed: schema.AllNormalisations}
	result, err := run(user, object(t, user, s0), `{"op":"replace","path":"active","value":"False"}`, entra)
	if err != nil || result.Object.Get(user.Active) != false || entra.Applied != schema.BooleanStrings || !result.Touched[user.Active] {
		t.Errorf("B27 with booleanStrings: %v, %v", outcome(result, err), entra.Applied.Names())
	}
}

// The examples about groups, and what follows from "last one wins".
func TestMembers(t *testing.T) {
	t.Parallel()
	group := resourceType(t, "Group")
	member := func(op string, ids ...string) string {
		return `{"op":"` + op + `","path":"members","value":[{"value":"` + strings.Join(ids, `"},{"value":"`) + `"}]}`
	}
	const nobody = `{"op":"remove","path":"members"}`
	for name, test := range map[string]struct {
		operations  string
		replace     bool
		add, remove string
	}{
		"B17 remove all":            {nobody, true, "", ""},
		"B18 remove one":            {`{"op":"remove","path":"members[value eq \"u1\"]"}`, false, "", "u1"},
		"B19 remove listed":         {member("remove", "u1", "u2"), false, "", "u1 u2"},
		"B32 remove all, add":       {nobody + `,` + member("add", "u1", "u2"), true, "u1 u2", ""},
		"add":                       {member("add", "u1", "u1", "u2"), false, "u1 u2", ""},
		"add one object":            {`{"op":"add","path":"members","value":{"value":"u1","display":"x","$ref":"y","type":"User"}}`, false, "u1", ""},
		"add a string":              {`{"op":"add","path":"members","value":["u1"]}`, false, "u1", ""},
		"add none":                  {`{"op":"add","path":"members","value":[]}`, false, "", ""},
		"remove none":               {`{"op":"remove","path":"members","value":[]}`, false, "", ""},
		"remove null is remove all": {`{"op":"remove","path":"members","value":null}`, true, "", ""},
		"replace":                   {member("replace", "u1"), true, "u1", ""},
		"replace with none":         {`{"op":"replace","path":"members","value":[]}`, true, "", ""},
		"replace with null":         {`{"op":"replace","path":"members","value":null}`, true, "", ""},
		"pathless":                  {`{"op":"replace","value":{"id":"g","displayName":"n","members":[{"value":"u1"}]}}`, true, "u1", ""},
		"last wins":                 {member("add", "u1", "u2") + `,` + member("remove", "u1", "u3") + `,` + member("add", "u3"), false, "u2 u3", "u1"},
		"remove after replace":      {member("replace", "u1", "u2") + `,` + member("remove", "u2", "u9"), true, "u1", ""},
		"several ids by or":         {`{"op":"remove","path":"members[value eq \"u1\" or (VALUE eq \"u2\" or value eq \"u3\")]"}`, false, "", "u1 u2 u3"},
		"qualified path":            {`{"op":"Add","path":"` + schema.GroupURN + `:members","value":[{"value":"u1"}]}`, false, "u1", ""},
	} {
		result, err := run(group, object(t, group, `"displayName":"n"`), test.operations, &schema.Leniency{Allowed: schema.AllNormalisations})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := result.Members
		if got.Replace != test.replace || !slices.Equal(got.Add, strings.Fields(test.add)) || !slices.Equal(got.Remove, strings.Fields(test.remove)) || !result.Touched[group.Members] {
			t.Errorf("%s: got %+v", name, got)
		}
		if json := string(schema.AppendJSON(nil, result.Object)); json != `{"displayName":"n"}` {
			t.Errorf("%s: object %s", name, json)
		}
	}
	for operation, want := range map[string]string{
		`{"op":"add","path":"members","value":[{"type":"User"}]}`:                   "invalidValue",
		`{"op":"add","path":"members","value":[{"value":5}]}`:                       "invalidValue",
		`{"op":"add","path":"members","value":[{"value":""}]}`:                      "invalidValue",
		`{"op":"add","path":"members","value":[5]}`:                                 "invalidValue",
		`{"op":"add","path":"members","value":["u1"]}`:                              "invalidValue",
		`{"op":"add","path":"members","value":true}`:                                "invalidValue",
		`{"op":"add","path":"members","value":[{"value":"a","VALUE":"b"}]}`:         "invalidSyntax",
		`{"op":"add","path":"members","value":[{"value":"a","nope":1}]}`:            "invalidSyntax",
		`{"op":"replace","path":"members","value":{"value":"u1"}}`:                  "invalidValue",
		`{"op":"add","path":"members"}`:                                             "invalidValue",
		member("remove", "u1"):                                                      "invalidValue",
		`{"op":"remove","path":"members[value eq \"u1\"].type"}`:                    "mutability",
		`{"op":"remove","path":"members.value"}`:                                    "mutability",
		`{"op":"replace","path":"members[value eq \"u1\"].value","value":"u2"}`:     "mutability",
		`{"op":"replace","path":"members[value eq \"u1\"]","value":{"value":"u2"}}`: "mutability",
		`{"op":"add","path":"members.type","value":"User"}`:                         "mutability",
		`{"op":"remove","path":"displayName"}`:                                      "mutability",
		`{"op":"replace","path":"displayName","value":null}`:                        "invalidValue",
	} {
		if got := outcome(run(group, object(t, group, `"displayName":"n"`), operation, &schema.Leniency{})); got != want {
			t.Errorf("%s: got %s, want %s", operation, got, want)
		}
	}
}
