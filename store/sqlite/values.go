package sqlite

import (
	"time"

	"github.com/google/uuid"
)

// optional stores an absent text as null, which no comparison matches and no
// unique index counts.
func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// optionalBytes stores nil as null and anything else as a text.
func optionalBytes(text []byte) any {
	if text == nil {
		return nil
	}
	return string(text)
}

// optionalID stores the zero id as null.
func optionalID(id uuid.UUID) any {
	if id == uuid.Nil {
		return nil
	}
	return id.String()
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func optionalMicros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// jsonObject is a JSON object, where nil stands for the empty one.
func jsonObject(json []byte) string {
	if json == nil {
		return "{}"
	}
	return string(json)
}
