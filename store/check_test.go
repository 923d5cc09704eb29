package store_test

import (
	"errors"
	"testing"

	"rollcall/store"
)

// TestCheckDocument: an escaped NUL is one, an escaped backslash before it is not.
func TestCheckDocument(t *testing.T) {
	t.Parallel()
	for text, refused := range map[string]bool{
		`{"a":"\u0000"}`: true, `{"a":"\\u0000"}`: false, `{"a":"\\\u0000"}`: true, `{"a":"\\u0000\u0000"}`: true, `{}`: false, `\u0000`: true,
		"\x00": true, "\xff": true, "": false,
	} {
		if err := store.CheckDocument("document", []byte(text)); errors.Is(err, store.ErrInvalid) != refused {
			t.Errorf("%q: %v", text, err)
		}
	}
}
