package schema

import "golang.org/x/text/language"

// isCountry reports whether a text is a country code of ISO 3166-1 alpha-2, in
// any case.
func isCountry(text string) bool {
	region, err := language.ParseRegion(text)
	return err == nil && len(text) == 2 && region.IsCountry()
}
