package postgres

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// A Position.Key begins with one byte that says what follows.
const (
	keyNone   = 'z' // nothing: the record has no value
	keyText   = 's'
	keyNumber = 'n' // the decimal text of a number
	keyTime   = 't' // microseconds since 1970, eight bytes
)

// sortKey receives the sort keys of a row in an order that no index has. A
// record does not hold all of what it is sorted by.
type sortKey struct {
	none         pgtype.Bool
	number, text pgtype.Text
}

func (k *sortKey) targets(sort store.Sort) []any {
	switch {
	case sort.Path != nil:
		return []any{&k.none, &k.number, &k.text}
	case !ordered(sort):
		return []any{&k.text}
	}
	return nil
}

func (k *sortKey) place(sort store.Sort, record *store.Record) store.Position {
	at := place(sort, record)
	switch {
	case sort.Path != nil:
		at.Key = pathKey(k.none.Bool, k.number.String, k.text.String)
	case !ordered(sort) && !k.text.Valid:
		at.Key = []byte{keyNone}
	case !ordered(sort):
		kind := byte(keyNumber)
		if kinds[sort.Column] == textKind {
			kind = keyText
		}
		at.Key = append([]byte{kind}, k.text.String...)
	}
	return at
}

// place is where a record of an order by id or by a column stands.
func place(sort store.Sort, record *store.Record) store.Position {
	position := store.Position{ID: record.ID}
	switch sort.Column {
	case store.ColumnName:
		position.Key = textKey(record.Name)
	case store.ColumnExternalID:
		position.Key = textKey(record.ExternalID)
	case store.ColumnSortName:
		position.Key = textKey(record.SortName)
	case store.ColumnCreated:
		position.Key = timeKey(record.Created)
	case store.ColumnModified:
		position.Key = timeKey(record.Modified)
	}
	return position
}

func textKey(text string) []byte {
	if text == "" {
		return []byte{keyNone}
	}
	return append([]byte{keyText}, text...)
}

func timeKey(at time.Time) []byte {
	return binary.BigEndian.AppendUint64([]byte{keyTime}, uint64(at.UnixMicro()))
}

// pathKey is the key of a value that a path leads to.
func pathKey(none bool, number, text string) []byte {
	switch {
	case none:
		return []byte{keyNone}
	case number != notANumber:
		return append([]byte{keyNumber}, number...)
	}
	return append([]byte{keyText}, text...)
}

// notANumber stands for the number of a value that is none. It comes after all
// numbers, and JSON cannot spell it.
const notANumber = "Infinity"

// from is a position as the arguments of a comparison: those of the sort keys
// in the order of sortNames. absent says that the column has no value there.
func (s *statement) from(sort store.Sort, position *store.Position) (arguments []string, absent bool, err error) {
	if sort.ByID() {
		return nil, false, nil
	}
	key := position.Key
	if len(key) == 0 || !store.Storable(string(key[1:])) && key[0] != keyTime {
		return nil, false, invalid("position")
	}
	timed := sort.Column == store.ColumnCreated || sort.Column == store.ColumnModified
	switch {
	case sort.Path != nil:
		return s.fromPath(key[0], string(key[1:]))
	case !ordered(sort) && kinds[sort.Column] != textKind && key[0] == keyNumber:
		n, err := strconv.ParseInt(string(key[1:]), 10, 64)
		if err != nil {
			return nil, false, invalid("position")
		}
		return []string{s.arg(n) + "::bigint"}, false, nil
	case !ordered(sort) && kinds[sort.Column] != textKind && key[0] != keyNone:
		return nil, false, invalid("position")
	case timed && key[0] == keyTime && len(key) == 9:
		at := time.UnixMicro(int64(binary.BigEndian.Uint64(key[1:]))).UTC()
		return []string{s.arg(at) + "::timestamptz"}, false, nil
	case !timed && key[0] == keyText:
		return []string{s.arg(string(key[1:])) + "::text"}, false, nil
	case !timed && key[0] == keyNone:
		return nil, true, nil
	}
	return nil, false, invalid("position")
}

func (s *statement) fromPath(kind byte, value string) ([]string, bool, error) {
	none, number, text := kind == keyNone, notANumber, ""
	switch kind {
	case keyNone:
	case keyNumber:
		number = value
	case keyText:
		text = value
	default:
		return nil, false, invalid("position")
	}
	return []string{s.arg(none) + "::boolean", s.arg(number) + "::text::numeric", s.arg(text) + "::text"}, false, nil
}

// stretch is a condition that one run of an index answers.
type stretch struct {
	where string
	// valued says that every record in it has a value.
	valued bool
}

// stretches are the conditions under which a record follows the position of a
// query, in the order in which they are walked. A comparison of rows is a run
// from its place on; what has no value is another one, because no comparison
// finds it.
func (s *statement) stretches(query store.Query, keys []string, idName string) ([]stretch, error) {
	if query.After == nil {
		return []stretch{{where: "true"}}, nil
	}
	arguments, absent, err := s.from(query.Sort, query.After)
	if err != nil {
		return nil, err
	}
	comparison := " > "
	if query.Sort.Descending {
		comparison = " < "
	}
	here := s.arg(id(query.After.ID)) + "::uuid"
	if absent {
		list := []stretch{{where: keys[0] + " IS NULL AND " + idName + comparison + here}}
		if query.Sort.Descending {
			list = append(list, stretch{keys[0] + " IS NOT NULL", true})
		}
		return list, nil
	}
	after := fmt.Sprintf("(%s)%s(%s)", strings.Join(append(slices.Clone(keys), idName), ", "), comparison, strings.Join(append(arguments, here), ", "))
	list := []stretch{{after, true}}
	if query.Sort.Path == nil && mayBeAbsent(query.Sort.Column) && !query.Sort.Descending {
		list = append(list, stretch{where: keys[0] + " IS NULL"})
	}
	return list, nil
}

// walks are the stretches of a walk over an index. The index of names ends in
// no id: those who have a name are walked by it alone, because it is unique,
// and apart from those who have none.
func (s *statement) walks(query store.Query) ([]stretch, error) {
	column := query.Sort.Column
	switch {
	case query.Sort.ByLastLogin():
		return s.loginStretches(query)
	case query.Sort.Path != nil:
		return []stretch{{where: "true"}}, nil
	case column == store.ColumnID:
		return s.stretches(query, nil, "r.id")
	case column != store.ColumnName || query.After != nil:
		return s.stretches(query, []string{columnNames[column]}, "r.id")
	}
	list := []stretch{{columnNames[column] + " IS NOT NULL", true}, {where: columnNames[column] + " IS NULL"}}
	if query.Sort.Descending {
		slices.Reverse(list)
	}
	return list, nil
}

func mayBeAbsent(column store.Column) bool {
	_, always := columnNames[column]
	return !always || column == store.ColumnName || column == store.ColumnExternalID || column == store.ColumnSortName
}
