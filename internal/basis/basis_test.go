package basis_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rollcall/internal/basis"
)

// TestOf: two lists of texts stand for the same where they are the same.
func TestOf(t *testing.T) {
	t.Parallel()
	texts := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "ab", "b", "1:a", "0:", ":"}), 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		one, two := texts.Draw(t, "one"), texts.Draw(t, "two")
		if got := basis.Of(one...) == basis.Of(two...); got != slices.Equal(one, two) {
			t.Fatalf("%q and %q stand for the same: %v", one, two, got)
		}
	})
}
