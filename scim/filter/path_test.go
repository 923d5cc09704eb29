package filter_test

import (
	"testing"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

const enterprise = schema.EnterpriseURN

func TestBindPath(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	for _, test := range []struct {
		text, attribute, sub string
		where                bool
		terms                int
	}{
		{text: `userName`, attribute: "userName"},
		{text: `USERNAME`, attribute: "userName"},
		{text: `name.familyName`, attribute: "name.familyName"},
		{text: schema.UserURN + `:name.familyName`, attribute: "name.familyName"},
		{text: `emails.type`, attribute: "emails.type"},
		{text: `emails[type eq "work"]`, attribute: "emails", where: true, terms: 1},
		{text: `emails[type eq "work" and (primary eq true)].Value`, attribute: "emails", sub: "emails.value", where: true, terms: 2},
		{text: `emails[not (type eq "work")].value`, attribute: "emails", sub: "emails.value", where: true},
		{text: `photos[value eq "https://x"]`, attribute: "photos", where: true, terms: 1},
		{text: enterprise, attribute: enterprise},
		{text: enterprise + `:department`, attribute: enterprise + ":department"},
		{text: enterprise + `:manager.value`, attribute: enterprise + ":manager.value"},
		{text: enterprise + `:manager[value eq "x"].value`, attribute: enterprise + ":manager", sub: enterprise + ":manager.value", where: true, terms: 1},
	} {
		parsed, err := filter.ParsePath(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		path, err := filter.BindPath(parsed, user, &schema.Leniency{})
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		sub := ""
		if path.Sub != nil {
			sub = path.Sub.Path()
		}
		if path.Attribute.Path() != test.attribute || sub != test.sub || (path.Where != nil) != test.where || len(path.Terms) != test.terms {
			t.Errorf("%s: got %+v", test.text, path)
		}
	}
}

func TestPathRefusals(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	for text, keyword := range map[string]fault.Type{
		``: fault.InvalidPath, ` userName`: fault.InvalidPath, `userName `: fault.InvalidPath, `/members/0`: fault.InvalidPath,
		`emails[0]`: fault.InvalidPath, `emails[0].value`: fault.InvalidPath, `a.b.c`: fault.InvalidPath, `nope`: fault.InvalidPath,
		`name.nope`: fault.InvalidPath, `urn:nope:x`: fault.InvalidPath, `userName[value eq "x"]`: fault.InvalidPath, `department`: fault.InvalidPath,
		`emails[type eq "work"].nope`: fault.InvalidPath, `emails[type eq "work"].`: fault.InvalidPath, `emails[type eq "work"]value`: fault.InvalidPath,
		`emails[type eq "work"].value.x`: fault.InvalidPath, `emails.value[type eq "x"]`: fault.InvalidPath, enterprise + `[department eq "x"]`: fault.InvalidPath,
		`emails[type zz "a"].value`: fault.InvalidFilter, `emails[]`: fault.InvalidFilter, `emails[type eq "x"`: fault.InvalidFilter, `emails[nope eq "x"]`: fault.InvalidFilter,
		`emails[primary eq "x"]`: fault.InvalidFilter, `emails[emails[type pr]]`: fault.InvalidFilter, `emails[emails.type pr]`: fault.InvalidFilter,
	} {
		parsed, err := filter.ParsePath(text)
		if err == nil {
			_, err = filter.BindPath(parsed, user, &schema.Leniency{})
		}
		if refused, ok := fault.As(err); !ok || refused.Type != keyword {
			t.Errorf("%s: got %v, want %s", text, err, keyword)
		}
	}
	lenient := &schema.Leniency{Allowed: schema.AllNormalisations}
	parsed, _ := filter.ParsePath("manager")
	if path, err := filter.BindPath(parsed, user, lenient); err != nil || path.Attribute.Path() != enterprise+":manager" || lenient.Applied != schema.BareExtensionNames {
		t.Errorf("got %v, %v, %v", path, err, lenient.Applied.Names())
	}
}
