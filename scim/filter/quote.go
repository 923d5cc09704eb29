package filter

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Quote writes a text as a value of filters and paths, which is as JSON has it. What
// is no UTF-8 becomes U+FFFD; a text with NUL is one that no filter takes.
func Quote(text string) string {
	out, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD")) // UTF-8 can always be quoted
	return string(out)
}
