package schema_test

import (
	_ "embed" // the names of time zones
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the machine may have none

	"rollcall/schemas"
	"rollcall/scim/schema"
)

//go:embed timezones.txt
var timezones string

// TestTimezones: what is listed as a time zone is one.
func TestTimezones(t *testing.T) {
	t.Parallel()
	names := strings.Fields(timezones)
	if len(names) < 500 {
		t.Errorf("only %d names", len(names))
	}
	for _, name := range names {
		if _, err := time.LoadLocation(name); err != nil {
			t.Error(err)
		}
	}
}

// SCH-49, SCH-51: what is a country, a language, a locale and a time zone.
func TestVocabularies(t *testing.T) {
	t.Parallel()
	registry, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := registry.Type("User")
	long := strings.Repeat("a-", 200)
	for _, test := range []struct {
		member string
		taken  schema.Normalisation
		good   []string
		bad    []string
	}{
		{`"addresses":[{"country":"?"}]`, schema.UncheckedCountries, []string{"US", "de", "ZW", "AD"}, []string{"USA", "XX", "UK", "EU", " U", "D", "Germany", "840", "  ", "AD AE", ""}},
		{`"preferredLanguage":"?"`, schema.UncheckedLocales, []string{"en", "en-US", "da, en-gb;q=0.8, en;q=0.7", "*", "zh-Hant-TW", "de;q=1.000,*;q=0", "en_US"}, []string{"", "en,", "en;q=2", "en;level", "english (us)", "en; q=0.5555", ";q=1", long}},
		{`"locale":"?"`, schema.UncheckedLocales, []string{"en-US", "en_US", "de", "zh-Hans-CN", "sl-rozaj-biske", "xx-ZZ"}, []string{"", "english language", "e", "*", "de, en", "en--US", "-en", long}},
		{`"timezone":"?"`, schema.UncheckedLocales, []string{"America/Los_Angeles", "Europe/Zurich", "UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires"}, []string{"", "Pacific Standard Time", "Local", "../etc/passwd", "/etc/passwd", "Mars/Phobos", "UTC+1", "zone.tab", "europe/zurich", long}},
	} {
		for _, value := range append(test.good, test.bad...) {
			body := `{"schemas":["` + schema.UserURN + `"],"userName":"u",` + strings.Replace(test.member, "?", value, 1) + `}`
			bad := slices.Contains(test.bad, value)
			_, err := user.Decode(strings.NewReader(body), &schema.Leniency{})
			if (err != nil) != bad {
				t.Errorf("%s, %q: %v", test.member, value, err)
			}
			if value == "" {
				continue // unassigned, where empty strings are taken
			}
			lenient := &schema.Leniency{Allowed: schema.AllNormalisations}
			decoded, err := user.Decode(strings.NewReader(body), lenient)
			if err != nil || !strings.Contains(string(schema.AppendJSON(nil, decoded)), `"`+value+`"`) {
				t.Errorf("%s, %q is not kept as sent: %v", test.member, value, err)
			}
			if (lenient.Applied == test.taken) != bad {
				t.Errorf("%s, %q: applied %v", test.member, value, lenient.Applied.Names())
			}
		}
	}
}
