package inspect

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"rollcall/scim/filter"
)

// literals are the texts in a filter.
var literals = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// filter shows which attributes a filter is about and how, without the values:
// they are about people who may not be named by an id.
func (c *cleaning) filter(of string) string {
	if _, err := filter.Parse(of); err != nil || c.secret(literals.ReplaceAllString(of, literal)) {
		return gone
	}
	return literals.ReplaceAllString(of, literal)
}

// parameters are those of an address that are shown.
var parameters = map[string]bool{
	"attributes": true, "excludedattributes": true, "sortby": true, "sortorder": true, "startindex": true, "count": true, "filter": true, "memberscount": true,
}

// query shows the parameters of an address that are known.
func (c *cleaning) query(of string) string {
	if of == "" {
		return ""
	}
	values, err := url.ParseQuery(of)
	if err != nil {
		return gone
	}
	var shown []string
	for name, list := range values {
		for _, one := range list {
			switch {
			case !parameters[fold(name)]:
				one, name = gone, "other"
			case fold(name) == "filter":
				one = c.filter(one)
			case !plainList.MatchString(one):
				one = gone
			}
			shown = append(shown, name+"="+one)
		}
	}
	slices.Sort(shown)
	return clip(strings.Join(slices.Compact(shown), "&"))
}

// plainList are names, numbers and lists of them.
var plainList = regexp.MustCompile(`^[\pL\pN:._$, -]*$`)

// mostText bounds paths and queries, in bytes.
const mostText = 2048

func clip(of string) string {
	of = strings.ReplaceAll(strings.ToValidUTF8(of, "\uFFFD"), "\x00", "\uFFFD")
	if len(of) > mostText {
		of = strings.ToValidUTF8(of[:mostText], "") + "…"
	}
	return of
}
