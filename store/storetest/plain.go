package storetest

import (
	"encoding/json"
	"fmt"
	"strings"

	"rollcall/store"
)

// plainData: what means something to SQL, LIKE, JSON paths or regular
// expressions means nothing here, as value and as attribute name.
func plainData(f *fixture) {
	values := []string{
		"100%", "100", "a_b", "axb", `a\b`, `a\\b`, `a\_b`, "o'neil", `say "hi"`, `"`, `'`, `''`, `%`, `_`, `\`, `\%`,
		"x' OR '1'='1", "'; DROP TABLE resource; --", "$1", "?1", ":name", "@>", `{"a":1}`, "null", "true", "[*]", "a*b", "a?b", "[a-z]",
		".*", "^a$", "tab\there", "line\nbreak", " lead", "trail ", "\u00e9", "e\u0301", "\U0001f600", "\u2028", "\uffff", "ſ", "İ", "\u00a0", `\u0041`, `\x41`,
	}
	records := map[string]string{}
	for i, value := range values {
		quoted, err := json.Marshal(map[string]any{"v": value, "list": []any{map[string]any{"v": value}}, "tags": []string{value}, "q" + value: "here"})
		if err != nil {
			f.t.Fatal(err)
		}
		records[fmt.Sprintf("%03d", i)] = string(quoted)
	}
	f.indexed(records)
	want := func(match func(string) bool) []string {
		list := []string{}
		for i, value := range values {
			if match(value) {
				list = append(list, fmt.Sprintf("%03d", i))
			}
		}
		return list
	}
	for _, needle := range values {
		same := want(func(s string) bool { return s == needle })
		contains := want(func(s string) bool { return strings.Contains(s, needle) })
		prefix := want(func(s string) bool { return strings.HasPrefix(s, needle) })
		suffix := want(func(s string) bool { return strings.HasSuffix(s, needle) })
		above := want(func(s string) bool { return s > needle })
		for _, names := range [][]string{{"v"}, {"list*", "v"}, {"tags*"}} {
			f.matches(user, text(needle, names...), same...)
			f.matches(user, compare(store.Contains, needle, names...), contains...)
			f.matches(user, compare(store.StartsWith, needle, names...), prefix...)
			f.matches(user, compare(store.EndsWith, needle, names...), suffix...)
			f.matches(user, compare(store.Greater, needle, names...), above...)
		}
		f.matches(user, element(text(needle, "v"), "list*"), same...)
		named := store.Path{{Name: "q" + needle}}
		f.matches(user, store.Compare{Path: named, Value: "here"}, same...)
		f.matches(user, store.Present{Path: named}, same...)
	}
	// Nothing stored holds NUL or broken UTF-8, so that such a needle is either
	// refused or matches nothing.
	for _, needle := range []string{"a\x00b", "\xff"} {
		for _, where := range []store.Expr{text(needle, "v"), store.CompareColumn{Column: store.ColumnName, Op: store.Contains, Value: needle}} {
			page, err := f.s.Query(f.ctx, store.Query{Tenant: f.tenant, Types: of(user, where), Limit: 1})
			if err == nil && page.Total != 0 {
				f.t.Errorf("%q matches %d", needle, page.Total)
			}
		}
	}
	for _, name := range []string{"a'b", `a"b`, "a%b", "a_b", `a\b`, "axb"} {
		f.commit(f.named(group, 500+len(f.found(group, nil)), name))
	}
	column := func(op store.Op, value string) store.Expr {
		return store.CompareColumn{Column: store.ColumnName, Op: op, Value: value}
	}
	f.matches(group, column(store.Equal, "a_b"), "a_b")
	f.matches(group, column(store.Contains, "_"), "a_b")
	f.matches(group, column(store.StartsWith, "a%"), "a%b")
	f.matches(group, column(store.EndsWith, `\b`), `a\b`)
	f.matches(group, column(store.Contains, `'`), "a'b")
	f.matches(group, column(store.Contains, `"`), `a"b`)
	f.matches("x' OR '1'='1", store.Const(true))
}

// byteOrder: strings compare byte by byte, in no language's order.
func byteOrder(f *fixture) {
	words := []string{"", " ", "-", "10", "9", "A", "Z", "Za", "_", "a", "aa", "ab", "b", "z", "\u00c4", "\u00e4", "\u0142", "\u65e5", "\uff21", "\U0001f600"}
	records := map[string]string{}
	for i, word := range words {
		quoted, err := json.Marshal(map[string]any{"w": word, "l": []string{word}})
		if err != nil {
			f.t.Fatal(err)
		}
		records[fmt.Sprintf("%02d", i)] = string(quoted)
	}
	f.indexed(records)
	for i, word := range words {
		for _, names := range [][]string{{"w"}, {"l*"}} {
			var less, more []string
			for j := range words {
				if j < i {
					less = append(less, fmt.Sprintf("%02d", j))
				}
				if j > i {
					more = append(more, fmt.Sprintf("%02d", j))
				}
			}
			self := fmt.Sprintf("%02d", i)
			f.matches(user, compare(store.Less, word, names...), less...)
			f.matches(user, compare(store.Greater, word, names...), more...)
			f.matches(user, compare(store.LessOrEqual, word, names...), append(less, self)...)
			f.matches(user, compare(store.GreaterOrEqual, word, names...), append(more, self)...)
		}
	}
	for i, word := range words[1:] {
		create := f.named(group, 100+i, word)
		create.Record.ExternalID, create.Record.SortName = word, word
		f.commit(create)
	}
	for _, column := range []store.Column{store.ColumnName, store.ColumnExternalID, store.ColumnSortName} {
		page := f.query(store.Query{Types: of(group, nil), Sort: store.Sort{Column: column}, Limit: 100})
		if got := recordNames(page); fmt.Sprint(got) != fmt.Sprint(words[1:]) {
			f.t.Errorf("order by column %d: %q", column, got)
		}
		for i, word := range words {
			page := f.query(store.Query{Types: of(group, store.CompareColumn{Column: column, Op: store.Less, Value: word})})
			if want := max(i-1, 0); page.Total != want {
				f.t.Errorf("column %d below %q: %d, want %d", column, word, page.Total, want)
			}
		}
	}
}

func numbers(f *fixture) {
	f.indexed(map[string]string{
		"minus": `{"n":-1.5e3}`, "zero": `{"n":0}`, "tenth": `{"n":0.1}`, "one": `{"n":1.0}`, "two": `{"n":2}`, "ten": `{"n":10}`,
		"safe": `{"n":9007199254740991}`, "huge": `{"n":1e300}`, "text": `{"n":"10"}`, "flag": `{"n":true}`, "list": `{"l":[1,"5",20.25]}`,
	})
	number := func(op store.Op, value float64) store.Expr { return compare(op, value, "n") }
	f.matches(user, number(store.Equal, 1), "one")
	f.matches(user, number(store.Equal, 0.1), "tenth")
	f.matches(user, number(store.Equal, -1500), "minus")
	f.matches(user, number(store.Equal, 9007199254740991), "safe")
	f.matches(user, number(store.Equal, 9007199254740990))
	f.matches(user, number(store.Equal, 1e300), "huge")
	f.matches(user, number(store.Less, 2), "minus", "zero", "tenth", "one")
	f.matches(user, number(store.Greater, 2), "ten", "safe", "huge")
	f.matches(user, number(store.Greater, 9007199254740990), "safe", "huge")
	f.matches(user, number(store.GreaterOrEqual, 1e308))
	f.matches(user, number(store.LessOrEqual, 0.1), "minus", "zero", "tenth")
	f.matches(user, text("10", "n"), "text")
	f.matches(user, text("2", "n"))
	f.matches(user, compare(store.Greater, "1", "n"), "text")
	f.matches(user, compare(store.Equal, 20.25, "l*"), "list")
	f.matches(user, compare(store.Equal, 5.0, "l*"))
	f.matches(user, compare(store.Greater, 1.0, "l*"), "list")
}

// longValues are longer than an entry of a B-tree may be.
func longValues(f *fixture) {
	body := strings.Repeat("0123456789abcdef", 1000)
	index := func(tail string) string { return fmt.Sprintf(`{"note":%q,"l":[{"v":%q}]}`, body+tail, body+tail) }
	f.indexed(map[string]string{"x": index("x"), "y": index("y"), "short": `{"note":"0123"}`})
	f.matches(user, text(body+"x", "note"), "x")
	f.matches(user, text(body, "note"))
	f.matches(user, compare(store.StartsWith, body, "note"), "x", "y")
	f.matches(user, compare(store.StartsWith, "0123", "note"), "x", "y", "short")
	f.matches(user, compare(store.EndsWith, "fx", "note"), "x")
	f.matches(user, compare(store.Greater, body+"x", "note"), "y")
	f.matches(user, element(text(body+"y", "v"), "l*"), "y")
	f.matches(user, present("note"), "x", "y", "short")
	label := f.record(group, 1, "")
	label.Label = body
	label.Document = fmt.Appendf(nil, `{"note":%q}`, body)
	f.commit(f.store(label))
	sameRecord(f.t, label, f.get(label.Key))
	long := f.named(group, 2, strings.Repeat("é", store.MaxKeyBytes/2))
	long.Record.ExternalID = strings.Repeat("x", store.MaxKeyBytes)
	long.Unique = []store.UniqueValue{badge(strings.Repeat("y", store.MaxKeyBytes))}
	f.commit(long)
}

// reindexedValues: a condition sees the shadow as it is, not as it was.
func reindexedValues(f *fixture) {
	f.indexed(map[string]string{"ann": `{"nick":"old","tags":["a","b"]}`, "bob": `{"nick":"old"}`})
	f.matches(user, text("old", "nick"), "ann", "bob")
	var key store.Key
	for _, record := range f.query(store.Query{Types: of(user, text("a", "tags*")), Limit: 1}).Records {
		key = record.Key
	}
	record := f.get(key)
	record.Index = []byte(`{"nick":"new","tags":["b","c"]}`)
	f.commit(&store.Update{Key: key, Record: &record, Modified: at(5), Trail: trail(5, "update")})
	f.matches(user, text("old", "nick"), "bob")
	f.matches(user, text("new", "nick"), "ann")
	f.matches(user, text("a", "tags*"))
	f.matches(user, text("b", "tags*"), "ann")
	f.matches(user, present("tags*"), "ann")
	// JSON may spell the same names and values in other ways.
	record.Index = []byte(`{ "n\u0069ck" : "ne\u0077", "tags" : [ "\u0062", "c" ] }`)
	f.commit(&store.Update{Key: key, Record: &record, Modified: at(6), Trail: trail(6, "update")})
	f.matches(user, text("new", "nick"), "ann")
	f.matches(user, text("b", "tags*"), "ann")
	record.Index = []byte(`{}`)
	f.commit(&store.Update{Key: key, Record: &record, Modified: at(6), Trail: trail(6, "update")})
	f.matches(user, present("tags*"))
	f.matches(user, present("nick"), "bob")
	f.commit(&store.Delete{Key: key, At: at(7), PurgeAfter: at(8), Trail: trail(7, "delete")})
	f.matches(user, store.Not{Expr: present("tags*")}, "bob")
}
