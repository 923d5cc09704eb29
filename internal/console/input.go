package console

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
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

// quote writes a text as a filter has it, which is as JSON has it.
func quote(text string) string {
	out, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return `""` // it was valid UTF-8 when it came
	}
	return string(out)
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
