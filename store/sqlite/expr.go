package sqlite

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/store"
)

// Conditions become SQL that is true or false and never null, so that NOT is
// the negation that the contract asks for. Strings compare in the BINARY
// collation, byte by byte.

// scope is what names in an expression stand for.
type scope struct {
	// alias of the resource; base is the JSON object that paths start at.
	alias, base string
	// related are the columns of the related resource, inside Related.
	relatedID, relatedType, relatedLabel string
	// now is Query.Now in microseconds.
	now int64
	// aliases numbers the aliases of one statement.
	aliases *int
}

func (s scope) next(prefix string) string {
	*s.aliases++
	return fmt.Sprintf("%s%d", prefix, *s.aliases)
}

const (
	always = "1"
	never  = "0"
)

// condition translates an expression.
func (s scope) condition(where store.Expr) (fragment, error) {
	switch e := where.(type) {
	case nil:
		return fragment{text: always}, nil
	case store.And:
		terms, err := s.terms(e)
		return balanced(terms, "AND", always), err
	case store.Or:
		terms, err := s.terms(e)
		return balanced(terms, "OR", never), err
	case store.Not:
		inner, err := s.condition(e.Expr)
		return sqlf("(NOT %s)", inner), err
	case store.Const:
		if e {
			return fragment{text: always}, nil
		}
		return fragment{text: never}, nil
	case store.Compare:
		return s.compare(e)
	case store.Present:
		return s.along(e.Path, present), nil
	case store.Element:
		return s.element(e)
	case store.CompareColumn:
		return s.compareColumn(e)
	case store.PresentColumn:
		if column, ok := s.lifecycle(e.Column); ok {
			return sqlf("(%s IS NOT NULL)", column.sql), nil
		}
		name, err := s.column(e.Column)
		return sqlf("(%s IS NOT NULL)", raw(name)), err
	case store.Standing:
		return s.standing(e)
	case store.Idle:
		return s.idle(e), nil
	case store.Related:
		return s.related(e)
	}
	return fragment{}, fmt.Errorf("unknown expression %T", where)
}

func (s scope) terms(list []store.Expr) ([]fragment, error) {
	terms := make([]fragment, 0, len(list))
	for _, one := range list {
		term, err := s.condition(one)
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
	}
	return terms, nil
}

func (s scope) compare(e store.Compare) (fragment, error) {
	switch value := e.Value.(type) {
	case string:
		if impossible(e.Op, value) {
			return fragment{text: never}, nil
		}
		return s.along(e.Path, func(leaf leaf) fragment {
			return sqlf("(%s IS 'text' AND %s)", leaf.typ, textCompare(leaf.value, e.Op, value))
		}), nil
	case float64:
		operator, err := ordering(e.Op)
		return s.along(e.Path, func(leaf leaf) fragment {
			return sqlf("(coalesce(%s, '') IN ('integer', 'real') AND %s %s %s)", leaf.typ, leaf.value, raw(operator), value)
		}), err
	case bool:
		if e.Op != store.Equal {
			return fragment{}, fmt.Errorf("operator %d does not take a bool", e.Op)
		}
		kind := raw("'false'")
		if value {
			kind = "'true'"
		}
		return s.along(e.Path, func(leaf leaf) fragment { return sqlf("(%s IS %s)", leaf.typ, kind) }), nil
	}
	return fragment{}, fmt.Errorf("a comparison does not take a %T", e.Value)
}

// present is true for every kind of value but null, arrays and the empty
// object; SQLite writes the empty object as {}.
func present(leaf leaf) fragment {
	return sqlf("(coalesce(%s, 'null') IN ('text', 'integer', 'real', 'true', 'false') OR (%s IS 'object' AND %s <> '{}'))",
		leaf.typ, leaf.typ, leaf.value)
}

func (s scope) compareColumn(e store.CompareColumn) (fragment, error) {
	if column, ok := s.lifecycle(e.Column); ok {
		return compareFact(column, e)
	}
	name, err := s.column(e.Column)
	if err != nil {
		return fragment{}, err
	}
	column := fragment{text: name}
	if e.Column == store.ColumnCreated || e.Column == store.ColumnModified {
		return compareTime(column, e)
	}
	return compareText(column, e)
}

// compareTime is false where there is no instant.
func compareTime(column fragment, e store.CompareColumn) (fragment, error) {
	value, ok := e.Value.(time.Time)
	operator, err := ordering(e.Op)
	if !ok || err != nil {
		return fragment{}, fmt.Errorf("operator %d of a time does not take a %T", e.Op, e.Value)
	}
	return sqlf("coalesce(%s %s %s, 0)", column, raw(operator), micros(value)), nil
}

func compareText(column fragment, e store.CompareColumn) (fragment, error) {
	value, ok := e.Value.(string)
	if !ok {
		return fragment{}, fmt.Errorf("a column does not compare with a %T", e.Value)
	}
	if impossible(e.Op, value) {
		return fragment{text: never}, nil
	}
	return sqlf("(%s IS NOT NULL AND %s)", column, textCompare(column, e.Op, value)), nil
}

func (s scope) column(column store.Column) (string, error) {
	names := map[store.Column]string{
		store.ColumnID: ".id", store.ColumnName: ".name", store.ColumnExternalID: ".external_id",
		store.ColumnSortName: ".sort_name", store.ColumnCreated: ".created", store.ColumnModified: ".modified",
	}
	switch {
	case column == store.ColumnRelatedID && s.relatedID != "":
		return s.relatedID, nil
	case column == store.ColumnRelatedType && s.relatedType != "":
		return s.relatedType, nil
	case column == store.ColumnRelatedLabel && s.relatedLabel != "":
		return s.relatedLabel, nil
	case names[column] == "":
		return "", fmt.Errorf("column %d does not stand here", column)
	}
	return s.alias + names[column], nil
}

// impossible tells needles that no stored text can hold: what is stored is
// valid UTF-8 without NUL.
func impossible(op store.Op, value string) bool {
	switch op {
	case store.Equal, store.Contains, store.StartsWith, store.EndsWith:
		return strings.IndexByte(value, 0) >= 0 || op == store.Equal && !utf8.ValidString(value)
	}
	return false
}

// textCompare compares a text that is there. It knows no pattern characters.
func textCompare(value fragment, op store.Op, needle string) fragment {
	switch op {
	case store.Contains, store.StartsWith, store.EndsWith:
		if needle == "" {
			return fragment{text: always}
		}
	}
	switch op {
	case store.Contains:
		return sqlf("instr(CAST(%s AS BLOB), %s) > 0", value, []byte(needle))
	case store.StartsWith:
		return sqlf("%s >= %s AND %s < %s", value, needle, value, successor(needle))
	case store.EndsWith:
		// SQLite makes null of a part of the empty blob.
		return sqlf("coalesce(substr(CAST(%s AS BLOB), %s), x'') = %s", value, -len(needle), []byte(needle))
	}
	operator, err := ordering(op)
	if err != nil {
		return fragment{text: never}
	}
	return sqlf("%s %s %s", value, raw(operator), needle)
}

// successor is the first text after all that start with prefix. UTF-8 has no
// byte 0xff, so that the last byte can always grow.
func successor(prefix string) string {
	end := []byte(prefix)
	for len(end) > 1 && end[len(end)-1] == 0xff {
		end = end[:len(end)-1]
	}
	end[len(end)-1]++
	return string(end)
}

func ordering(op store.Op) (string, error) {
	switch op {
	case store.Equal:
		return "=", nil
	case store.Greater:
		return ">", nil
	case store.GreaterOrEqual:
		return ">=", nil
	case store.Less:
		return "<", nil
	case store.LessOrEqual:
		return "<=", nil
	}
	return "", fmt.Errorf("operator %d has no order", op)
}
