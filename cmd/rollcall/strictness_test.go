package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/internal/app"
	"rollcall/scim/schema"
	"rollcall/store"
)

func TestProfiles(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := start(t, nil, "--database", database)
	verb(t, exitDone, database, "connection", "create", "plain", "--kind=okta")
	verb(t, exitDone, database, "connection", "create", "some", "--refuse=booleanStrings,pathKeys", "--option=note=hello")
	verb(t, exitDone, database, "connection", "create", "level", "--profile=ipsie-al2")
	found := map[string]connectionView{}
	list := func() {
		for _, c := range verbJSON[[]connectionView](t, database, "connection", "list") {
			found[c.Name] = c
		}
	}
	expect := func(name, profile, options string, allowed schema.Normalisation) {
		t.Helper()
		list()
		c := found[name]
		if c.Profile != profile || !sameJSON(t, c.Options, options) {
			t.Errorf("%s has the profile %s and the options %s", name, c.Profile, c.Options)
		}
		if diff := cmp.Diff(allowed.Names(), c.Normalisations); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	all := schema.AllNormalisations
	expect("plain", "lenient", `{}`, all)
	expect("some", "lenient", `{"note":"hello","normalisations":{"booleanStrings":false,"pathKeys":false}}`, all&^schema.BooleanStrings&^schema.PathKeys)
	expect("level", "ipsie-al2", `{"profile":"ipsie-al2"}`, schema.ValuedRemove)
	if diff := cmp.Diff(schema.AllDemands.Names(), found["level"].Demands); diff != "" || len(found["plain"].Demands) != 0 {
		t.Error(diff)
	}

	verb(t, exitDone, database, "connection", "set", "some", "--allow=pathKeys")
	expect("some", "lenient", `{"note":"hello","normalisations":{"booleanStrings":false,"pathKeys":true}}`, all&^schema.BooleanStrings)
	out, _ := verb(t, exitDone, database, "connection", "list")
	if !strings.Contains(out, "lenient -booleanStrings ") || strings.Contains(out, "+pathKeys") {
		t.Errorf("list prints %s", out)
	}
	verb(t, exitDone, database, "connection", "set", "some", "--profile=strict", "--allow=emptyStrings")
	expect("some", "strict", `{"note":"hello","profile":"strict","normalisations":{"emptyStrings":true}}`, schema.EmptyStrings)
	token, _ := verb(t, exitDone, database, "token", "create", "--connection=some", "--scope=scim:read,scim:write")
	p.expect("/scim/v2/Users?filter=department+eq+%22d%22", strings.TrimSpace(token), http.StatusBadRequest)
	verb(t, exitDone, database, "connection", "set", "some", "--unset=profile", "--unset=normalisations")
	expect("some", "lenient", `{"note":"hello"}`, all)
	verb(t, exitDone, database, "connection", "set", "some", "--option=profile=interop")
	expect("some", "interop", `{"note":"hello","profile":"interop"}`, schema.ValuedRemove)
	verb(t, exitDone, database, "connection", "set", "some", "--option=revive=externalId")
	expect("some", "interop", `{"note":"hello","profile":"interop","revive":"externalId"}`, schema.ValuedRemove)
	verb(t, exitDone, database, "connection", "set", "some", "--unset=revive")
	expect("some", "interop", `{"note":"hello","profile":"interop"}`, schema.ValuedRemove)
	p.end(exitDone)
}

// TestUnknownProfiles: names that do not exist are refused before anything is
// done, with those that do.
func TestUnknownProfiles(t *testing.T) {
	t.Parallel()
	for want, flags := range map[string][]string{
		"known are lenient, strict, interop, ipsie-al1, ipsie-al2": {"--profile=strickt"},
		"known are booleanStrings, emptyStrings":                   {"--allow=emptystrings"},
		`there is no normalisation "b"`:                            {"--refuse=pathKeys,b"},
		"named twice":                                              {"--allow=pathKeys", "--refuse=pathKeys"},
		`there is no profile "x"`:                                  {"--option=profile=x"},
		"read profile and normalisations":                          {"--option=profile=7"},
		`revive is "externalId", or not there`:                     {"--option=revive=userName"},
		`there is no normalisation "c"`:                            {`--option=normalisations={"c":true}`},
	} {
		for _, action := range []string{"create", "set"} {
			_, stderr := verb(t, exitUsage, "sqlite:unused", append([]string{"connection", action, "x"}, flags...)...)
			if !strings.Contains(stderr, want) {
				t.Errorf("%s %v: %s", action, flags, stderr)
			}
		}
	}
}

// TestSetWhatIsNotUnderstood: options that would not be understood afterwards are
// not stored, whichever flag has changed others of them (decision 0030).
func TestSetWhatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	verb(t, exitDone, database, "migrate")
	verb(t, exitDone, database, "tenant", "create", "default")
	verb(t, exitDone, database, "connection", "create", "okta", "--option=note=x")
	opened, err := app.OpenExisting(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	owner, err := opened.Tenant(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	stored := func() store.Connection {
		t.Helper()
		found, err := opened.Connection(t.Context(), owner.ID, "okta")
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	write := func(options string) {
		t.Helper()
		before := stored()
		after := before
		after.Options = []byte(options)
		if err := opened.UpdateConnection(t.Context(), before, after, audit(now())); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{`{"revive":5}`, `{"roles":[""]}`, `{"inspect":"yes"}`} {
		write(bad)
		for _, flags := range [][]string{{"--profile=strict"}, {"--allow=pathKeys"}, {"--kind=entra"}, {"--option=note=y"}} {
			_, stderr := verb(t, exitUsage, database, append([]string{"connection", "set", "okta"}, flags...)...)
			if now := stored(); !sameJSON(t, now.Options, bad) || now.Kind != "generic" || !strings.Contains(stderr, "--unset") {
				t.Errorf("%s, %v: %s %s: %s", bad, flags, now.Kind, now.Options, stderr)
			}
		}
	}
	write(`{"revive":5}`)
	verb(t, exitDone, database, "connection", "set", "okta", "--profile=strict", "--unset=revive")
	if now := stored(); !sameJSON(t, now.Options, `{"profile":"strict"}`) {
		t.Errorf("taken away: %s", now.Options)
	}
	write(`{"profile":5,"normalisations":[]}`)
	verb(t, exitDone, database, "connection", "set", "okta", "--profile=strict", "--allow=pathKeys")
	if now := stored(); !sameJSON(t, now.Options, `{"profile":"strict","normalisations":{"pathKeys":true}}`) {
		t.Errorf("set aside: %s", now.Options)
	}
}

// TestTokensOfIPSIE: the profiles of IPSIE want tokens that end.
func TestTokensOfIPSIE(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := start(t, nil, "--database", database)
	for _, name := range []string{"ipsie-al1", "ipsie-al2"} {
		verb(t, exitDone, database, "connection", "create", name, "--profile="+name)
		t.Run("IPS-17 "+name, func(t *testing.T) {
			stdout, stderr := verb(t, exitUsage, database, "token", "create", "--connection="+name)
			if stdout != "" || !strings.Contains(stderr, "profile "+name) || !strings.Contains(stderr, "--expires") {
				t.Errorf("%q, %q", stdout, stderr)
			}
			if made := verbJSON[[]tokenView](t, database, "token", "list", "--connection="+name); len(made) != 0 {
				t.Errorf("a token was made all the same: %+v", made)
			}
			verb(t, exitDone, database, "token", "create", "--connection="+name, "--expires=90d")
		})
	}
	verb(t, exitDone, database, "connection", "create", "interop", "--profile=interop")
	verb(t, exitDone, database, "token", "create", "--connection=interop")
	p.end(exitDone)
}

func sameJSON(t *testing.T, a json.RawMessage, b string) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		t.Fatalf("not JSON: %s", a)
	}
	return cmp.Equal(x, y)
}
