package schema

import (
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Key returns the form of a scalar value that compares with an operator: a
// string folded as the attribute's caseExact says, a float64 or a bool. A
// dateTime becomes UTC text of fixed width, so that text order is time order.
func (a *Attribute) Key(v Value) any {
	switch v := v.(type) {
	case string:
		if a.Type != DateTime {
			return a.Fold(v)
		}
		if at, err := ParseTime(v); err == nil {
			return TimeKey(at)
		}
		return v
	case int64:
		return float64(v)
	case Number:
		return v.Float()
	default:
		return v
	}
}

// Fold returns the comparison key of a string, or of a part of one, under the
// attribute's caseExact.
func (a *Attribute) Fold(text string) string {
	switch {
	case a.rule == ruleUsername:
		return foldUsername(text)
	case a.CaseExact:
		return text
	default:
		return foldCase(text)
	}
}

// foldCase maps to the Unicode default case folding, without locale
// (RFC 7644 section 3.4.2.3), after composing.
func foldCase(text string) string {
	if lower, ok := lowerASCII(text); ok {
		return lower
	}
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(text)))
}

// foldUsername applies the mappings of PRECIS UsernameCaseMapped without its
// checks, which belong to values, not to parts of them in a filter.
func foldUsername(text string) string {
	if lower, ok := lowerASCII(text); ok {
		return lower
	}
	return norm.NFC.String(strings.ToLower(width.Fold.String(text)))
}

func lowerASCII(text string) (string, bool) {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return "", false
		}
	}
	return strings.ToLower(text), true
}

// timeKeyLayout has a fixed width for the years 0001 to 9999.
const timeKeyLayout = "2006-01-02T15:04:05.000000000Z"

// TimeKey is the comparison key of an instant.
func TimeKey(at time.Time) string { return at.UTC().Format(timeKeyLayout) }

// ParseTime reads an xsd:dateTime with date and time (RFC 7643 section 2.3.5).
// Without a zone it is UTC.
func ParseTime(text string) (time.Time, error) {
	if len(text) > 40 || !strings.Contains(text, "T") {
		return time.Time{}, errNotATime
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		at, err := time.Parse(layout, text)
		if err == nil {
			if year := at.UTC().Year(); year < 1 || year > 9999 {
				return time.Time{}, errNotATime
			}
			return at, nil
		}
	}
	return time.Time{}, errNotATime
}
