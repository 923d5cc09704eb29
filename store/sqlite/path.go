package sqlite

import (
	"fmt"
	"strings"

	"rollcall/store"
)

// leaf is where a path ends: the JSON type and the SQL value there, both null
// where there is nothing.
type leaf struct{ typ, value fragment }

// trace is a path as SQL: cursors over arrays, conditions that tie them, and
// what paths go on from.
type trace struct {
	from, where []fragment
	// base is a JSON object and steps the path below it, in SQLite's syntax.
	base, steps string
	// cursor is the alias of the json_each that stands on the value, when
	// steps is empty and the path has begun.
	cursor string
}

// object is the value under a cursor, or an empty object where it is another
// kind: the JSON functions fail on a text that is no JSON.
func object(cursor string) string {
	return fmt.Sprintf("CASE WHEN %s.type = 'object' THEN %s.value ELSE '{}' END", cursor, cursor)
}

// spellable tells names that SQLite's path syntax can hold between quotes.
func spellable(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r == '"' || r == '\\' || r < 0x20 || r == 0x7f })
}

// follow translates a path from the scope's base.
func (s scope) follow(path store.Path) trace {
	t := trace{base: s.base}
	for _, step := range path {
		if spellable(step.Name) {
			t.steps += `."` + step.Name + `"`
			t.cursor = ""
		} else {
			s.byKey(&t, step.Name)
		}
		if step.Multi {
			s.elements(&t)
		}
	}
	return t
}

// byKey puts a cursor on the member of an object with any name.
func (s scope) byKey(t *trace, name string) {
	cursor := s.next("k")
	t.from = append(t.from, sqlf("json_each(%s, %s) %s", raw(t.base), "$"+t.steps, raw(cursor)))
	t.where = append(t.where, sqlf("%s.key = %s", raw(cursor), name))
	t.base, t.steps, t.cursor = object(cursor), "", cursor
}

// elements puts a cursor on the elements of the array that the path has come
// to; only arrays have integer keys.
func (s scope) elements(t *trace) {
	base := t.base
	if t.cursor != "" {
		base = fmt.Sprintf("CASE WHEN %s.type = 'array' THEN %s.value ELSE '[]' END", t.cursor, t.cursor)
	}
	cursor := s.next("e")
	t.from = append(t.from, sqlf("json_each(%s, %s) %s", raw(base), "$"+t.steps, raw(cursor)))
	t.where = append(t.where, sqlf("typeof(%s.key) = 'integer'", raw(cursor)))
	t.base, t.steps, t.cursor = object(cursor), "", cursor
}

func (t trace) leaf() leaf {
	if t.cursor != "" {
		return leaf{typ: sqlf("%s.type", raw(t.cursor)), value: sqlf("%s.value", raw(t.cursor))}
	}
	return leaf{typ: sqlf("json_type(%s, %s)", raw(t.base), "$"+t.steps), value: sqlf("json_extract(%s, %s)", raw(t.base), "$"+t.steps)}
}

// exists is true when any place that the cursors come to satisfies where.
func (t trace) exists(where fragment) fragment {
	if len(t.from) == 0 {
		return where
	}
	return sqlf("EXISTS (SELECT 1 FROM %s WHERE %s)", join(t.from, " CROSS JOIN "), balanced(append(t.where, where), "AND", always))
}

// along applies a test to every value that a path leads to.
func (s scope) along(path store.Path, test func(leaf) fragment) fragment {
	t := s.follow(path)
	return t.exists(test(t.leaf()))
}

func (s scope) element(e store.Element) (fragment, error) {
	t := s.follow(e.Path)
	if t.cursor == "" {
		return fragment{}, fmt.Errorf("the path of an element ends in no array")
	}
	inner := s
	inner.base = t.base
	where, err := inner.condition(e.Where)
	return t.exists(where), err
}

// sortKey is the value that a record sorts by: of several, the one of the
// element with "primary": true, else the first.
func (s scope) sortKey(path store.Path) fragment {
	t := s.follow(path)
	leaf := t.leaf()
	value := sqlf("CASE WHEN %s IN ('integer', 'real', 'true', 'false') THEN %s WHEN %s IS 'text' THEN substr(%s, 1, %s) END",
		leaf.typ, leaf.value, leaf.typ, leaf.value, store.SortedCharacters)
	if len(t.from) == 0 {
		return value
	}
	var order []fragment
	for _, from := range t.from {
		cursor := raw(from.text[strings.LastIndexByte(from.text, ' ')+1:])
		order = append(order,
			sqlf(`(json_type(CASE WHEN %s.type = 'object' THEN %s.value ELSE '{}' END, '$."primary"') IS 'true') DESC`, cursor, cursor),
			sqlf("%s.key", cursor))
	}
	return sqlf("(SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT 1)", value, join(t.from, " CROSS JOIN "), balanced(t.where, "AND", always), join(order, ", "))
}
