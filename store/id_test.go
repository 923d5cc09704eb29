package store_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"rollcall/store"
)

// TestParseID: a text is an id exactly if it is what its UUID is printed as.
func TestParseID(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "raw")
		issued := uuid.UUID(raw).String()
		text := rapid.OneOf(
			rapid.SampledFrom([]string{
				"", issued, strings.ToUpper(issued), "{" + issued + "}", "urn:uuid:" + issued,
				strings.ReplaceAll(issued, "-", ""), strings.ReplaceAll(issued, "-", "0"), issued + " ", issued[:35], issued[:35] + "g", issued[:35] + "\x00",
			}),
			rapid.StringMatching(`[0-9a-fA-F-]{36}`),
			rapid.String(),
		).Draw(t, "text")
		got, ok := store.ParseID(text)
		id, err := uuid.Parse(text)
		if want := err == nil && id.String() == text; ok != want || ok && got != id {
			t.Fatalf("%q: got %v, %v; want %v", text, got, ok, want)
		}
	})
}
