package usercsv

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// hostile are texts that people and attackers write.
func hostile() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`.{1,12}`), rapid.StringMatching(`['=+@\-;|\\\[{"\r\n\t ,]{1,6}`), rapid.StringMatching(`[ a-z;|\\]{1,8}`),
		rapid.SampledFrom([]string{"=cmd|'/c calc'!A0", "+49 30 1", "<script>alert(1)</script>", "'t Hooft", "[x", "{\"value\":1}", "a\r\nb", "ﬁ\u2028", "primary", "\"quoted\""}),
	).Filter(func(s string) bool { return s != "" && !strings.ContainsRune(s, 0) })
}

// someone draws a user with any of the attributes that are imported.
func someone(t *rapid.T) map[string]any {
	user := map[string]any{}
	maybe := rapid.Bool()
	for _, c := range columns {
		if !c.Imported || c.kind == first || c.kind == names || c.Name == "id" || c.Name != "userName" && !maybe.Draw(t, c.Name) {
			continue
		}
		holder := user
		for _, name := range c.path[:len(c.path)-1] {
			if holder[name] == nil {
				holder[name] = map[string]any{}
			}
			holder = holder[name].(map[string]any)
		}
		holder[c.path[len(c.path)-1]] = anything(t, c.kind)
	}
	return user
}

func anything(t *rapid.T, of kind) any {
	switch of {
	case flag:
		return rapid.Bool().Draw(t, "flag")
	case instant:
		return rapid.SampledFrom([]string{"2027-01-31T00:00:00Z", "2027-01-31T12:00:00.5+02:00"}).Draw(t, "instant")
	case values:
		var list []any
		for _, one := range rapid.SliceOfN(hostile(), 1, 3).Draw(t, "values") {
			list = append(list, one)
		}
		return list
	case reference:
		v := map[string]any{"value": hostile().Draw(t, "value")}
		if rapid.Bool().Draw(t, "display") {
			v["display"] = hostile().Draw(t, "display")
		}
		return v
	case elements, document:
		var list []any
		for range rapid.IntRange(1, 3).Draw(t, "elements") {
			one := map[string]any{"value": hostile().Draw(t, "value")}
			for _, name := range []string{"type", "display"} {
				if rapid.Bool().Draw(t, name) {
					one[name] = hostile().Draw(t, name)
				}
			}
			if len(list) == 0 && rapid.Bool().Draw(t, "primary") {
				one["primary"] = true
			}
			list = append(list, one)
		}
		return list
	}
	return hostile().Draw(t, "text")
}

// TestRoundTrip: what is exported and read again makes the same users.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		list := Everything()
		w := NewWriter(&file, list, rapid.Bool().Draw(t, "marked"))
		var users []map[string]any
		for range rapid.IntRange(1, 4).Draw(t, "users") {
			user := someone(t)
			users = append(users, user)
			w.Write(user)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if rows, err := csv.NewReader(&file).ReadAll(); err != nil || len(rows) != len(users)+1 {
			t.Fatalf("others read %d rows: %v", len(rows), err)
		}
		file.Reset()
		w = NewWriter(&file, list, true)
		for _, user := range users {
			w.Write(user)
		}
		_ = w.Flush()
		r, err := Open(&file)
		if err != nil {
			t.Fatal(err)
		}
		mapping, err := NewMapping(Guess(r.Header()))
		if err != nil {
			t.Fatal(err)
		}
		for _, user := range users {
			record, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			edits, findings := mapping.Change(nil, &record, false)
			if len(findings) > 0 {
				t.Fatalf("%v in %q", findings, record.Cells)
			}
			body, err := Resource(edits)
			if err != nil {
				t.Fatal(err)
			}
			var made map[string]any
			if err := json.Unmarshal(body, &made); err != nil {
				t.Fatal(err)
			}
			delete(made, "schemas")
			if diff := cmp.Diff(user, made); diff != "" {
				t.Fatalf("another user (-exported +imported):\n%s", diff)
			}
			if edits, _ := mapping.Change(user, &record, true); len(edits) > 0 {
				t.Fatalf("its own export changes it: %+v", edits)
			}
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Fatalf("more rows: %v", err)
		}
	})
}

// TestForms of files that people have.
func TestForms(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"plain": "Email address,First name,Name\nada@x,Ada,\"a, b\nc\"\n", "bom": "\ufeffEmail address,First name,Name\nada@x,Ada,\"a, b\nc\"",
		"semicolon": "Email address;First name;Name\nada@x;Ada;\"a, b\nc\"\n", "tab": "Email address\tFirst name\tName\r\n\r\nada@x\tAda\t\"a, b\nc\"\r\n\r\n",
		"mac": "Email address,First name,Name\rada@x,Ada,\"a, b\nc\"\r",
	} {
		r, err := Open(strings.NewReader(file))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff([]string{"email", "givenName", "displayName"}, Guess(r.Header())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		record, err := r.Next()
		if diff := cmp.Diff([]string{"ada@x", "Ada", "a, b\nc"}, record.Cells); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v behind the last row", name, err)
		}
	}
}

// TestFilesThatAreRefused say why, and where.
// TestNamedSeparator: a first line that names the separator, as Excel writes it, is
// no header.
func TestNamedSeparator(t *testing.T) {
	t.Parallel()
	for file, want := range map[string][]string{
		"sep=;\nuserName;title\nada;a,b,c\n":         {"userName|title", "3:ada|a,b,c"},
		"\ufeffsep=;\r\nuserName;title\r\nada;x\r\n": {"userName|title", "3:ada|x"},
		"SEP=,\ruserName,title\rada,x;y;z\r":         {"userName|title", "3:ada|x;y;z"},
		"sep=\t\nuserName\ttitle\nada\tx\n":          {"userName|title", "3:ada|x"},
		"\"sep=;\"\nuserName;title\nada;x\n":         {"userName|title", "3:ada|x"},
		"sep=|\nuserName|title\nada|x,y\n":           {"userName|title", "3:ada|x,y"},
		"sep=;title\nada;x\n":                        {"sep=|title", "2:ada|x"},
		"sep=x\nada\n":                               {"sep=x", "2:ada"},
	} {
		reader, err := Open(strings.NewReader(file))
		if err != nil {
			t.Errorf("%q: %v", file, err)
			continue
		}
		row, err := reader.Next()
		got := []string{strings.Join(reader.Header(), "|"), fmt.Sprintf("%d:%s", row.Line, strings.Join(row.Cells, "|"))}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", file, err, diff)
		}
	}
	if _, err := Open(strings.NewReader("sep=;\n")); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("a separator alone: %v", err)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"": "is empty", "\n\n": "is empty", "\xff\xfeu\x00": "UTF-16", "PK\x03\x04rest": "workbook", "userName\nM\xfcller\n": "line 2: it is not UTF-8",
		"userName\na\x00b\n": "line 2: it has a NUL", "userName,x\n\"a": "line 2: a quote is opened", "userName\n\n\na\"b\n": "line 4: a quote stands",
		"userName\n\"a\"b\n": "line 2: text follows", strings.Repeat("a,", MaxColumns+1) + "\n": "more than 500 cells",
	} {
		err := func() error {
			r, err := Open(strings.NewReader(file))
			for err == nil {
				_, err = r.Next()
			}
			return err
		}()
		var refused *FileError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", clip(file, 20), err, want)
		}
	}
}

// TestRowsThatAreRefused leave those around them alone.
func TestRowsThatAreRefused(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("ü", 1<<19)
	r, err := Open(strings.NewReader("userName,active,validFrom,emails\none,true,,\ntwo\n" + huge + "," + huge + "," + huge + "," + huge + "\nthree,maybe,soon,a|b|c\nfour,true,2027-01-31,a|work|primary;b||primary\nfive,no,2027-01-31,a\n"))
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := NewMapping(Guess(r.Header()))
	if err != nil {
		t.Fatal(err)
	}
	for line, wants := range []string{"", "", "", "the row has 1 cells", "cell 1 is too large", "neither true|is no time|is not of the form", "two primary", ""} {
		if line < 2 {
			continue
		}
		record, err := r.Next()
		if err != nil || record.Line != int64(line) {
			t.Fatalf("line %d: %v, %d", line, err, record.Line)
		}
		_, findings := mapping.Change(nil, &record, false)
		text, _ := json.Marshal(findings)
		for want := range strings.SplitSeq(wants, "|") {
			if !strings.Contains(string(text), want) || (wants == "") != (len(findings) == 0) {
				t.Errorf("line %d: %s, want %q", line, text, wants)
			}
		}
	}
}

// TestMappings that say two things at once are refused.
func TestMappings(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]string{
		"both imported": {"userName", "", "userName"}, "say the same twice": {"email", "emails"}, "nothing is imported as": {"password"}, `as "status"`: {"status"},
	} {
		if _, err := NewMapping(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", list, err, want)
		}
	}
	if got := Guess([]string{"User Name", "user_name", "E-Mail", "Password", "", "status"}); strings.Join(got, ",") != "userName,,email,,," {
		t.Errorf("guessed %q", got)
	}
}

// TestChanges are the least that make a user say what the row says, and are
// undone by their reverse.
func TestChanges(t *testing.T) {
	t.Parallel()
	stored := map[string]any{
		"userName": "ada", "title": "Dr", "name": map[string]any{"givenName": "Ada"},
		"emails": []any{map[string]any{"value": "ada@x", "type": "work", "primary": true}, map[string]any{"value": "b@x"}},
		"roles":  []any{map[string]any{"value": "admin", "primary": true}},
	}
	mapping, err := NewMapping([]string{"userName", "title", "givenName", "email", "roles"})
	if err != nil {
		t.Fatal(err)
	}
	paths := func(clears bool, cells ...string) string {
		edits, findings := mapping.Change(stored, &Record{Cells: cells}, clears)
		list := []string{}
		for _, edit := range Back(Back(edits)) {
			after, _ := json.Marshal(edit.After)
			list = append(list, edit.Path+"="+string(after))
		}
		if len(findings) > 0 {
			t.Errorf("findings %v", findings)
		}
		return strings.Join(list, " ")
	}
	for _, one := range []struct {
		clears bool
		cells  []string
		want   string
	}{
		{false, []string{"ada", "Dr", "Ada", "ada@x", "admin"}, ""},
		{false, []string{"ada", "", "", "", ""}, ""},
		{true, []string{"ada", "", "", "", "admin"}, `title=null name.givenName=null emails=[{"value":"b@x"}]`},
		{false, []string{"ada", "Prof", "Ada", "new@x", "admin; auditor"}, `title="Prof" emails=[{"primary":true,"type":"work","value":"new@x"},{"value":"b@x"}] roles=[{"primary":true,"value":"admin"},{"value":"auditor"}]`},
	} {
		if got := paths(one.clears, one.cells...); got != one.want {
			t.Errorf("%v: %s\nwant %s", one.cells, got, one.want)
		}
	}
}

// FuzzOpen: no file takes more than its bounds, or a row that is no text.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("a,b\n\"x\"\"\r\n\",y\n"))
	f.Add([]byte("\ufeffa;b\r\r\n=1;2"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := Open(bytes.NewReader(file))
		for err == nil {
			var record Record
			if record, err = r.Next(); err == nil && len(record.Cells) != len(r.Header()) {
				t.Fatalf("%d cells below %d names", len(record.Cells), len(r.Header()))
			}
		}
		var refused *FileError
		if !errors.Is(err, io.EOF) && !errors.As(err, &refused) {
			t.Fatal(err)
		}
	})
}

// TestElementsOfOneValue: of two elements with the same value the cell means the one
// that has no more to it.
func TestElementsOfOneValue(t *testing.T) {
	t.Parallel()
	user := map[string]any{"userName": "ada", "roles": []any{map[string]any{"value": "a", "type": "A"}, map[string]any{"value": "a"}}}
	mapping, err := NewMapping([]string{"userName", "roles"})
	if err != nil {
		t.Fatal(err)
	}
	edits, findings := mapping.Change(user, &Record{Cells: []string{"ada", "a|A; a"}}, false)
	if len(edits) > 0 || len(findings) > 0 {
		t.Errorf("nothing to change: %v, %v", edits, findings)
	}
}
