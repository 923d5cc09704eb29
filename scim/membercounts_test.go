package scim_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// TestMemberCounts: a list of groups says how many members each has, however they
// came or went, in this copy of the server or in another one.
func TestMemberCounts(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		ann, bob := b.create(b.idp, "ann"), b.create(b.idp, "bob")
		team, other := b.team("team"), b.team("other")
		elsewhere := scim.New(b.options)
		change := func(provider *scim.Provider, id, operation string) error {
			body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
			_, err := provider.Patch(t.Context(), b.idp, b.group, id, scim.Precondition{}, strings.NewReader(body), scim.View{})
			return err
		}
		add := func(ids ...string) string {
			return fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, strings.Join(ids, `"},{"value":"`))
		}
		for _, step := range []struct {
			what        string
			change      func() error
			team, other int
		}{
			{"nobody", func() error { return nil }, 0, 0},
			{"one is added", func() error {
				return change(b.provider, team, `{"op":"add","path":"members","value":[{"value":"`+ann+`"}]}`)
			}, 1, 0},
			{"the same again", func() error { return change(b.provider, team, add(ann)) }, 1, 0},
			{"another one elsewhere", func() error { return change(elsewhere, team, add(bob)) }, 2, 0},
			{"a group", func() error { return change(b.provider, other, add(team)) }, 2, 1},
			{"one is deleted", func() error {
				return b.provider.Delete(t.Context(), b.idp, b.user, ann, scim.Precondition{})
			}, 1, 1},
			{"and restored elsewhere", func() error {
				_, err := elsewhere.Act(t.Context(), b.admin, ann, "asked", lifecycle.Restore{By: "ann", Reason: "back"})
				return err
			}, 2, 1},
			{"all are taken out elsewhere", func() error { return change(elsewhere, team, `{"op":"remove","path":"members"}`) }, 0, 1},
			{"the group goes", func() error {
				return b.provider.Delete(t.Context(), b.idp, b.group, team, scim.Precondition{})
			}, -1, 0},
		} {
			if err := step.change(); err != nil {
				t.Fatalf("%s: %v", step.what, err)
			}
			for range 2 { // asked again, it is the same
				page, err := b.provider.Groups(t.Context(), b.admin, scim.Search{})
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]int{team: -1}
				for _, group := range page.Groups {
					got[group.ID] = group.Members
				}
				if got[team] != step.team || got[other] != step.other {
					t.Errorf("%s: %d and %d members, want %d and %d", step.what, got[team], got[other], step.team, step.other)
				}
			}
		}
	})
}
