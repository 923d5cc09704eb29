package store

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// TokenPosition is the place of a token in a list of tokens. Faces hand it out as
// text that means nothing to a client. The zero value is that of no token: where a
// reading begins.
type TokenPosition struct {
	Connection uuid.UUID
	At         time.Time
	Prefix     string
}

const (
	// tokenBytes are those of an id and eight of a time; the prefix follows.
	tokenBytes = len(uuid.UUID{}) + 8
	// longestPrefix is more than a prefix has, in bytes.
	longestPrefix = 64
)

// Position is the place of the token.
func (t *Token) Position() TokenPosition { return TokenPosition{t.Connection, t.Created, t.Prefix} }

// IsZero reports whether the position is that of no token.
func (p TokenPosition) IsZero() bool { return p.Prefix == "" }

// String is the position as text for a URL; empty for the zero position.
func (p TokenPosition) String() string {
	if p.IsZero() {
		return ""
	}
	raw := binary.BigEndian.AppendUint64(append([]byte{}, p.Connection[:]...), uint64(p.At.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(raw, p.Prefix...))
}

// ParseTokenPosition reads what String wrote. ErrInvalid for anything else.
func ParseTokenPosition(text string) (TokenPosition, error) {
	if text == "" {
		return TokenPosition{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= tokenBytes || len(raw) > tokenBytes+longestPrefix {
		return TokenPosition{}, fmt.Errorf("position among tokens: %w", ErrInvalid)
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(raw[len(uuid.UUID{}):]))).UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return TokenPosition{}, fmt.Errorf("position among tokens: %w", ErrInvalid)
	}
	prefix := raw[tokenBytes:]
	for _, b := range prefix {
		if b <= ' ' || b > '~' {
			return TokenPosition{}, fmt.Errorf("position among tokens: %w", ErrInvalid)
		}
	}
	return TokenPosition{Connection: uuid.UUID(raw[:len(uuid.UUID{})]), At: at, Prefix: string(prefix)}, nil
}
