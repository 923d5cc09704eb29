package postgres

import (
	"testing"

	"github.com/google/uuid"
)

// TestRecordFormats: reads take the bytes off the wire by hand, and do not fall
// back silently to what costs more.
func TestRecordFormats(t *testing.T) {
	t.Parallel()
	s := populated(t, 1)
	rows, err := s.pool.Query(t.Context(), selected(0, "", ` WHERE r.id <> $1`), id(uuid.New()))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	if _, byHand := rawValues(rows); !byHand {
		t.Errorf("the formats are %+v", rows.FieldDescriptions())
	}
}
