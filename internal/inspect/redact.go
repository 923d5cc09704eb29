package inspect

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// The places of what was taken out.
const (
	gone    = "[redacted]"
	literal = `"…"`
)

// cleaning is what is taken out of one request.
type cleaning struct {
	*redactor
	// secrets are the texts that were taken out and are long enough to be known
	// again.
	secrets []string
	// nameless says that the address names something by what is no id: an error
	// that repeats it is shown without.
	nameless bool
	// answer says that it is what the server said itself.
	answer bool
	// texts is how many documents inside of texts this one is in.
	texts int
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
	return render(make([]byte, 0, len(data)), c.clean(found, open))
}

// place is what is known of where a value stands.
type place int

const (
	// shown is a value of an attribute that is shown.
	shown place = iota
	// open holds attributes, each of which has a name: a resource, an extension,
	// an operation without a path.
	open
	// unknown is below a name that no schema knows. What people and providers put
	// there may be anything.
	unknown
)

// clean returns a document without what is secret.
func (c *cleaning) clean(of any, at place) any {
	switch v := of.(type) {
	case *array:
		hidden := slices.ContainsFunc(v.elements, func(one any) bool { return c.secret(text(one)) })
		for i, one := range v.elements {
			if hidden {
				v.elements[i] = c.take(one)
			} else {
				v.elements[i] = c.clean(one, at)
			}
		}
	case *object:
		c.cleanObject(v, at)
	case jsontext.Value:
		return c.scalar(v, at)
	}
	return of
}

func (c *cleaning) cleanObject(v *object, at place) {
	hidden, below := slices.ContainsFunc(v.members, c.namesSecret), c.placeOfValue(v)
	for i := range v.members {
		m := &v.members[i]
		switch name := fold(m.name); {
		case name == "op" && hidden:
		case naming[plain(name)] && hidden:
			m.value = c.path(m.value)
		case name == "path" && !hidden:
			if !c.known(text(m.value)) {
				m.value = quoted(literals.ReplaceAllString(text(m.value), literal))
			}
		case name == "detail" && c.answer:
			m.value = c.told(m.value)
		case name == "filter":
			m.value = c.filterValue(m.value)
		case hidden, c.secret(m.name):
			m.value = c.take(m.value)
		case name == "value" && at != unknown:
			m.value = c.clean(m.value, below)
		default:
			m.value = c.clean(m.value, c.placeOf(m.name, at))
		}
		m.name = c.shownName(m.name)
	}
}

// naming are the members, in the spellings of providers, whose text is a name of
// what stands beside.
var naming = map[string]bool{
	"path": true, "paths": true, "attribute": true, "attributename": true, "attr": true, "name": true, "key": true, "field": true, "property": true,
}

// namesSecret reports whether the text of a member, or one of its texts, names a
// secret. A text of an attribute that is shown has to be just that name: there are
// people called Pass and accounts called token-desk.
func (c *cleaning) namesSecret(m member) bool {
	if list, ok := m.value.(*array); ok {
		return slices.ContainsFunc(list.elements, func(one any) bool {
			_, scalar := one.(jsontext.Value)
			return scalar && c.namesSecret(member{m.name, one})
		})
	}
	said := text(m.value)
	if naming[plain(m.name)] || !c.known(m.name) {
		return c.secret(said)
	}
	return c.isSecret(said)
}

// containers are the members of messages that hold resources or operations.
var containers = map[string]bool{"operations": true, "resources": true, "data": true, "response": true}

// placeOf is where the value of a member stands.
func (c *cleaning) placeOf(name string, at place) place {
	switch {
	case at == unknown:
		return unknown
	case containers[fold(name)]:
		return open
	case c.known(name):
		return shown
	case strings.Contains(name, ":"): // an extension
		return open
	}
	return unknown
}

// placeOfValue is where the member "value" of an object stands: that of an
// operation is of what its path names.
func (c *cleaning) placeOfValue(v *object) place {
	operation := false
	for _, m := range v.members {
		switch fold(m.name) {
		case "path":
			if said := text(m.value); strings.ContainsAny(said, ":.") || c.known(said) {
				return c.placeOf(filters.ReplaceAllString(said, ""), shown)
			}
			return unknown
		case "op":
			operation = true
		}
	}
	if operation {
		return open
	}
	return shown
}

// scalar is what is shown of a text, a number, true, false or null.
func (c *cleaning) scalar(v jsontext.Value, at place) any {
	said := text(v)
	switch inside := strings.TrimLeftFunc(said, func(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' }); {
	case v.Kind() == 't', v.Kind() == 'f', v.Kind() == 'n', said == "" && v.Kind() == '"':
		return v
	case inside != "" && strings.IndexByte(`{["`, inside[0]) >= 0:
		return c.document(v, inside, at)
	case c.tellsSecret(said):
		return c.take(v)
	case at != shown:
		return quoted(gone)
	}
	return v
}

// mostTexts is how deep documents may be in texts of documents.
const mostTexts = 4

// document is what is shown of a text that may be a document of its own.
func (c *cleaning) document(v jsontext.Value, inside string, at place) any {
	found, err := parseAny([]byte(inside))
	switch {
	case err != nil && (inside[0] == '{' || strings.ContainsRune(inside, '\\') || c.tellsSecret(inside)), c.texts == mostTexts:
		return c.take(v)
	case err != nil && at == shown: // it only begins like one
		return v
	case err != nil:
		return quoted(gone)
	}
	if at == shown {
		at = open
	}
	c.texts++
	cleaned := render(nil, c.clean(found, at))
	c.texts--
	return quoted(string(cleaned))
}

// told is what is shown of what the server says of an error.
func (c *cleaning) told(of any) any {
	if c.nameless {
		return quoted(literals.ReplaceAllString(text(of), literal))
	}
	return of
}

// tellsSecret reports whether a text has the name of a secret, and something beside
// it.
func (c *cleaning) tellsSecret(said string) bool {
	forms := []string{said}
	if decoded, err := url.QueryUnescape(said); err == nil && decoded != said {
		forms = append(forms, decoded)
	}
	for _, form := range forms {
		parts := strings.FieldsFunc(form, func(r rune) bool { return strings.ContainsRune("=:;,&|<>{}()[]'\"/\\\t\r\n", r) })
		if len(parts) > 1 && slices.ContainsFunc(parts, func(part string) bool { return suspect(part) || c.never[fold(strings.TrimSpace(part))] }) {
			return true
		}
		if before, _, more := strings.Cut(strings.TrimSpace(form), " "); more && c.isSecret(before) {
			return true
		}
	}
	return false
}

// plainPath is a path without a filter.
var plainPath = regexp.MustCompile(`^[\pL\pM\pN:._$/ -]*$`)

// path shows a path that names something secret only where it holds no value.
func (c *cleaning) path(of any) any {
	if said := text(of); said == "" || !c.secret(said) || !plainPath.MatchString(said) {
		return c.take(of)
	}
	return of
}

// shownName is what is shown of the name of a member.
func (c *cleaning) shownName(name string) string {
	if name = literals.ReplaceAllString(name, literal); c.tellsSecret(filters.ReplaceAllString(name, "")) && !plainPath.MatchString(name[strings.LastIndexByte(name, ':')+1:]) {
		return gone
	}
	return name
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

// repeats reports whether a text that is shown has one of the secrets in it.
func (c *cleaning) repeats(shown []byte) bool {
	return slices.ContainsFunc(c.secrets, func(secret string) bool {
		inside := quoted(secret)
		return bytes.Contains(shown, []byte(secret)) || bytes.Contains(shown, inside[1:len(inside)-1])
	})
}
