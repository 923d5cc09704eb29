package usercsv

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// TestGroups: a user is in the groups that its export names, and whoever else is
// to be is told their names; what follows from other groups is none of them.
func TestGroups(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var groups []any
		var want []string
		for i, name := range rapid.SliceOfNDistinct(hostile(), 0, 4, rapid.ID).Draw(t, "names") {
			group := map[string]any{"value": fmt.Sprint("id", i), "display": name, "type": "direct"}
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				group["type"] = "indirect"
			case 1:
				delete(group, "display")
				want = append(want, fmt.Sprint("id", i))
			default:
				want = append(want, name)
			}
			groups = append(groups, group)
		}
		user := map[string]any{"userName": "x", "groups": groups}
		var file bytes.Buffer
		list, _ := Named([]string{"userName", "groups"})
		w := NewWriter(&file, list, false)
		w.Write(user)
		_ = w.Flush()
		r, err := Open(&file)
		if err != nil {
			t.Fatal(err)
		}
		mapping, err := NewMapping(Guess(r.Header()))
		if err != nil {
			t.Fatal(err)
		}
		record, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		names, findings := mapping.Groups(nil, &record)
		if diff := cmp.Diff(want, names, cmpopts.EquateEmpty()); diff != "" || len(findings) > 0 {
			t.Fatalf("%q: %v (-want +got):\n%s", record.Cells, findings, diff)
		}
		if names, findings := mapping.Groups(user, &record); len(names)+len(findings) > 0 {
			t.Fatalf("its own export changes it: %q, %v", names, findings)
		}
		if edits, _ := mapping.Change(user, &record, true); len(edits) > 0 {
			t.Fatalf("groups are no part of the user: %+v", edits)
		}
	})
}
