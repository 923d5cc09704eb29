package schema_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"rollcall/schemas"
	"rollcall/scim/schema"
)

func load(t *testing.T, attributes string) *schema.ResourceType {
	t.Helper()
	registry, err := schema.Load(schemas.Documents, fstest.MapFS{
		"a.json": {Data: []byte(thing(attributes))}, "b.json": {Data: []byte(thingType(""))},
	})
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := registry.Type("Thing")
	return kind
}

func described(name string, pairs ...string) string {
	text := strings.Replace(plain, "model", name, 1)
	return strings.NewReplacer(pairs...).Replace(text)
}

// TestSince holds which changes of a definition matter to what is stored.
func TestSince(t *testing.T) {
	t.Parallel()
	unique := []string{`"required":false`, `"required":true`, `"none"`, `"server"`}
	base := described("a", unique...) + "," + described("b") + "," + described("c", `"required":false`, `"required":true`)
	for _, tc := range []struct {
		name, now string
		want      schema.Redefined
		renamed   bool
	}{
		{"the same", base, schema.Unchanged, false},
		{"another description", strings.Replace(base, `"type"`, `"description":"x","type"`, 1), schema.Unchanged, false},
		{"another mutability", strings.Replace(base, "readWrite", "immutable", 2), schema.Unchanged, false},
		{"another order", described("b") + "," + described("c", `"required":false`, `"required":true`) + "," + described("a", unique...), schema.Unchanged, false},
		{"more", base + "," + described("d"), schema.Widened, false},
		{"more to sort by", base + "," + described("displayName"), schema.Widened, false},
		{"less is required", strings.Replace(base, described("c", `"required":false`, `"required":true`), described("c"), 1), schema.Widened, false},
		{"more is required", strings.Replace(base, described("b"), described("b", `"required":false`, `"required":true`), 1), schema.Narrowed, false},
		{"more, and required", base + "," + described("d", `"required":false`, `"required":true`), schema.Narrowed, false},
		{"less", described("a", unique...) + "," + described("b"), schema.Narrowed, false},
		{"members", base + "," + strings.TrimPrefix(members("", memberValue), plain+","), schema.Narrowed, false},
		{"exact", strings.Replace(base, described("b"), described("b", `"caseExact":false`, `"caseExact":true`), 1), schema.Rederived, false},
		{"unique", strings.Replace(base, described("b"), described("b", `"none"`, `"global"`), 1), schema.Rederived, false},
		{"hidden", strings.Replace(base, described("b"), described("b", `"default"`, `"never"`), 1), schema.Rederived, false},
		{"another type", strings.Replace(base, described("b"), described("b", `"string"`, `"dateTime"`), 1), schema.Rederived, false},
		{"another spelling", strings.Replace(base, described("b"), described("B"), 1), schema.Rederived, false},
		{"another name", described("b", unique...) + "," + described("a") + "," + described("c"), schema.Rederived, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			before, now := load(t, base), load(t, tc.now)
			change, renamed := now.Since(before.Definition())
			if got, want := before.SupersededBy(now.Definition()), tc.want > schema.Widened; got != want {
				t.Errorf("superseded: %v, want %v", got, want)
			}
			if change != tc.want || renamed != tc.renamed {
				t.Errorf("%d, renamed %v, want %d, %v", change, renamed, tc.want, tc.renamed)
			}
		})
	}
	for _, unreadable := range []string{"", "{", `{"pending":true}`, `{"form":1,"later":true}`, `{"form":99}`} {
		if change, _ := load(t, base).Since([]byte(unreadable)); change != schema.Rederived || !load(t, base).SupersededBy([]byte(unreadable)) {
			t.Errorf("%s: %d", unreadable, change)
		}
	}
}

// TestMisfits holds documents against types that they were not written for;
// what a request can store always fits.
func TestMisfits(t *testing.T) {
	t.Parallel()
	kind := load(t, described("a", `"required":false`, `"required":true`)+","+described("list", `"multiValued":false`, `"multiValued":true`)+","+
		described("n", `"string"`, `"integer"`)+","+described("at", `"string"`, `"dateTime"`)+","+members("", memberValue))
	const head = `{"schemas":["urn:example:Thing"],"id":"x"`
	for document, want := range map[string]string{
		head + `,"a":"x","list":["a","b"],"n":7,"at":"2026-01-01T00:00:00Z","externalId":"e"}`: "",
		head + `}`:                                 "a: now required, and missing",
		head + `,"a":""}`:                          "a: the value must not be empty",
		head + `,"a":"x","gone":{"b":[1]}}`:        "gone: no longer defined",
		head + `,"a":"x","urn:x:y":{"b":1}}`:       "urn:x:y: no longer defined",
		head + `,"a":["x"]}`:                       "a: now single-valued, and a list is stored",
		head + `,"a":{"b":1}}`:                     "a: the value must be a string",
		head + `,"a":"x","list":"y"}`:              "list: now multi-valued, and a single value is stored",
		head + `,"a":"x","list":["y","Y"]}`:        "list: two values of one resource are now the same, or both primary",
		head + `,"a":"x","n":1.5}`:                 "n: the value must be an integer of at most 64 bits",
		head + `,"a":"x","n":"1","at":"2026"}`:     `at: the value must be a dateTime such as "2026-01-02T03:04:05Z"; n: the value must be an integer`,
		head + `,"a":"x","members":[{"v":"1"}]}`:   "members: now kept apart from the resource",
		`{"schemas":["urn:x:y"],"id":"x","a":"x"}`: "schemas: the schema of the resource type is now urn:example:Thing",
	} {
		misfits, err := kind.Misfits([]byte(document))
		if err != nil {
			t.Errorf("%s: %v", document, err)
		}
		found := map[string]bool{}
		for _, m := range misfits {
			found[m.Attribute+": "+m.Reason] = true
		}
		for part := range strings.SplitSeq(want, "; ") {
			if part != "" && !found[part] {
				t.Errorf("%s: found %v, want %s", document, misfits, part)
			}
			delete(found, part)
		}
		if len(found) > 0 {
			t.Errorf("%s: found %v beside %q", document, found, want)
		}
	}
	for _, broken := range []string{"", "[]", `{"a":`, "7"} {
		if _, err := kind.Misfits([]byte(broken)); err == nil {
			t.Errorf("%q is a document", broken)
		}
	}
}
