package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	numbered = regexp.MustCompile(`^([A-Z]{2,3})-(\d\d(?:(?:\.\.|,)\d\d)*)$`)
	lettered = regexp.MustCompile(`^([A-Z]{2,3})-`)
	example  = regexp.MustCompile(`^B\d{1,2}$`)
	repeated = regexp.MustCompile(`#\d+$`)
)

// named lists the requirements that a text names: "CRE-05,06 SCH-47" and
// "DIS-01..05 configuration", blanks or underscores between. What begins like
// a number of the catalogue and is none is an error, because a requirement
// that nobody has would never be missed.
func (c *catalogue) named(text string) ([]string, error) {
	var ids []string
	for _, word := range strings.FieldsFunc(repeated.ReplaceAllString(text, ""), func(r rune) bool { return r == ' ' || r == '_' }) {
		word = strings.TrimRight(word, ",:;")
		m := numbered.FindStringSubmatch(word)
		switch {
		case m != nil:
			ids = append(ids, numbers(m[1], m[2])...)
		case example.MatchString(word):
			ids = append(ids, word)
		default:
			if m := lettered.FindStringSubmatch(word); m != nil && c.hasArea(m[1]) {
				return nil, fmt.Errorf("%q: %q is not of the form %s-01, %s-01,02 or %s-01..03", text, word, m[1], m[1], m[1])
			}
		}
	}
	for _, id := range ids {
		if !c.known[id] {
			return nil, fmt.Errorf("%q: no requirement has the number %s", text, id)
		}
	}
	return ids, nil
}

// numbers expands "02..04,07" of an area.
func numbers(area, list string) []string {
	var ids []string
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(part, "..")
		if !isRange {
			to = from
		}
		first, _ := strconv.Atoi(from)
		last, _ := strconv.Atoi(to)
		for n := first; n <= last; n++ {
			ids = append(ids, fmt.Sprintf("%s-%02d", area, n))
		}
	}
	return ids
}
