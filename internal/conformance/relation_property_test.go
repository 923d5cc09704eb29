package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/schemas"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// nest is a directory of users and nested groups, and what each resource's
// relations are by the words of RFC 7643: the model of the property below.
type nest struct {
	base string
	// kinds and labels are by name; members are the names of direct members.
	kinds, labels, ids map[string]string
	members            map[string][]string
}

// above are the groups over a resource, true for the direct ones.
func (n *nest) above(name string) map[string]bool {
	found := map[string]bool{}
	var climb func(name string, direct bool)
	climb = func(name string, direct bool) {
		for group, members := range n.members {
			if _, seen := found[group]; slices.Contains(members, name) && (!seen || direct) {
				found[group] = found[group] || direct
				if !seen {
					climb(group, false)
				}
			}
		}
	}
	climb(name, true)
	return found
}

// object is a resource with its groups or members as answers show them.
func (n *nest) object(kind *schema.ResourceType, name string) *schema.Object {
	object, list := &schema.Object{}, schema.List{}
	multi := kind.Groups
	if kind.Name == "Group" {
		multi = kind.Members
		for _, member := range n.members[name] {
			list = append(list, n.element(multi, member, n.kinds[member]))
		}
	} else {
		for group, direct := range n.above(name) {
			list = append(list, n.element(multi, group, map[bool]string{true: "direct", false: "indirect"}[direct]))
		}
	}
	if len(list) > 0 {
		object.Set(multi, list)
	}
	naming := kind.Naming
	object.Set(naming, n.labels[name])
	return object
}

func (n *nest) element(multi *schema.Attribute, name, typ string) *schema.Object {
	element := &schema.Object{}
	for sub, value := range map[string]string{
		"value": n.ids[name], "type": typ, "display": n.labels[name], "$ref": n.base + "/" + n.kinds[name] + "s/" + n.ids[name],
	} {
		if a, ok := multi.Lookup(sub); ok {
			element.Set(a, value)
		}
	}
	return element
}

// randomNest draws a directory in which groups hold users and groups, cycles
// and themselves included.
func randomNest(t *testing.T, s *server, seed int) *nest {
	t.Helper()
	n := &nest{base: s.Base, kinds: map[string]string{}, labels: map[string]string{}, ids: map[string]string{}, members: map[string][]string{}}
	var names []string
	add := func(name, kind, label, id string) {
		names = append(names, name)
		n.kinds[name], n.labels[name], n.ids[name] = kind, label, id
	}
	for i := range 8 {
		label := fmt.Sprintf("%d-user%d", seed, i)
		add(label, "User", label, s.user(t, label))
	}
	for i := range 6 {
		label := fmt.Sprintf("%s %d-%d", []string{"Team", "É%_", "team"}[i%3], seed, i)
		add(fmt.Sprintf("%d-group%d", seed, i), "Group", label, s.group(t, label))
	}
	draw := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID)
	for i, group := range names[8:] {
		n.members[group] = draw.Example(seed*100 + i)
		var values []string
		for _, member := range n.members[group] {
			values = append(values, `{"value":"`+n.ids[member]+`"}`)
		}
		s.want(t, http.StatusNoContent, "PATCH", "/Groups/"+n.ids[group], patchOp(`{"op":"add","path":"members","value":[`+strings.Join(values, ",")+`]}`))
	}
	return n
}

// relationText draws a filter over groups or members.
func relationText(r *rapid.T, n *nest, relation string, depth int) string {
	term := func(prefix string) string { return relationComparison(r, n, relation, prefix) }
	if depth > 0 {
		switch rapid.IntRange(0, 5).Draw(r, "node") {
		case 0:
			return "(" + relationText(r, n, relation, depth-1) + ") and (" + relationText(r, n, relation, depth-1) + ")"
		case 1:
			return relationText(r, n, relation, depth-1) + " or " + relationText(r, n, relation, depth-1)
		case 2:
			return "not (" + relationText(r, n, relation, depth-1) + ")"
		case 3, 4:
			join := rapid.SampledFrom([]string{"%s and %s", "%s or %s", "%s and not (%s)", "not (%s or %s)"}).Draw(r, "join")
			return relation + "[" + fmt.Sprintf(join, term(""), term("")) + "]"
		}
	}
	return term(relation + ".")
}

func relationComparison(r *rapid.T, n *nest, relation, prefix string) string {
	subs := []string{"value", "type", "$ref", "display"}
	if relation == "members" {
		subs = subs[:3]
	}
	sub := rapid.SampledFrom(subs).Draw(r, "sub")
	ops := []string{"eq", "eq", "ne", "co", "sw", "ew"}
	if sub != "$ref" {
		ops = append(ops, "gt", "ge", "lt", "le")
	}
	op := rapid.SampledFrom(append(ops, "pr")).Draw(r, "op")
	if op == "pr" {
		return prefix + sub + " pr"
	}
	names := make([]string, 0, len(n.ids))
	for name := range n.ids {
		names = append(names, name)
	}
	slices.Sort(names)
	name := rapid.SampledFrom(names).Draw(r, "resource")
	text := map[string]string{
		"value": n.ids[name], "display": strings.ToUpper(n.labels[name]), "$ref": n.base + "/" + n.kinds[name] + "s/" + n.ids[name],
		"type": rapid.SampledFrom([]string{"direct", "Indirect", "user", "Group", "in", "r"}).Draw(r, "type"),
	}[sub]
	if runes := []rune(text); op != "eq" && op != "ne" && rapid.Bool().Draw(r, "part") {
		from := rapid.IntRange(0, len(runes)).Draw(r, "from")
		text = string(runes[from:rapid.IntRange(from, len(runes)).Draw(r, "to")])
	}
	return prefix + sub + " " + op + ` "` + text + `"`
}

// TestRelationsInDatabaseEqualModel holds groups, direct and indirect, and
// filters on groups and members against the model and the matcher in memory.
func TestRelationsInDatabaseEqualModel(t *testing.T) {
	t.Parallel()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	onEachStore(t, func(t *testing.T, s *server) {
		for seed := range 3 {
			n := randomNest(t, s, seed)
			t.Run(fmt.Sprintf("SCH-54,55 groups of nest %d", seed), func(t *testing.T) { sameGroups(t, s, n) })
			t.Run(fmt.Sprintf("QRY-40 filters on nest %d", seed), func(t *testing.T) {
				for relation, typ := range map[string]string{"groups": "User", "members": "Group"} {
					kind, _ := types.Type(typ)
					rapid.Check(t, func(r *rapid.T) { sameMatches(t, r, s, n, kind, relationText(r, n, relation, 2)) })
				}
			})
			for name, id := range n.ids {
				s.want(t, http.StatusNoContent, "DELETE", "/"+n.kinds[name]+"s/"+id, "")
			}
		}
	})
}

func sameGroups(t *testing.T, s *server, n *nest) {
	t.Helper()
	for name, kind := range n.kinds {
		if kind != "User" {
			continue
		}
		want := []any{}
		for group, direct := range n.above(name) {
			want = append(want, map[string]any{
				"value": n.ids[group], "display": n.labels[group], "$ref": s.Base + "/Groups/" + n.ids[group],
				"type": map[bool]string{true: "direct", false: "indirect"}[direct],
			})
		}
		user := s.want(t, 200, "GET", "/Users/"+n.ids[name], "")
		if len(want) == 0 {
			report(t, map[string]any{"groups": "$absent"}, user)
			continue
		}
		report(t, map[string]any{"groups": want}, user)
		report(t, map[string]any{"groups": fmt.Sprintf("$len:%d", len(want))}, user)
	}
}

func sameMatches(t *testing.T, r *rapid.T, s *server, n *nest, kind *schema.ResourceType, text string) {
	expression, err := filter.Parse(text)
	if err != nil {
		r.Fatalf("%s: %v", text, err)
	}
	bound, err := filter.Bind(expression, kind, &schema.Leniency{Allowed: schema.AllNormalisations})
	if err != nil {
		r.Fatalf("%s: %v", text, err)
	}
	var want, got []string
	for name, typ := range n.kinds {
		if typ == kind.Name && filter.MatchElement(bound, nil, n.object(kind, name)) {
			want = append(want, n.labels[name])
		}
	}
	status, _, list := s.do(t, "GET", kind.Endpoint+"?count=1000&attributes="+kind.Naming.Name+"&"+filterQuery(text), "")
	if status != http.StatusOK {
		r.Fatalf("%s: %d %s", text, status, brief(list))
	}
	for _, resource := range list["Resources"].([]any) {
		got = append(got, resource.(map[string]any)[kind.Naming.Name].(string))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		r.Fatalf("%s: the database finds %v, the model %v", text, got, want)
	}
}
