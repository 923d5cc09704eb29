package filter_test

import (
	"testing"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

const someUser = `"userName":"Bob","externalId":"Ex1","name":{"givenName":"Barb","familyName":"Jensen"},"profileUrl":"https://X/a","active":true,
"emails":[{"value":"w@x.org","type":"work","primary":true},{"value":"h@y.org","type":"home"},{"value":"n@z.org"}],
"` + schema.EnterpriseURN + `":{"department":"IT","manager":{"value":"m1"}}`

func TestMatchUser(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	bob := object(t, user, someUser)
	for text, want := range map[string]bool{
		`USERNAME EQ "bOB"`: true, `userName eq "bo"`: false, `userName ne "bob"`: false, `userName ne "x"`: true,
		`userName co "O"`: true, `userName sw "b"`: true, `userName ew "B"`: true, `userName co "bob" and userName sw "bob" and userName ew "bob"`: true,
		`userName gt "boa"`: true, `userName ge "BOB"`: true, `userName lt "bob"`: false, `userName le "bob"`: true, `userName pr`: true,
		`externalId eq "Ex1"`: true, `externalId eq "ex1"`: false, `profileUrl eq "https://X/a"`: true, `profileUrl eq "https://x/a"`: false, `profileUrl sw "https"`: true,
		`title eq "x"`: false, `title ne "x"`: true, `title pr`: false, `title eq null`: true, `title ne null`: false, `userName ne null`: true, `userName eq null`: false,
		`title co ""`: false, `userName co ""`: true, `title gt ""`: false, `not (title eq "x")`: true,
		`name.givenName eq "barb"`: true, `name pr`: true, `name eq null`: false, `name.middleName ne "x"`: true,
		schema.UserURN + `:name.familyName sw "j"`: true, `name[givenName eq "barb" and familyName eq "jensen"]`: true, `name[givenName eq "x"]`: false,
		`active eq true`: true, `active ne true`: false, `active eq false`: false, `active pr`: true,
		`emails eq "w@x.org"`: true, `emails co "y.org"`: true, `emails.value eq "q"`: false, `emails pr`: true, `emails.display pr`: false, `ims pr`: false,
		`emails.type eq "work" and emails.value sw "h"`: true, `emails[type eq "work" and value sw "h"]`: false, `emails[type eq "work" and value sw "w"]`: true,
		`emails[type eq "work"].value eq "w@x.org"`: true, `emails[type eq "home"].value eq "w@x.org"`: false, `emails[type eq "home"].display pr`: false,
		`emails ne "w@x.org"`: true, `not (emails eq "w@x.org")`: false, `emails.display ne "x"`: true, `ims ne "x"`: true, `ims.value eq null`: true,
		`emails[type ne "work" and value eq "n@z.org"]`: true, `emails[not (type pr)]`: true, `emails[type eq null and value sw "n"]`: true,
		`emails.primary eq true`: true, `emails.primary eq false`: true, `emails.primary ne true`: true, `emails.primary ne false`: true, `emails.primary pr`: true,
		`emails[primary eq false and type eq "home"]`: true, `emails[primary eq false and type eq "work"]`: false, `emails[primary ne true and type eq "home"]`: true,
		`emails[primary ne false and type eq "home"]`: false, `ims.primary eq false`: false, `ims.primary eq true`: false, `ims.primary ne true`: true, `ims.primary ne false`: true,
		enterprise + `:department eq "it"`: true, enterprise + `:manager.value eq "m1"`: true, enterprise + `:manager.value eq "M1"`: false, enterprise + ` pr`: true,
		enterprise + `:manager[value eq "m1"]`: true, enterprise + `:manager pr`: true, enterprise + `:division pr`: false,
		`meta.resourceType eq "User"`: true, `meta.resourceType eq "user"`: false, `meta.resourceType ne "Group"`: true, `meta.resourceType sw "U"`: true, `meta pr`: true,
		`meta.created pr`: true, `meta[resourceType eq "User"]`: true, `id pr`: true, `id eq null`: false, `schemas pr`: true, `schemas eq null`: false,
		`schemas eq "` + schema.UserURN + `"`: true, `schemas eq "URN:ietf:params:scim:schemas:core:2.0:user"`: true, `schemas eq "` + enterprise + `"`: true, `schemas eq "urn:x"`: false,
		`schemas ne "` + schema.UserURN + `"`: true, `schemas ne "urn:x"`: true, `schemas co "ENTERPRISE"`: true, `schemas ew "2.0:user"`: true, `schemas co "nope"`: false,
		`schemas[value eq "` + enterprise + `"]`: true, `schemas[value co "enterprise" and value co "core"]`: false, `schemas gt "zzz"`: false,
		`photos pr`: false, `photos.value pr`: false, `x509Certificates.value eq null`: true, `groups pr`: false, `id eq "x"`: false,
		`title pr and userName pr or userName pr`: true, `title pr and (userName pr or userName pr)`: false,
		`userName eq "'; DROP TABLE resource; --"`: false,
	} {
		f, err := bind(user, text, 0)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := filter.Match(f, bob); got != want {
			t.Errorf("%s: got %v from %#v", text, got, f)
		}
	}
	plain := object(t, user, `"userName":"x"`)
	f, err := bind(user, `schemas eq "`+enterprise+`"`, 0)
	if err != nil || filter.Match(f, plain) {
		t.Errorf("without the extension: %v %v", f, err)
	}
}

// The table of types and operators in part A of the requirements.
func TestOperatorsByType(t *testing.T) {
	t.Parallel()
	kind := resourceType(t, "Gadget")
	thing := object(t, kind, `"label":"Ab","size":5,"weight":2.50,"made":"2024-01-01T12:00:00Z","on":true,"key":"AAEC","home":"https://h/A","tags":["x","Y"],
"parts":[{"value":"p","count":3},{"value":"q","primary":true}]`)
	const yes, no, refused = 1, 0, -1
	for text, want := range map[string]int{
		`label eq "Ab"`: yes, `label eq "ab"`: no, `label ne "ab"`: yes, `label co "A"`: yes, `label sw "a"`: no, `label ew "b"`: yes, `label gt "AB"`: yes, `label le "Ab"`: yes, `label eq 5`: refused, `label eq true`: refused,
		`size eq 5`: yes, `size eq 5.0`: yes, `size ne 5`: no, `size gt 4.5`: yes, `size ge 5`: yes, `size lt 5`: no, `size le 5`: yes, `size pr`: yes, `size co 5`: refused, `size sw "5"`: refused, `size eq "5"`: refused, `size eq true`: refused,
		`weight eq 2.5`: yes, `weight gt 2`: yes, `weight lt 1e1`: yes, `weight ew 5`: refused, `weight eq "2.5"`: refused,
		`made eq "2024-01-01T14:00:00.000+02:00"`: yes, `made ne "2024-01-01T14:00:00+02:00"`: no, `made gt "2023-12-31T23:59:59Z"`: yes, `made ge "2024-01-01T12:00:00Z"`: yes, `made lt "2024-01-01T12:00:00.001Z"`: yes, `made le "2024-01-01T11:59:59Z"`: no,
		`made pr`: yes, `made co "2024"`: refused, `made sw "2024-01-01T12:00:00Z"`: refused, `made eq "2024-01-01"`: refused, `made eq 5`: refused, `made eq "x"`: refused,
		`on eq true`: yes, `on ne true`: no, `on eq false`: no, `on pr`: yes, `on gt false`: refused, `on le true`: refused, `on co true`: refused, `on eq "true"`: refused, `on eq 1`: refused,
		`key pr`: yes, `key eq null`: no, `key eq "AAEC"`: refused, `key gt "A"`: refused, `key co "A"`: refused,
		`home eq "https://h/A"`: yes, `home eq "https://h/a"`: no, `home co "/h/"`: yes, `home sw "https"`: yes, `home ew "A"`: yes, `home gt "a"`: yes, `home eq 1`: refused,
		`tags eq "y"`: yes, `tags eq "z"`: no, `tags ne "x"`: yes, `tags sw "X"`: yes, `tags pr`: yes, `tags[value eq "X"]`: yes, `tags[value eq "x" and value eq "y"]`: no, `tags.value eq "x"`: refused, `tags[type eq "x"]`: refused, `tags[value gt "x"]`: yes,
		`secret eq "x"`: refused, `secret pr`: refused, `secret eq null`: refused,
		`parts eq "p"`: yes, `parts.count gt 2`: yes, `parts[value eq "q" and primary eq true]`: yes, `parts[count eq 3 and primary eq false]`: yes, `parts.count eq "3"`: refused, `parts gt "o"`: yes, `parts[nope eq 1]`: refused,
		`label eq null`: no, `label gt null`: refused, `label co null`: refused,
		`nope eq "x"`: refused, `nope pr`: refused, `label.x eq "x"`: refused, `label[value eq "x"]`: refused, `urn:example:gadget_V1-x:2.0:gadget:SIZE eq 5`: yes,
		`id eq "x"`: no, `meta.version eq "x"`: refused, `meta.location pr`: refused, `meta eq "x"`: refused, `meta.resourceType gt "A"`: yes, `meta.resourceType eq true`: refused,
	} {
		got := refused
		f, err := bind(kind, text, 0)
		if err != nil {
			wantFault(t, err, fault.InvalidFilter)
		} else if filter.Match(f, thing) {
			got = yes
		} else {
			got = no
		}
		if got != want {
			t.Errorf("%s: got %d (%v)", text, got, err)
		}
	}
}

func TestNormalisedFilters(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	bob := object(t, user, someUser)
	for text, normalisation := range map[string]schema.Normalisation{
		`active eq "True"`:              schema.BooleanStrings,
		`emails[primary eq "true"]`:     schema.BooleanStrings,
		`department eq "it"`:            schema.BareExtensionNames,
		`manager.value eq "m1"`:         schema.BareExtensionNames,
		enterprise + `:manager eq "m1"`: schema.BareReferences,
		`manager eq "m1"`:               schema.BareReferences | schema.BareExtensionNames,
	} {
		e, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		l := &schema.Leniency{Allowed: schema.AllNormalisations}
		f, err := filter.Bind(e, user, l)
		if err != nil || !filter.Match(f, bob) || l.Applied != normalisation {
			t.Errorf("%s: got %v, %v, applied %v", text, f, err, l.Applied.Names())
		}
		_, err = filter.Bind(e, user, &schema.Leniency{})
		wantFault(t, err, fault.InvalidFilter)
	}
	for _, text := range []string{`active eq "yes"`, `name eq "x"`, `password pr`, `addresses eq "x"`, enterprise + ` eq "x"`, `emails[type eq "x" and name[givenName pr]]`} {
		_, err := bind(user, text, schema.AllNormalisations)
		wantFault(t, err, fault.InvalidFilter)
	}
}

func TestBindEach(t *testing.T) {
	t.Parallel()
	types := registry(t).Types()
	// User, Group, Gadget
	objects := []*schema.Object{object(t, types[0], someUser), object(t, types[1], `"displayName":"bob"`), object(t, types[2], `"size":5,"tags":["x"]`)}
	for text, want := range map[string][3]bool{
		`meta.resourceType eq "Group"`:              {false, true, false},
		`displayName eq "BOB" or userName eq "bob"`: {true, true, false},
		`userName ne "x"`:                           {true, true, true},
		`userName pr`:                               {true, false, false},
		`userName eq null`:                          {false, true, true},
		`userName ne null`:                          {true, false, false},
		`not (userName eq "bob")`:                   {false, true, true},
		`emails[type eq "work"]`:                    {true, false, false},
		`parts[count eq 1] or tags[value eq "x"]`:   {false, false, true},
		`members[value eq "x"] or size gt 4`:        {false, false, true},
		`size lt 6 and tags eq "x"`:                 {false, false, true},
	} {
		e, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		filters, err := filter.BindEach(e, types, &schema.Leniency{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for i, f := range filters {
			if got := filter.Match(f, objects[i]); got != want[i] {
				t.Errorf("%s on %s: got %v", text, types[i].Name, got)
			}
		}
	}
	for _, text := range []string{`nope eq "x"`, `userName pr or nope pr`, `emails[nope eq "x"]`, `nope[value eq "x"]`, `password pr`, `size gt null`} {
		e, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = filter.BindEach(e, types, &schema.Leniency{})
		wantFault(t, err, fault.InvalidFilter)
	}
}

func TestMatchElement(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	emails, _ := user.Lookup("emails")
	e, err := filter.Parse(`type eq "WORK" and not (primary eq false)`)
	if err != nil {
		t.Fatal(err)
	}
	f, err := filter.BindElement(e, emails, &schema.Leniency{})
	if err != nil {
		t.Fatal(err)
	}
	list := object(t, user, someUser).Get(emails).(schema.List)
	for i, want := range []bool{true, false, false} {
		if got := filter.MatchElement(f, emails, list[i]); got != want {
			t.Errorf("element %d: got %v", i, got)
		}
	}
}
