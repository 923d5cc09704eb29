package cell

import (
	"testing"

	"pgregory.net/rapid"
)

func TestHarmless(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "ada": "ada", "=1+1": "'=1+1", "+49 30": "'+49 30", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx",
		"＝1": "'＝1", "'t Hooft": "''t Hooft", "'": "''", "a=b": "a=b",
	} {
		if got := Harmless(text); got != want {
			t.Errorf("Harmless(%q) = %q, want %q", text, got, want)
		}
	}
	for cell, want := range map[string]string{"'t Hooft": "'t Hooft", "'": "'", "'=1": "=1", "'+49": "+49", "O'Hara": "O'Hara"} {
		if got := Text(cell); got != want {
			t.Errorf("Text(%q) = %q, want %q", cell, got, want)
		}
	}
}

// TestTextUndoesHarmless for every text.
func TestTextUndoesHarmless(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`['=+@-]{0,4}.{0,3}`)).Draw(t, "text")
		kept := Harmless(text)
		if formula(kept) {
			t.Fatalf("%q is a formula", kept)
		}
		if got := Text(kept); got != text {
			t.Fatalf("%q comes back as %q", text, got)
		}
	})
}
