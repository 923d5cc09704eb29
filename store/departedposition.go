package store

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// departedBytes are eight of a time and those of an id.
const departedBytes = 8 + len(uuid.UUID{})

// String is the position as text for a URL; empty for the zero one.
func (p DepartedPosition) String() string {
	if p.At.IsZero() {
		return ""
	}
	raw := binary.BigEndian.AppendUint64(make([]byte, 0, departedBytes), uint64(p.At.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(raw, p.ID[:]...))
}

// ParseDepartedPosition reads what String wrote. ErrInvalid for anything else.
func ParseDepartedPosition(text string) (DepartedPosition, error) {
	if text == "" {
		return DepartedPosition{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != departedBytes {
		return DepartedPosition{}, fmt.Errorf("position among what is deleted: %w", ErrInvalid)
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(raw))).UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return DepartedPosition{}, fmt.Errorf("position among what is deleted: %w", ErrInvalid)
	}
	return DepartedPosition{At: at, ID: uuid.UUID(raw[8:])}, nil
}
