package store

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimePosition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := TimePosition{
			At:     time.UnixMicro(rapid.Int64Range(-1<<45, 1<<52).Draw(t, "at")).UTC(),
			Number: rapid.Int64().Draw(t, "number"),
		}
		if got, err := ParseTimePosition(want.String()); err != nil || got != want {
			t.Errorf("ParseTimePosition(%q) = %v, %v, want %v", want, got, err, want)
		}
	})
	if got, err := ParseTimePosition(""); err != nil || !got.IsZero() {
		t.Errorf("no position = %v, %v", got, err)
	}
	for _, text := range []string{"a", "=", "AAAA", "__________________________", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "f_________8AAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB"} {
		if _, err := ParseTimePosition(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("ParseTimePosition(%q): got error %v, want ErrInvalid", text, err)
		}
	}
}
