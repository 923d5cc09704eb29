package schema

import (
	_ "embed" // the names of time zones
	"errors"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// checkVocabulary refuses a value that is not of the vocabulary of its
// attribute, unless the leniency takes it. The value itself is kept as sent.
func (a *Attribute) checkVocabulary(text string, leniency *Leniency) error {
	var known func(string) bool
	allowed, expected := UncheckedLocales, ""
	switch a.rule {
	case ruleCountry:
		known, allowed, expected = isCountry, UncheckedCountries, "an ISO 3166-1 alpha-2 code such as \"DE\""
	case ruleLanguage:
		known, expected = isAcceptLanguage, "languages in the form of Accept-Language, such as \"de-CH, en;q=0.5\""
	case ruleLocale:
		known, expected = isLanguageTag, "a language tag such as \"de-CH\""
	case ruleTimezone:
		known, expected = isTimezone, "a name of the IANA time zone database such as \"Europe/Zurich\""
	default:
		return nil
	}
	if known(text) || leniency.Use(allowed) {
		return nil
	}
	return mismatch(a, expected)
}

// longestTag bounds what is parsed as a language in bytes; a longer value is
// none.
const longestTag = 255

// isLanguageTag reports whether a tag is well-formed (BCP 47). Subtags that
// nobody registered and "_" for "-" are taken.
func isLanguageTag(text string) bool {
	if text == "" || len(text) > longestTag {
		return false
	}
	_, err := language.Parse(text)
	var unregistered language.ValueError
	return err == nil || errors.As(err, &unregistered)
}

var weight = regexp.MustCompile(`^\s*[qQ]\s*=\s*(0(\.[0-9]{0,3})?|1(\.0{0,3})?)\s*$`)

// isAcceptLanguage reports whether a text has the form of the header
// Accept-Language (RFC 9110 section 12.5.4).
func isAcceptLanguage(text string) bool {
	if len(text) > longestTag {
		return false
	}
	for part := range strings.SplitSeq(text, ",") {
		tag, q, weighted := strings.Cut(part, ";")
		if tag = strings.TrimSpace(tag); tag != "*" && !isLanguageTag(tag) || weighted && !weight.MatchString(q) {
			return false
		}
	}
	return true
}

// timezoneNames are the zones and links of the IANA database, by line. Asking
// the system instead costs a search of its files for each value, and answers
// differently from machine to machine.
//
//go:embed timezones.txt
var timezoneNames string

var timezones = func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(timezoneNames) {
		names[name] = true
	}
	return names
}()

// isURI reports whether a text is a URI or a relative reference (RFC 3986): only
// characters that one may have, and those that divide it in their place.
func isURI(text string) bool {
	for i := range len(text) {
		if b := text[i]; b <= ' ' || b >= 0x7f || strings.IndexByte("\"<>\\^`{|}", b) >= 0 {
			return false
		}
	}
	_, err := url.Parse(text)
	return err == nil
}

// isTimezone reports whether the IANA database has a zone of that name.
func isTimezone(text string) bool { return timezones[text] }

// isCountry reports whether a text is an officially assigned ISO 3166-1
// alpha-2 code, in any case.
func isCountry(text string) bool {
	return len(text) == 2 && strings.Contains(countries, " "+strings.ToUpper(text)+" ")
}

const countries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ" +
	" CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR" +
	" GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP" +
	" KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ" +
	" NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW" +
	" SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ" +
	" UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
