package store

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func TestTokenPosition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := TokenPosition{
			Connection: uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "connection")),
			At:         time.UnixMicro(rapid.Int64Range(-1<<45, 1<<52).Draw(t, "at")).UTC(),
			Prefix:     rapid.StringMatching(`[!-~]{1,64}`).Draw(t, "prefix"),
		}
		if got, err := ParseTokenPosition(want.String()); err != nil || got != want {
			t.Errorf("ParseTokenPosition(%q) = %v, %v, want %v", want.String(), got, err, want)
		}
	})
	if got, err := ParseTokenPosition(""); err != nil || !got.IsZero() || got.String() != "" {
		t.Errorf("no position = %v, %v", got, err)
	}
	raw := func(prefix string) string {
		return base64.RawURLEncoding.EncodeToString(append(make([]byte, 24), prefix...))
	}
	late := append(make([]byte, 16), 0x7f, 0, 0, 0, 0, 0, 0, 0, 'a')
	for _, text := range []string{"a", "=", "AAAA", raw(""), raw("a b"), raw("\x00"), raw("é"), raw(strings.Repeat("a", 65)), base64.RawURLEncoding.EncodeToString(late)} {
		if _, err := ParseTokenPosition(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("ParseTokenPosition(%q): got error %v, want ErrInvalid", text, err)
		}
	}
}
