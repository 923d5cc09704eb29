package store

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"
)

// TimePosition is the place of a row in the order of time, of the audit trail
// or of a history of sign-ins. Faces hand it out as text that means nothing to a
// client. The zero value is that of no row: where a reading begins.
type TimePosition struct {
	At time.Time
	// Number tells rows of one time apart.
	Number int64
}

const positionBytes = 16

// IsZero reports whether the position is that of no row.
func (p TimePosition) IsZero() bool { return p.At.IsZero() && p.Number == 0 }

// String is the position as text for a URL; empty for the zero position.
func (p TimePosition) String() string {
	if p.IsZero() {
		return ""
	}
	raw := binary.BigEndian.AppendUint64(make([]byte, 0, positionBytes), uint64(p.At.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(raw, uint64(p.Number)))
}

// ParseTimePosition reads what String wrote. ErrInvalid for anything else.
func ParseTimePosition(text string) (TimePosition, error) {
	if text == "" {
		return TimePosition{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != positionBytes {
		return TimePosition{}, fmt.Errorf("position: %w", ErrInvalid)
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(raw))).UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return TimePosition{}, fmt.Errorf("position: %w", ErrInvalid)
	}
	return TimePosition{At: at, Number: int64(binary.BigEndian.Uint64(raw[8:]))}, nil
}
