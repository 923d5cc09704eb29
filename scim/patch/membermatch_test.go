package patch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// memberNumber makes the n-th member: the first are users, the others groups.
func memberNumber(group *schema.ResourceType, n int) (id string, element *schema.Object) {
	kind, endpoint := "User", "Users"
	if n >= 3 {
		kind, endpoint = "Group", "Groups"
	}
	id, element = fmt.Sprintf("m%d", n), &schema.Object{}
	for name, value := range map[string]string{"value": id, "type": kind, "$ref": "https://x/" + endpoint + "/" + id} {
		sub, _ := group.Members.Lookup(name)
		element.Set(sub, value)
	}
	return id, element
}

// TestMembersRemovedByCondition: folded operations leave the members that the
// operations leave one after the other, or are refused.
func TestMembersRemovedByCondition(t *testing.T) {
	t.Parallel()
	const count = 6
	group := resourceType(t, "Group")
	before := object(t, group, `"displayName":"n"`)
	number := rapid.IntRange(0, count-1)
	comparison := rapid.Custom(func(t *rapid.T) string {
		id, element := memberNumber(group, number.Draw(t, "member"))
		reference, _ := group.Members.Lookup("$ref")
		return rapid.SampledFrom([]string{
			`type eq "user"`, `type ne "User"`, `type sw "G"`, `value eq "` + id + `"`, `value ne "` + id + `"`, `value gt "` + id + `"`,
			`value pr`, `$ref pr`, `$ref eq "` + element.Text(reference) + `"`, `$ref ne "` + element.Text(reference) + `"`, `$ref co "/Users/"`,
		}).Draw(t, "comparison")
	})
	rapid.Check(t, func(t *rapid.T) {
		stored := map[string]bool{}
		for _, n := range rapid.SliceOf(number).Draw(t, "stored") {
			id, _ := memberNumber(group, n)
			stored[id] = true
		}
		want := map[string]bool{}
		for id := range stored {
			want[id] = true
		}
		var operations []string
		for range rapid.IntRange(1, 5).Draw(t, "operations") {
			id, _ := memberNumber(group, number.Draw(t, "member"))
			value := `"path":"members","value":[{"value":"` + id + `"}]}`
			switch rapid.IntRange(0, 4).Draw(t, "op") {
			case 0:
				operations = append(operations, `{"op":"add",`+value)
				want[id] = true
			case 1:
				operations = append(operations, `{"op":"remove",`+value)
				delete(want, id)
			case 2:
				operations = append(operations, `{"op":"replace",`+value)
				clear(want)
				want[id] = true
			default:
				join := rapid.SampledFrom([]string{"%s and %s", "%s or %s", "not (%s and %s)", "%s and not (%s)"}).Draw(t, "join")
				where := fmt.Sprintf(join, comparison.Draw(t, "left"), comparison.Draw(t, "right"))
				operations = append(operations, `{"op":"remove","path":"members[`+strings.ReplaceAll(where, `"`, `\"`)+`]"}`)
				removeMatching(t, group, where, want)
			}
		}
		text := strings.Join(operations, ",")
		result, err := run(group, before, text, &schema.Leniency{Allowed: schema.AllNormalisations})
		if err != nil {
			if outcome(result, err) != "invalidFilter" || !strings.Contains(text, "add") && !strings.Contains(text, "replace") {
				t.Fatalf("%s: %v", text, err)
			}
			return
		}
		got := stored
		if change := result.Members; change.Replace {
			got = map[string]bool{}
		} else {
			for n := range count {
				id, element := memberNumber(group, n)
				if change.RemoveWhere != nil && filter.MatchElement(change.RemoveWhere, group.Members, element) || slices.Contains(change.Remove, id) {
					delete(got, id)
				}
			}
		}
		for _, id := range result.Members.Add {
			got[id] = true
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s: members %v, want %v", text, got, want)
		}
	})
}

func removeMatching(t *rapid.T, group *schema.ResourceType, where string, members map[string]bool) {
	parsed, err := filter.ParsePath("members[" + where + "]")
	if err != nil {
		t.Fatal(err)
	}
	path, err := filter.BindPath(parsed, group, &schema.Leniency{})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 6 {
		if id, element := memberNumber(group, n); filter.MatchElement(path.Where, group.Members, element) {
			delete(members, id)
		}
	}
}
