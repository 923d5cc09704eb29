package sqlite

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/store"
)

// storable refuses what the contract refuses of any text. SQLite itself would
// take it, and other backends would not.
func storable(what, value string) error {
	switch {
	case strings.IndexByte(value, 0) >= 0:
		return fmt.Errorf("%s contains NUL: %w", what, store.ErrInvalid)
	case !utf8.ValidString(value):
		return fmt.Errorf("%s is not valid UTF-8: %w", what, store.ErrInvalid)
	}
	return nil
}

func storableKey(what, value string) error {
	if len(value) > store.MaxKeyBytes {
		return fmt.Errorf("%s is longer than %d bytes: %w", what, store.MaxKeyBytes, store.ErrInvalid)
	}
	return storable(what, value)
}

func storableRecord(record *store.Record) error {
	for _, key := range []struct{ what, value string }{
		{"type", record.Type},
		{"name", record.Name},
		{"external id", record.ExternalID},
		{"sort name", record.SortName},
	} {
		if err := storableKey(key.what, key.value); err != nil {
			return err
		}
	}
	for _, text := range []struct{ what, value string }{
		{"label", record.Label},
		{"document", string(record.Document)},
	} {
		if err := storable(text.what, text.value); err != nil {
			return err
		}
	}
	return nil
}

func storableValues(lists ...[]store.UniqueValue) error {
	for _, list := range lists {
		for _, value := range list {
			if err := storableKey("attribute", value.Attribute); err != nil {
				return err
			}
			if err := storableKey("unique value", value.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

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
