package postgres

import (
	"fmt"
	"strconv"
	"strings"

	"rollcall/store"
)

// statement is SQL under construction with its arguments. Values get into it
// as parameters only.
type statement struct {
	text strings.Builder
	args []any
	// enough is the placeholder of the number of matches that suffice; empty
	// where all are needed.
	enough string
}

// arg adds an argument and returns its placeholder.
func (s *statement) arg(value any) string {
	s.args = append(s.args, value)
	return "$" + itoa(int64(len(s.args)))
}

// add appends text.
func (s *statement) add(parts ...string) {
	for _, part := range parts {
		s.text.WriteString(part)
	}
}

func (s *statement) sql() string { return s.text.String() }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// invalid names the field, never its value.
func invalid(field string) error { return fmt.Errorf("%s: %w", field, store.ErrInvalid) }
