package patch_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/scim/fault"
	"rollcall/scim/patch"
	"rollcall/scim/schema"
)

var (
	paths = rapid.SampledFrom([]string{
		"", "title", "userName", "active", "name", "name.givenName", "emails", "emails.type", "emails.primary", `emails[type eq \"work\"]`, `emails[type eq \"fax\"].value`,
		`emails[primary eq \"true\"].primary`, `emails[not (value pr)]`, "addresses", `addresses[type eq \"work\"].locality`, "roles", `roles[value eq \"a\"].display`, "id", "groups", "schemas",
		ent, ent + ":manager", ent + ":manager.value", ent + ":department", "manager", "nope", "photos.value", "members",
	})
	values = rapid.SampledFrom([]string{
		"", `null`, `""`, `"a"`, `"True"`, `true`, `5`, `[]`, `{}`, `[null]`, `["a","b"]`, `{"value":"a"}`, `{"value":""}`, `[{"value":"a","type":"work","primary":true},{"value":"b"}]`,
		`[{"value":"A","type":"WORK"}]`, `{"value":"c","primary":"True"}`, `{"givenName":"x","familyName":null}`, `[{"locality":"l","type":"work","primary":true},{"locality":"l"}]`,
		`{"title":"t","emails":[{"value":"z"}],"name.givenName":"y","emails[type eq \"work\"].display":"d","nope":1,"id":"x","` + ent + `":{"manager":"m","department":null}}`,
	})
)

func operation(t *rapid.T, ops []string) string {
	out := `{"op":"` + rapid.SampledFrom(ops).Draw(t, "op") + `"`
	if path := paths.Draw(t, "path"); path != "" {
		out += `,"path":"` + path + `"`
	}
	if value := values.Draw(t, "value"); value != "" {
		out += `,"value":` + value
	}
	return out + `}`
}

// invariants hold of every result.
func invariants(t *rapid.T, kind *schema.ResourceType, o *schema.Object) {
	back, err := kind.Parse(kind.AppendDocument(nil, "i", o))
	if err != nil {
		t.Fatal(err)
	}
	for a, v := range o.All() {
		if a.Computed == schema.Stored && !schema.Equal(v, back.Get(a)) {
			t.Fatalf("%s does not survive the document", a)
		}
		if list, ok := v.(schema.List); ok {
			kept, err := a.Distinct(append(schema.List(nil), list...))
			if err != nil || len(kept) != len(list) {
				t.Fatalf("%s: %v, %d of %d values are distinct", a, err, len(kept), len(list))
			}
		}
	}
	if err := kind.CheckRequired(o); err != nil {
		t.Fatal(err)
	}
}

func TestAnyRequest(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	before := object(t, user, s0)
	rapid.Check(t, func(t *rapid.T) {
		list := make([]string, rapid.IntRange(1, 5).Draw(t, "operations"))
		for i := range list {
			list[i] = operation(t, []string{"add", "replace", "remove", "Add"})
		}
		allowed := rapid.SampledFrom([]schema.Normalisation{0, schema.AllNormalisations}).Draw(t, "allowed")
		result, err := run(user, before, strings.Join(list, ","), &schema.Leniency{Allowed: allowed})
		if got := string(schema.AppendJSON(nil, before)); got != same {
			t.Fatalf("before became %s", got)
		}
		if err != nil {
			if refused, ok := fault.As(err); !ok || refused.Status != 400 || result.Object != nil {
				t.Fatalf("got %v and %v", err, result)
			}
			return
		}
		invariants(t, user, result.Object)
	})
}

func TestRepeatingChangesNothing(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	before := object(t, user, s0)
	rapid.Check(t, func(t *rapid.T) {
		text := operation(t, []string{"add", "replace"})
		l := &schema.Leniency{Allowed: schema.AllNormalisations}
		first, err := run(user, before, text, l)
		if err != nil {
			return
		}
		second, err := run(user, first.Object, text, l)
		if refused, ok := fault.As(err); ok && refused.Type == fault.NoTarget {
			return // a replaced element no longer matches
		}
		if err != nil || !schema.Equal(first.Object, second.Object) {
			t.Fatalf("%s: first %s, then %s", text, outcome(first, nil), outcome(second, err))
		}
	})
}

func FuzzPatch(f *testing.F) {
	for _, seed := range []string{
		`{"op":"add","path":"emails[type eq \"work\"].value","value":"x"}`, `{"op":"Replace","value":{"name.givenName":"x","active":"False"}}`,
		`{"op":"remove","path":"members[value eq \"a\" or value eq \"b\"]"}`, `{"op":"remove","path":"members","value":[{"value":"a"}]}`,
		`{"op":"add","path":"members","value":[{"value":"a","display":"b"}]}`, `{"op":"add","value":{"` + ent + `":{"manager":[{"value":"m"}]}}}`,
		`{"op":"replace","path":"emails","value":[{"value":"a","primary":true}]},{"op":"remove","path":"emails[primary eq true].type"}`,
	} {
		f.Add([]byte(request(seed)))
	}
	user, group := resourceType(f, "User"), resourceType(f, "Group")
	befores := map[*schema.ResourceType]*schema.Object{user: object(f, user, s0), group: object(f, group, `"displayName":"n"`)}
	f.Fuzz(func(t *testing.T, body []byte) {
		for kind, before := range befores {
			was := string(schema.AppendJSON(nil, before))
			for _, allowed := range []schema.Normalisation{0, schema.AllNormalisations} {
				l := &schema.Leniency{Allowed: allowed}
				r, err := patch.Parse(strings.NewReader(string(body)), kind, l)
				var result patch.Result
				if err == nil {
					result, err = patch.Apply(kind, before, r, l)
				}
				if string(schema.AppendJSON(nil, before)) != was {
					t.Fatal("before has changed")
				}
				if err != nil {
					if _, ok := fault.As(err); !ok {
						t.Fatal(err)
					}
					continue
				}
				if err := kind.CheckRequired(result.Object); err != nil {
					t.Fatal(err)
				}
				if _, err := kind.Parse(kind.AppendDocument(nil, "i", result.Object)); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
