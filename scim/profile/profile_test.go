package profile_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/scim/profile"
	"rollcall/scim/schema"
)

// TestDocumentation holds the tables of the documentation against the names
// and sets of the program.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	normalisations := table(t, "../../docs/normalisations.md", "Name")
	for _, row := range normalisations {
		n, ok := schema.NormalisationOf(row[0])
		if !ok {
			t.Errorf("%s is documented and does not exist", row[0])
			continue
		}
		var off []string
		for _, p := range profile.Profiles() {
			if p.Allowed&n == 0 {
				off = append(off, p.Name)
			}
		}
		if want := strings.Join(off, ", "); row[3] != want {
			t.Errorf("%s is documented as off in %q, and is off in %q", row[0], row[3], want)
		}
	}
	if diff := cmp.Diff(schema.AllNormalisations.Names(), firsts(normalisations)); diff != "" {
		t.Error(diff)
	}
	profiles := table(t, "../../docs/profiles.md", "Profile")
	if diff := cmp.Diff(profile.Names(), firsts(profiles)); diff != "" {
		t.Error(diff)
	}
	for _, row := range profiles {
		p, _ := profile.Lookup(row[0])
		if got := documented(p.Allowed.Names()); row[2] != got && (row[2] != "all" || p.Allowed != schema.AllNormalisations) {
			t.Errorf("%s allows %s, documented is %s", row[0], got, row[2])
		}
		if got := documented(p.Demanded.Names()); row[3] != got {
			t.Errorf("%s demands %s, documented is %s", row[0], got, row[3])
		}
	}
	if diff := cmp.Diff(schema.AllDemands.Names(), firsts(table(t, "../../docs/profiles.md", "Demand"))); diff != "" {
		t.Error(diff)
	}
}

func documented(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

var code = regexp.MustCompile("`([A-Za-z0-9-]+)`")

// table reads the table whose first column has that heading, names without
// their quotes.
func table(t *testing.T, file, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n| "+heading+" |")
	if !found {
		t.Fatalf("%s has no table of %ss", file, heading)
	}
	var rows [][]string
	for i, line := range strings.Split(rest, "\n") {
		if i < 2 {
			continue
		}
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		for j := range cells {
			if stripped := code.ReplaceAllString(cells[j], "$1"); j != 1 {
				cells[j] = strings.TrimSpace(stripped)
			}
		}
		rows = append(rows, cells)
	}
	return rows
}

func firsts(rows [][]string) []string {
	var out []string
	for _, row := range rows {
		out = append(out, row[0])
	}
	return out
}

func TestOptions(t *testing.T) {
	t.Parallel()
	all := schema.AllNormalisations
	for stored, want := range map[string]struct {
		profile string
		allowed schema.Normalisation
		interop bool
		err     string
	}{
		``:                        {"lenient", all, false, ""},
		`{}`:                      {"lenient", all, false, ""},
		`{"note":"x","limit":[]}`: {"lenient", all, false, ""},
		`{"profile":"lenient","normalisations":{"booleanStrings":false,"pathKeys":true}}`: {"lenient", all &^ schema.BooleanStrings, false, ""},
		`{"normalisations":{"booleanStrings":false}}`:                                     {"lenient", all &^ schema.BooleanStrings, false, ""},
		`{"profile":"strict"}`: {"strict", 0, false, ""},
		`{"profile":"strict","normalisations":{"emptyStrings":true}}`: {"strict", schema.EmptyStrings, false, ""},
		`{"profile":"interop"}`:   {"interop", schema.ValuedRemove, true, ""},
		`{"profile":"ipsie-al1"}`: {"ipsie-al1", schema.ValuedRemove, true, ""},
		`{"profile":"ipsie-al2","normalisations":{"valuedRemove":false}}`:        {"ipsie-al2", 0, true, ""},
		`{"profile":"interop","normalisations":{"operationCase":true}}`:          {"interop", schema.ValuedRemove | schema.OperationCase, false, ""},
		`{"profile":"gone","normalisations":{"emptyStrings":true}}`:              {"strict", schema.EmptyStrings, false, `no profile "gone"; known are lenient, strict`},
		`{"profile":"lenient","normalisations":{"gone":false,"pathKeys":false}}`: {"lenient", all &^ schema.PathKeys, false, `no normalisation "gone"; known are booleanStrings`},
		`{"revive":"userName"}`:                 {"lenient", all, false, `revive is "externalId"`},
		`{"revive":true}`:                       {"strict", 0, false, "read profile"},
		`{"revive":["externalId"]}`:             {"strict", 0, false, "read profile"},
		`{"profile":7}`:                         {"strict", 0, false, "read profile"},
		`{"normalisations":["booleanStrings"]}`: {"strict", 0, false, "read profile"},
		`[]`:                                    {"strict", 0, false, "read profile"},
		`{"profile":`:                           {"strict", 0, false, "read profile"},
	} {
		rules, err := profile.Of([]byte(stored))
		if rules.Name != want.profile || rules.Allowed != want.allowed || rules.InteropConformant() != want.interop {
			t.Errorf("%s: %s allows %v, conformant %v", stored, rules.Name, rules.Allowed.Names(), rules.InteropConformant())
		}
		if (err == nil) != (want.err == "") || err != nil && !strings.Contains(err.Error(), want.err) {
			t.Errorf("%s: %v", stored, err)
		}
	}
}

// TestRevive: only what is spelled out revives.
func TestRevive(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]bool{
		``: false, `{}`: false, `{"revive":""}`: false, `{"revive":"userName"}`: false, `{"revive":"externalid"}`: false, `{"revive":true}`: false,
		`{"revive":"externalId"}`: true, `{"profile":"ipsie-al2","revive":"externalId"}`: true, `{"profile":7,"revive":"externalId"}`: false,
	} {
		if rules, _ := profile.Of([]byte(stored)); rules.Revives != want {
			t.Errorf("%s revives: %v", stored, rules.Revives)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	names := schema.AllNormalisations.Names()
	for i, name := range names {
		if n, ok := schema.NormalisationOf(name); !ok || n != 1<<i || !slices.Equal(n.Names(), []string{name}) {
			t.Errorf("%s is %v", name, n.Names())
		}
	}
	if all := schema.AllNormalisations; all+1 != 1<<len(names) {
		t.Errorf("%d names for the set %b", len(names), all)
	}
	if demands := schema.AllDemands.Names(); schema.AllDemands+1 != 1<<len(demands) {
		t.Errorf("%d names for the set %b", len(demands), schema.AllDemands)
	}
	if _, ok := schema.NormalisationOf("nothing"); ok {
		t.Error("a name that does not exist is found")
	}
}
