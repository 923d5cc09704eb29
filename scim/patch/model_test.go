package patch_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/scim/schema"
)

// model is a second, simple reading of RFC 7644 section 3.5.2 over plain maps,
// for title, name and emails. Every element has a value.
type model map[string]any

type step struct {
	Op    string `json:"op"`
	Path  string `json:"path,omitempty"`
	Value any    `json:"value,omitempty"`
	null  bool
}

func (s step) MarshalJSON() ([]byte, error) {
	m := map[string]any{"op": s.Op}
	if s.Path != "" {
		m["path"] = s.Path
	}
	if s.Value != nil || s.null {
		m["value"] = s.Value
	}
	return json.Marshal(m)
}

// run reports whether the steps succeed.
func (m model) run(steps []step) bool {
	for _, s := range steps {
		if !m.step(s) {
			return false
		}
	}
	if list := m.emails(); list != nil {
		list, ok := distinct(list)
		m.set("emails", list)
		return ok
	}
	return true
}

func (m model) step(s step) bool {
	if kind, sub, ok := strings.Cut(s.Path, `"]`); ok {
		return m.filtered(s, strings.TrimPrefix(kind, `emails[type eq "`), strings.TrimPrefix(sub, "."))
	}
	switch s.Path {
	case "":
		for name, value := range s.Value.(map[string]any) {
			if !m.step(step{Op: s.Op, Path: name, Value: value, null: true}) {
				return false
			}
		}
		return true
	case "title":
		m.set("title", s.Value)
	case "name":
		if s.Value == nil {
			delete(m, "name")
			return true
		}
		for sub, value := range s.Value.(map[string]any) {
			m.name(sub, value)
		}
	case "name.givenName":
		m.name("givenName", s.Value)
	case "emails":
		return m.list(s)
	}
	return true
}

func (m model) name(sub string, value any) {
	name, _ := m["name"].(map[string]any)
	if name == nil {
		name = map[string]any{}
	}
	model(name).set(sub, value)
	if delete(m, "name"); len(name) > 0 {
		m["name"] = name
	}
}

func (m model) set(name string, value any) {
	if list, ok := value.([]any); value == nil || ok && len(list) == 0 {
		delete(m, name)
		return
	}
	m[name] = value
}

func (m model) emails() []any {
	list, _ := m["emails"].([]any)
	return list
}

func (m model) list(s step) bool {
	given, ok := distinct(s.Value)
	switch {
	case !ok:
		return false
	case s.Op != "add":
		m.set("emails", given)
		return true
	}
	list := m.emails()
	for _, element := range given {
		target := element.(map[string]any)
		found := false
		for _, other := range list {
			if identity(other) == identity(element) {
				found = true
				for name, value := range target {
					if name != "value" && name != "type" {
						other.(map[string]any)[name] = value
					}
				}
				target = other.(map[string]any)
				break
			}
		}
		if !found {
			list = append(list, element)
		}
		if element.(map[string]any)["primary"] == true {
			makePrimary(list, target)
		}
	}
	m.set("emails", list)
	return true
}

func (m model) filtered(s step, kind, sub string) bool {
	var kept []any
	matched := false
	for _, element := range m.emails() {
		email := element.(map[string]any)
		if text, ok := email["type"].(string); ok && strings.EqualFold(text, kind) {
			matched = true
			if s.Op == "remove" {
				continue
			}
			email[sub] = s.Value
		}
		kept = append(kept, element)
	}
	m.set("emails", kept)
	return matched || s.Op == "remove"
}

func makePrimary(list []any, target map[string]any) {
	for _, other := range list {
		if email := other.(map[string]any); email["primary"] == true {
			email["primary"] = false
		}
	}
	target["primary"] = true
}

func identity(element any) string {
	email := element.(map[string]any)
	kind, ok := email["type"].(string)
	if !ok {
		return strings.ToLower(email["value"].(string))
	}
	return strings.ToLower(email["value"].(string) + " " + kind)
}

// distinct drops repetitions and reports whether at most one is primary.
func distinct(v any) ([]any, bool) {
	list, _ := v.([]any)
	var kept []any
	seen, primaries := map[string]bool{}, 0
	for _, element := range list {
		if seen[identity(element)] {
			continue
		}
		seen[identity(element)] = true
		kept = append(kept, element)
		if element.(map[string]any)["primary"] == true {
			primaries++
		}
	}
	return kept, primaries < 2
}

var (
	word  = rapid.SampledFrom([]any{"a", "A", "b", "c"})
	kinds = rapid.SampledFrom([]string{"work", "Work", "home", "fax"})
)

func email(t *rapid.T) any {
	m := map[string]any{"value": word.Draw(t, "value")}
	if rapid.Bool().Draw(t, "typed") {
		m["type"] = kinds.Draw(t, "type")
	}
	if rapid.Bool().Draw(t, "flagged") {
		m["primary"] = rapid.Bool().Draw(t, "primary")
	}
	return m
}

func valueOf(t *rapid.T, attribute string) any {
	switch attribute {
	case "emails":
		list := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "emails") {
			list = append(list, email(t))
		}
		return list
	case "name":
		m := map[string]any{}
		for _, sub := range []string{"givenName", "familyName"} {
			switch rapid.IntRange(0, 2).Draw(t, sub) {
			case 0:
				m[sub] = word.Draw(t, "word")
			case 1:
				m[sub] = nil
			}
		}
		return m
	default:
		if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
			return nil
		}
		return word.Draw(t, "word")
	}
}

func steps(t *rapid.T) []step {
	list := make([]step, rapid.IntRange(1, 6).Draw(t, "steps"))
	attributes := rapid.SampledFrom([]string{"title", "name", "name.givenName", "emails"})
	for i := range list {
		op := rapid.SampledFrom([]string{"add", "replace", "remove"}).Draw(t, "op")
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case kind == 0 && op != "remove":
			m := map[string]any{}
			for _, a := range []string{"title", "name", "emails"} {
				if rapid.Bool().Draw(t, a) {
					m[a] = valueOf(t, a)
				}
			}
			list[i] = step{Op: op, Value: m}
		case kind == 1 && op != "add":
			list[i] = step{Op: op, Path: `emails[type eq "` + kinds.Draw(t, "type") + `"]`}
			if op == "replace" {
				list[i].Path += ".value"
				list[i].Value = word.Draw(t, "word")
			}
		default:
			list[i] = step{Op: op, Path: attributes.Draw(t, "path")}
			if op != "remove" {
				list[i].Value, list[i].null = valueOf(t, list[i].Path), true
			}
		}
	}
	return list
}

func TestAgainstModel(t *testing.T) {
	t.Parallel()
	user := resourceType(t, "User")
	rapid.Check(t, func(t *rapid.T) {
		list := steps(t)
		operations, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		const state = `{"userName":"bj","name":{"givenName":"g"},"emails":[{"value":"a","type":"work","primary":true},{"value":"b","type":"home"}]}`
		var want model
		if err := json.Unmarshal([]byte(state), &want); err != nil {
			t.Fatal(err)
		}
		ok := want.run(list)
		before, err := user.Parse([]byte(`{"schemas":["` + user.URN + `"],` + state[1:]))
		if err != nil {
			t.Fatal(err)
		}
		result, err := run(user, before, string(operations[1:len(operations)-1]), &schema.Leniency{})
		if ok != (err == nil) {
			t.Fatalf("%s: the model says %v, got %v", operations, ok, err)
		}
		if after := string(schema.AppendJSON(nil, before)); after != state {
			t.Fatalf("%s: before became %s", operations, after)
		}
		if err != nil {
			return
		}
		var got map[string]any
		if err := json.Unmarshal(schema.AppendJSON(nil, result.Object), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]any(want), got); diff != "" {
			t.Fatalf("%s: model against result:\n%s", operations, diff)
		}
	})
}
