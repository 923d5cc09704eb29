package inspect

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// The places of what was taken out.
const (
	gone    = "[redacted]"
	literal = `"…"`
)

// redactor takes out of requests what nobody may see: the values of attributes
// that are never returned, in any place that can name one, and whatever is called
// like a secret. It rather takes out too much.
type redactor struct {
	// never are the folded names of attributes that are never returned, shown
	// those of all others.
	never, shown map[string]bool
}

// suspicious are parts of names that no schema knows and that are secrets all the
// same.
var suspicious = []string{"password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "apikey", "privatekey", "authorization"}

func newRedactor(types []*schema.ResourceType) *redactor {
	r := &redactor{never: map[string]bool{"password": true}, shown: map[string]bool{}}
	for _, t := range types {
		r.learn(t.Attributes(), false)
	}
	return r
}

// learn notes the names of attributes. What is below one that is never returned is
// never returned either.
func (r *redactor) learn(attributes []*schema.Attribute, hidden bool) {
	for _, a := range attributes {
		secret := hidden || a.Returned == schema.Never || a.Mutability == schema.WriteOnly
		names := r.shown
		if secret {
			names = r.never
		}
		if !a.Extension {
			names[fold(a.Name)] = true
		}
		r.learn(a.Sub, secret)
	}
}

// fold makes names equal that any reader could take for the same.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// secret reports whether a name or a path names something secret in any of its
// parts.
func (r *redactor) secret(name string) bool {
	for _, part := range strings.FieldsFunc(fold(name), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '-' && c != '$'
	}) {
		if r.never[part] {
			return true
		}
		if !r.shown[part] && slices.ContainsFunc(suspicious, func(word string) bool {
			return strings.Contains(strings.NewReplacer("_", "", "-", "").Replace(part), word)
		}) {
			return true
		}
	}
	return false
}

// cleaning is what is taken out of one request.
type cleaning struct {
	*redactor
	// secrets are the texts that were taken out and are long enough to be known
	// again.
	secrets []string
	// nameless says that the address names something by what is no id: an error
	// that repeats it is shown without.
	nameless bool
}

// recognisable is the length from which on a secret is looked for elsewhere, in
// bytes.
const recognisable = 6

// body returns what is shown of a body, nil where it cannot be read.
func (c *cleaning) body(data []byte) []byte {
	found, err := parse(data)
	if err != nil {
		return nil
	}
	c.clean(found)
	return render(make([]byte, 0, len(data)), found)
}

// clean takes out of a document what is secret.
func (c *cleaning) clean(of any) {
	switch v := of.(type) {
	case *array:
		for _, one := range v.elements {
			c.clean(one)
		}
	case *object:
		hidden := slices.ContainsFunc(v.members, func(m member) bool { return strings.EqualFold(m.name, "path") && c.secret(text(m.value)) })
		for i := range v.members {
			m := &v.members[i]
			switch name := fold(m.name); {
			case name == "op" && hidden:
			case name == "path":
				m.value = c.path(m.value, hidden)
			case name == "detail" && c.nameless:
				m.value = quoted(literals.ReplaceAllString(text(m.value), literal))
			case name == "filter":
				m.value = c.filterValue(m.value)
			case hidden, c.secret(m.name):
				m.value = c.take(m.value)
			default:
				c.clean(m.value)
			}
		}
	}
}

// plainPath is a path without a filter.
var plainPath = regexp.MustCompile(`^[\pL\pN:._$/-]*$`)

// path shows a path that names something secret only where it holds no value.
func (c *cleaning) path(of any, hidden bool) any {
	if !hidden {
		c.clean(of)
		return of
	}
	if plain := text(of); !plainPath.MatchString(plain) {
		return c.take(of)
	}
	return of
}

// take replaces a value. Nothing stays nothing.
func (c *cleaning) take(of any) any {
	c.remember(of)
	if raw, ok := of.(jsontext.Value); ok && raw.Kind() == 'n' {
		return of
	}
	return quoted(gone)
}

// remember notes the texts and numbers in a value.
func (c *cleaning) remember(of any) {
	switch v := of.(type) {
	case *object:
		for _, one := range v.members {
			c.remember(one.value)
		}
	case *array:
		for _, one := range v.elements {
			c.remember(one)
		}
	case jsontext.Value:
		plain := text(v)
		if v.Kind() == '0' {
			plain = string(v)
		}
		if len(plain) >= recognisable {
			c.secrets = append(c.secrets, plain)
		}
	}
}

func (c *cleaning) filterValue(of any) any {
	plain := text(of)
	if plain == "" {
		return c.take(of)
	}
	return quoted(c.filter(plain))
}

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

// repeats reports whether a text that is shown has one of the secrets in it.
func (c *cleaning) repeats(shown []byte) bool {
	return slices.ContainsFunc(c.secrets, func(secret string) bool {
		inside := quoted(secret)
		return bytes.Contains(shown, []byte(secret)) || bytes.Contains(shown, inside[1:len(inside)-1])
	})
}
