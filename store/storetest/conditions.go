package storetest

import (
	"fmt"
	"time"

	"rollcall/store"
)

// extension is the attribute name that nests the values of a schema extension.
const extension = "urn:example:2.0:User's \"ext\"$.[0]"

// path builds a Path; a name that ends in "*" is multi-valued.
func path(names ...string) store.Path {
	steps := make(store.Path, 0, len(names))
	for _, name := range names {
		multi := name[len(name)-1] == '*'
		if multi {
			name = name[:len(name)-1]
		}
		steps = append(steps, store.Step{Name: name, Multi: multi})
	}
	return steps
}

func compare(op store.Op, value any, names ...string) store.Compare {
	return store.Compare{Path: path(names...), Op: op, Value: value}
}

func text(value string, names ...string) store.Compare { return compare(store.Equal, value, names...) }

func present(names ...string) store.Present { return store.Present{Path: path(names...)} }

func element(where store.Expr, names ...string) store.Element {
	return store.Element{Path: path(names...), Where: where}
}

// indexed makes users whose names are the keys of indexes.
func (f *fixture) indexed(indexes map[string]string) {
	f.t.Helper()
	n := 0
	changes := make([]store.Change, 0, len(indexes))
	for name, index := range indexes {
		n++
		record := f.record(user, n, index)
		record.Name = name
		changes = append(changes, f.store(record))
	}
	f.commit(changes...)
}

func conditions(f *fixture) {
	ext := extension
	f.indexed(map[string]string{
		"ann": fmt.Sprintf(`{"nick":"alpha","age":42,"vip":true,"name":{"given":"ann","family":"zed"},"tags":["red","blue"],
			"emails":[{"value":"a@x.com","type":"work","primary":true},{"value":"b@y.org","type":"home"}],
			%q:{"dept":"eng","boss":{"id":"7"},"sites":[{"code":"B1","floor":3},{"code":"B2","floor":9}],"codes":["x"]}}`, ext),
		"bob": fmt.Sprintf(`{"nick":"beta","age":7,"vip":false,"name":{"given":"bob"},"tags":["green"],
			"emails":[{"value":"a@x.com","type":"home"},{"value":"c@z.net","type":"work"}],
			%q:{"dept":"ops","sites":[{"code":"B1","floor":9}]}}`, ext),
		"empty": `{}`,
		"kinds": `{"nick":42,"age":"42","vip":"true","name":{"given":true},"tags":[7,true],"emails":[{"value":5},{"type":"work","primary":"true"}]}`,
		"hollow": fmt.Sprintf(`{"nick":"","age":0,"name":{},"tags":[],"emails":[],
			%q:{"sites":[{"code":""}],"boss":{}}}`, ext),
	})
	const a, b, e, k, h = "ann", "bob", "empty", "kinds", "hollow"
	tests := []struct {
		where store.Expr
		want  []string
	}{
		{store.Const(true), []string{a, b, e, k, h}},
		{store.Const(false), nil},
		{store.And{}, []string{a, b, e, k, h}},
		{store.Or{}, nil},
		{store.And{text("alpha", "nick"), compare(store.Equal, 42.0, "age")}, []string{a}},
		{store.And{text("alpha", "nick"), compare(store.Equal, 7.0, "age")}, nil},
		{store.Or{text("alpha", "nick"), compare(store.Equal, 7.0, "age")}, []string{a, b}},
		{store.Or{store.Not{Expr: present("nick")}, text("beta", "nick")}, []string{b, e}},
		{store.Not{Expr: store.Not{Expr: text("beta", "nick")}}, []string{b}},

		{text("alpha", "nick"), []string{a}},
		{text("", "nick"), []string{h}},
		{text("42", "nick"), nil},
		{text("Alpha", "nick"), nil},
		{text("x", "nope"), nil},
		{compare(store.Contains, "eta", "nick"), []string{b}},
		{compare(store.Contains, "a", "nick"), []string{a, b}},
		{compare(store.Contains, "", "nick"), []string{a, b, h}},
		{compare(store.StartsWith, "al", "nick"), []string{a}},
		{compare(store.StartsWith, "", "nick"), []string{a, b, h}},
		{compare(store.StartsWith, "4", "nick"), nil},
		{compare(store.StartsWith, "alphabet", "nick"), nil},
		{compare(store.EndsWith, "ta", "nick"), []string{b}},
		{compare(store.EndsWith, "", "nick"), []string{a, b, h}},
		{compare(store.EndsWith, "xbeta", "nick"), nil},
		{compare(store.Greater, "alpha", "nick"), []string{b}},
		{compare(store.GreaterOrEqual, "alpha", "nick"), []string{a, b}},
		{compare(store.Less, "beta", "nick"), []string{a, h}},
		{compare(store.LessOrEqual, "beta", "nick"), []string{a, b, h}},
		{compare(store.LessOrEqual, "", "nick"), []string{h}},

		{compare(store.Equal, 42.0, "age"), []string{a}},
		{compare(store.Equal, 0.0, "age"), []string{h}},
		{compare(store.Equal, 42.0, "nick"), []string{k}},
		{compare(store.Greater, 7.0, "age"), []string{a}},
		{compare(store.GreaterOrEqual, 7.0, "age"), []string{a, b}},
		{compare(store.Less, 42.0, "age"), []string{b, h}},
		{compare(store.LessOrEqual, 42.5, "age"), []string{a, b, h}},
		{compare(store.Greater, "0", "age"), []string{k}},

		{compare(store.Equal, true, "vip"), []string{a}},
		{compare(store.Equal, false, "vip"), []string{b}},
		{text("true", "vip"), []string{k}},
		{text("1", "vip"), nil},
		{compare(store.Equal, 1.0, "vip"), nil},
		{compare(store.Equal, 0.0, "vip"), nil},
		{compare(store.Equal, true, "name", "given"), []string{k}},

		{text("ann", "name", "given"), []string{a}},
		{text("zed", "name", "family"), []string{a}},
		{compare(store.StartsWith, "b", "name", "given"), []string{b}},
		{text("ann", "name"), nil},

		{text("red", "tags*"), []string{a}},
		{compare(store.Contains, "re", "tags*"), []string{a, b}},
		{compare(store.Greater, "green", "tags*"), []string{a}},
		{compare(store.Equal, 7.0, "tags*"), []string{k}},
		{compare(store.Equal, true, "tags*"), []string{k}},
		{text("7", "tags*"), nil},

		{text("a@x.com", "emails*", "value"), []string{a, b}},
		{text("c@z.net", "emails*", "value"), []string{b}},
		{compare(store.EndsWith, ".org", "emails*", "value"), []string{a}},
		{compare(store.Equal, true, "emails*", "primary"), []string{a}},
		{compare(store.Equal, 5.0, "emails*", "value"), []string{k}},
		{text("a@x.com", "emails*"), nil},

		{text("eng", ext, "dept"), []string{a}},
		{text("7", ext, "boss", "id"), []string{a}},
		{text("B1", ext, "sites*", "code"), []string{a, b}},
		{compare(store.Greater, 3.0, ext, "sites*", "floor"), []string{a, b}},
		{compare(store.Less, 9.0, ext, "sites*", "floor"), []string{a}},
		{text("x", ext, "codes*"), []string{a}},
		{text("eng", "dept"), nil},

		{present("nick"), []string{a, b, k, h}},
		{present("age"), []string{a, b, k, h}},
		{present("vip"), []string{a, b, k}},
		{present("name"), []string{a, b, k}},
		{present("name", "family"), []string{a}},
		{present("tags*"), []string{a, b, k}},
		{present("emails*"), []string{a, b, k}},
		{present("emails*", "primary"), []string{a, k}},
		{present(ext), []string{a, b, h}},
		{present(ext, "boss"), []string{a}},
		{present(ext, "sites*"), []string{a, b, h}},
		{present(ext, "sites*", "code"), []string{a, b, h}},
		{present(ext, "sites*", "floor"), []string{a, b}},
		{present("nope"), nil},
		{present("nick", "deeper"), nil},

		{element(store.And{text("a@x.com", "value"), text("work", "type")}, "emails*"), []string{a}},
		{element(store.And{text("a@x.com", "value"), text("home", "type")}, "emails*"), []string{b}},
		{element(store.Or{text("b@y.org", "value"), text("c@z.net", "value")}, "emails*"), []string{a, b}},
		{element(store.Not{Expr: text("work", "type")}, "emails*"), []string{a, b, k}},
		{element(store.And{text("work", "type"), store.Not{Expr: present("value")}}, "emails*"), []string{k}},
		{element(store.And{present("value"), store.Not{Expr: present("type")}}, "emails*"), []string{k}},
		{element(store.Const(true), "emails*"), []string{a, b, k}},
		{element(store.Const(false), "emails*"), nil},
		{element(store.And{}, "emails*"), []string{a, b, k}},
		{element(store.And{text("B1", "code"), compare(store.GreaterOrEqual, 9.0, "floor")}, ext, "sites*"), []string{b}},
		{element(store.And{compare(store.StartsWith, "B", "code"), compare(store.Less, 9.0, "floor")}, ext, "sites*"), []string{a}},
		{element(compare(store.Equal, true, "primary"), "emails*"), []string{a}},
		{element(store.Const(true), "nope*"), nil},
		{store.And{element(text("work", "type"), "emails*"), store.Not{Expr: text("a@x.com", "emails*", "value")}}, []string{k}},
	}
	for _, test := range tests {
		f.matches(user, test.where, test.want...)
	}
}

func columns(f *fixture) {
	make3 := f.record(user, 3, "")
	make3.Name, make3.ExternalID, make3.SortName = "zed", "", ""
	none := f.record(user, 4, "")
	none.Name = ""
	f.commit(f.create(user, 1), f.create(user, 2), f.store(make3))
	column := func(column store.Column, op store.Op, value any) store.CompareColumn {
		return store.CompareColumn{Column: column, Op: op, Value: value}
	}
	const one, two, zed = "user-001", "user-002", "zed"
	first := id(1).String()
	tests := []struct {
		where store.Expr
		want  []string
	}{
		{column(store.ColumnID, store.Equal, first), []string{one}},
		{column(store.ColumnID, store.Equal, "not-a-uuid"), nil},
		{column(store.ColumnID, store.Equal, first[:35]), nil},
		{column(store.ColumnID, store.Equal, "{"+first+"}"), nil},
		{column(store.ColumnID, store.StartsWith, first[:12]), []string{one}},
		{column(store.ColumnID, store.StartsWith, ""), []string{one, two, zed}},
		{column(store.ColumnID, store.EndsWith, first[20:]), []string{one}},
		{column(store.ColumnID, store.Contains, first[5:30]), []string{one}},
		{column(store.ColumnID, store.Contains, "-"), []string{one, two, zed}},
		{column(store.ColumnID, store.Contains, "Z"), nil},
		{column(store.ColumnID, store.GreaterOrEqual, ""), []string{one, two, zed}},
		{column(store.ColumnID, store.Less, "g"), []string{one, two, zed}},
		{column(store.ColumnID, store.Greater, "\u00e9"), nil},
		{store.PresentColumn{Column: store.ColumnID}, []string{one, two, zed}},

		{column(store.ColumnName, store.Equal, one), []string{one}},
		{column(store.ColumnName, store.Equal, "User-001"), nil},
		{column(store.ColumnName, store.Contains, "-00"), []string{one, two}},
		{column(store.ColumnName, store.StartsWith, "z"), []string{zed}},
		{column(store.ColumnName, store.EndsWith, "2"), []string{two}},
		{column(store.ColumnName, store.Greater, one), []string{two, zed}},
		{column(store.ColumnName, store.LessOrEqual, two), []string{one, two}},
		{store.PresentColumn{Column: store.ColumnName}, []string{one, two, zed}},

		{column(store.ColumnExternalID, store.Equal, "ext-002"), []string{two}},
		{column(store.ColumnExternalID, store.Equal, ""), nil},
		{column(store.ColumnExternalID, store.StartsWith, ""), []string{one, two}},
		{column(store.ColumnExternalID, store.Less, "zzz"), []string{one, two}},
		{store.PresentColumn{Column: store.ColumnExternalID}, []string{one, two}},
		{column(store.ColumnSortName, store.EndsWith, "001"), []string{one}},
		{column(store.ColumnSortName, store.GreaterOrEqual, ""), []string{one, two}},
		{store.PresentColumn{Column: store.ColumnSortName}, []string{one, two}},

		{column(store.ColumnCreated, store.Equal, at(2)), []string{two}},
		{column(store.ColumnCreated, store.Equal, at(2).In(time.FixedZone("X", -7200))), []string{two}},
		{column(store.ColumnCreated, store.Equal, at(2).Add(time.Microsecond)), nil},
		{column(store.ColumnCreated, store.Greater, at(2).Add(-time.Microsecond)), []string{two, zed}},
		{column(store.ColumnCreated, store.Less, at(2)), []string{one}},
		{column(store.ColumnModified, store.GreaterOrEqual, at(2)), []string{two, zed}},
		{column(store.ColumnModified, store.LessOrEqual, at(2)), []string{one, two}},
		{store.PresentColumn{Column: store.ColumnCreated}, []string{one, two, zed}},
		{store.PresentColumn{Column: store.ColumnModified}, []string{one, two, zed}},
	}
	for _, test := range tests {
		f.matches(user, test.where, test.want...)
	}
	// A resource without a name has no value that compares.
	f.commit(f.store(none))
	f.matches(user, store.PresentColumn{Column: store.ColumnName}, one, two, zed)
	f.matches(user, column(store.ColumnName, store.LessOrEqual, "zzz"), one, two, zed)
	f.matches(user, column(store.ColumnName, store.Contains, ""), one, two, zed)
}

// manyTerms: filters of 1,500 terms are data, not depth.
func manyTerms(f *fixture) {
	f.indexed(map[string]string{"ann": `{"nick":"n1499","emails":[{"value":"n3"}]}`, "bob": `{"nick":"x"}`})
	var or, inner store.Or
	var and store.And
	for n := range 1500 {
		value := fmt.Sprintf("n%d", n)
		or = append(or, text(value, "nick"))
		inner = append(inner, text(value, "value"))
		and = append(and, store.Not{Expr: text(value, "nick")})
	}
	f.matches(user, or, "ann")
	f.matches(user, and, "bob")
	f.matches(user, element(inner, "emails*"), "ann")
	var deep store.Expr = text("x", "nick")
	for range 64 {
		deep = store.Not{Expr: store.And{deep}}
	}
	f.matches(user, deep, "bob")
}
