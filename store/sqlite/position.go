package sqlite

import (
	"fmt"
	"math"
	"strconv"

	"github.com/google/uuid"

	"rollcall/store"
)

// A Position.Key begins with one byte that says what follows.
const (
	keyNone    = 'z' // nothing: the record has no value
	keyText    = 's'
	keyInteger = 'i' // decimal text; times are microseconds
	keyReal    = 'r' // decimal text
)

// position is where a record with a sort key as SQLite returned it stands.
func position(sort store.Sort, key any, id uuid.UUID) (store.Position, error) {
	at := store.Position{ID: id}
	if sort.ByID() {
		return at, nil
	}
	switch key := key.(type) {
	case nil:
		at.Key = []byte{keyNone}
	case string:
		at.Key = append([]byte{keyText}, key...)
	case int64:
		at.Key = strconv.AppendInt([]byte{keyInteger}, key, 10)
	case float64:
		at.Key = strconv.AppendFloat([]byte{keyReal}, key, 'g', -1, 64)
	default:
		return at, fmt.Errorf("sort key of type %T", key)
	}
	return at, nil
}

// keyOf is the sort key of a position, nil for none.
func keyOf(key []byte) (any, error) {
	if len(key) == 0 {
		return nil, fmt.Errorf("position: %w", store.ErrInvalid)
	}
	switch text := string(key[1:]); key[0] {
	case keyNone:
		return nil, nil //nolint:nilnil // null is a key
	case keyText:
		return text, nil
	case keyInteger:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	case keyReal:
		if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(f) {
			return f, nil
		}
	}
	return nil, fmt.Errorf("position: %w", store.ErrInvalid)
}

// stretch is a run of an index that follows a position.
type stretch struct {
	where func(key fragment) fragment
	order raw
	// part is what of the matches stands in it.
	part part
}

// part tells those who have a sort key from those who have none.
type part int

const (
	whole part = iota
	valuedPart
	absentPart
)

// stretches are the runs that follow a position, all of them where it is nil, in
// the order in which they are walked: a comparison of rows from its place on, and
// what has no value, which no comparison finds.
func stretches(sort store.Sort, after *store.Position) ([]stretch, error) {
	comparison, order, byID := raw(">"), raw("key, id"), raw("id")
	if sort.Descending {
		comparison, order, byID = "<", "key DESC, id DESC", "id DESC"
	}
	valued := stretch{func(column fragment) fragment { return sqlf("%s IS NOT NULL", column) }, order, valuedPart}
	absent := stretch{func(column fragment) fragment { return sqlf("%s IS NULL", column) }, byID, absentPart}
	switch {
	case after == nil && sort.Descending:
		return []stretch{absent, valued}, nil
	case after == nil:
		return []stretch{valued, absent}, nil
	}
	id := after.ID.String()
	if sort.ByID() {
		return []stretch{{func(fragment) fragment { return sqlf("r.id %s %s", comparison, id) }, byID, whole}}, nil
	}
	key, err := keyOf(after.Key)
	if err != nil {
		return nil, err
	}
	if key == nil {
		absent.where = func(column fragment) fragment { return sqlf("%s IS NULL AND r.id %s %s", column, comparison, id) }
		if sort.Descending {
			return []stretch{absent, valued}, nil
		}
		return []stretch{absent}, nil
	}
	valued.where = func(column fragment) fragment { return sqlf("(%s, r.id) %s (%s, %s)", column, comparison, key, id) }
	if sort.Descending {
		return []stretch{valued}, nil
	}
	return []stretch{valued, absent}, nil
}
