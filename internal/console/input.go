package console

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"rollcall/internal/validation"
)

// typed is a text without what nobody types.
func typed(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text))
}

// day reads the day that a form names: its first instant in UTC.
func day(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil || at.Year() < 1970 || at.Year() > 9998 {
		return time.Time{}, validation.Errorf(field, "is a day such as 2030-01-31")
	}
	return at, nil
}

// date writes a time as a field for days has it.
func date(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.DateOnly)
}

// plural is a word for a number of things.
func plural(n int64, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// lines are those of a text that say something, each once; an empty list for none.
func lines(text string) []string {
	list := []string{}
	for line := range strings.Lines(text) {
		if line = typed(line); line != "" && !slices.Contains(list, line) {
			list = append(list, line)
		}
	}
	return list
}

// sentForm is what was sent to a form that is shown again, to be corrected.
type sentForm struct {
	// path is where the form was sent to.
	path string
	sent url.Values
}

// again is what was sent with the request, if it was a form.
func (c *call) again() sentForm { return sentForm{c.Request().URL.Path, c.Request().PostForm} }

// Old is what was sent for a field of the form whose address ends so; empty where
// it was another form.
func (f sentForm) Old(form, name string) string {
	if !strings.HasSuffix(f.path, form) {
		return ""
	}
	return f.sent.Get(name)
}
