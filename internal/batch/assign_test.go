package batch_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/internal/batch"
	"rollcall/internal/validation"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// group makes a group with members and returns its id.
func (b *bed) group(name string, members ...string) string {
	b.Helper()
	t, _ := b.provider.Types().Type("Group")
	body := `{"schemas":["` + schema.GroupURN + `"],"displayName":"` + name + `","members":[`
	for i, id := range members {
		if i > 0 {
			body += ","
		}
		body += `{"value":"` + id + `"}`
	}
	made, err := b.provider.Create(b.Context(), b.admin, t, strings.NewReader(body+"]}"), scim.View{})
	if err != nil {
		b.Fatal(err)
	}
	return made.ID()
}

// members are the ids of the members of a group, and its version.
func (b *bed) members(group string) (ids []string, version int64) {
	b.Helper()
	key := store.Key{Tenant: b.admin.Tenant, Type: "Group"}
	key.ID, _ = store.ParseID(group)
	for one, err := range b.store.Members(b.Context(), key.Tenant, []uuid.UUID{key.ID}, store.MemberPage{}) {
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, one.Member.String())
	}
	record, err := b.store.Get(b.Context(), key, 0)
	if err != nil {
		b.Fatal(err)
	}
	return ids, record.Version
}

// patch changes a resource as others do.
func (b *bed) patch(typ, id, operation string) {
	b.Helper()
	t, _ := b.provider.Types().Type(typ)
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
	if _, err := b.provider.Patch(b.Context(), b.admin, t, id, scim.Precondition{}, strings.NewReader(body), scim.View{}); err != nil {
		b.Fatal(err)
	}
}

// tags are the tags of a user.
func (b *bed) tags(id string) []string {
	b.Helper()
	zero := ""
	found, err := b.provider.Accounts(b.Context(), b.admin, scim.Search{Filter: `id eq "` + id + `"`, HasFilter: true, Cursor: &zero})
	if err != nil || len(found.Accounts) != 1 {
		b.Fatalf("%+v, %v", found, err)
	}
	return found.Accounts[0].Tags
}

// foreseen fails unless a plan does what its dry run says, and returns it.
func (b *bed) foreseen(p batch.Plan, confirm int) *batch.Batch {
	b.Helper()
	forecast, _, err := b.service.DryRun(b.Context(), b.admin, p)
	if err != nil {
		b.Fatal(err)
	}
	done := b.ended(b.apply(p, confirm))
	told, did := forecast.Counts, done.Head.Counts
	if told.Changed != did.Changed || told.Unchanged != did.Unchanged || told.Refused != did.Refused || did.Failed != 0 {
		b.Errorf("%s: %+v came of what was foreseen as %+v", p.Action, did, told)
	}
	return done
}

// TestAssignedMemberships: who comes into a group by a batch leaves it by its undo,
// and who was in it before stays, whatever others do meanwhile.
func TestAssignedMemberships(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(12)
		slices.Sort(ids)
		group := b.group("Engineers", ids[:3]...)
		if _, err := b.provider.Act(b.Context(), b.admin, ids[11], "x", lifecycle.Deprovision{}); err != nil {
			b.Fatal(err)
		}
		b.runner()
		p := plan("add-to-group", ids...)
		p.Group = group
		done := b.foreseen(p, 12)
		b.counts(done, 8, 3, 1)
		if got, _ := b.members(group); !slices.Equal(got, ids[:11]) {
			b.Errorf("members %v, want %v", got, ids[:11])
		}
		trail, err := b.store.SearchAudit(b.Context(), store.AuditSearch{Tenant: b.admin.Tenant, RequestID: done.Job.ID.String(), Limit: 100})
		rows := slices.DeleteFunc(trail.Rows, func(row store.AuditRow) bool { return row.Subject.ID.String() != group })
		if err != nil || len(rows) != 8 || rows[0].Reason != "because" || len(rows[0].Added) != 1 || rows[0].ActorID != b.admin.ID {
			b.Errorf("the trail of the group: %+v, %v", rows, err)
		}
		// One of those that came leaves, and one of those before.
		b.patch("Group", group, `{"op":"remove","path":"members[value eq \"`+ids[5]+`\"]"}`)
		b.patch("Group", group, `{"op":"remove","path":"members[value eq \"`+ids[0]+`\"]"}`)
		undo := b.ended(b.undo(done))
		b.counts(undo, 7, 1, 0)
		if got, _ := b.members(group); !slices.Equal(got, ids[1:3]) {
			b.Errorf("members after the undo %v, want %v", got, ids[1:3])
		}

		p.Action = "remove-from-group"
		taken := b.foreseen(p, 12)
		b.counts(taken, 2, 9, 1)
		if found, err := b.service.Guard(b.Context(), b.admin); err != nil || found.Removals != 2 {
			b.Errorf("removals %+v, %v", found, err)
		}
		b.counts(b.ended(b.undo(taken)), 2, 0, 0)
		if got, _ := b.members(group); !slices.Equal(got, ids[1:3]) {
			b.Errorf("members after the second undo %v, want %v", got, ids[1:3])
		}
	})
}

// TestAssignedOnce: a batch whose attempt is taken over assigns each user once.
func TestAssignedOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(120)
		group := b.group("Engineers")
		p := plan("add-to-group", ids...)
		p.Group = group
		taken := b.apply(p, len(ids))
		b.overtake(batch.Kind)
		b.runner()
		ended := b.ended(taken)
		b.counts(ended, 120, 0, 0)
		if got, version := b.members(group); len(got) != 120 || version != 121 {
			b.Errorf("%d members in version %d, want 120 and 121", len(got), version)
		}
		b.counts(b.ended(b.undo(ended)), 120, 0, 0)
		if got, version := b.members(group); len(got) != 0 || version != 241 {
			b.Errorf("%d members in version %d, want none and 241", len(got), version)
		}
	})
}

// TestAssignedTags: a tag is given to who has it not, in whatever spelling, and
// comes back as it was spelled.
func TestAssignedTags(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(4)
		const path = schema.LifecycleURN + ":tags"
		b.patch("User", ids[0], `{"op":"add","path":"`+path+`","value":["Summer","staff"]}`)
		b.runner()
		p := plan("tag", ids...)
		p.Tag = ` sum"mer\ `
		odd := b.foreseen(p, 4)
		b.counts(odd, 4, 0, 0)
		if got := b.tags(ids[0]); !slices.Equal(got, []string{"Summer", "staff", `sum"mer\`}) {
			b.Errorf("tags %q", got)
		}
		b.counts(b.ended(b.undo(odd)), 4, 0, 0)
		p.Tag = "SUMMER"
		given := b.foreseen(p, 4)
		b.counts(given, 3, 1, 0)
		p.Action = "untag"
		taken := b.foreseen(p, 4)
		b.counts(taken, 4, 0, 0)
		if got := b.tags(ids[0]); !slices.Equal(got, []string{"staff"}) {
			b.Errorf("tags %q", got)
		}
		b.counts(b.ended(b.undo(taken)), 4, 0, 0)
		if got := b.tags(ids[0]); !slices.Equal(got, []string{"staff", "Summer"}) {
			b.Errorf("tags after the undo %q", got)
		}
		b.counts(b.ended(b.undo(given)), 3, 0, 0)
		for i, want := range [][]string{{"staff", "Summer"}, nil, nil, nil} {
			if got := b.tags(ids[i]); !slices.Equal(got, want) {
				b.Errorf("tags of user %d: %q, want %q", i, got, want)
			}
		}
	})
}

// TestAssignmentsRefused: an assignment says what it is about, and delete is
// another name of deprovision.
func TestAssignmentsRefused(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(1)
		for want, p := range map[string]batch.Plan{
			"group": {Action: "add-to-group"}, "tag": {Action: "tag", Tag: "\t "}, "no group": {Action: "remove-from-group", Group: ids[0]},
			"not an id": {Action: "add-to-group", Group: "Engineers"}, "long": {Action: "untag", Tag: strings.Repeat("x", 101)}, "NUL": {Action: "tag", Tag: "\x00"},
		} {
			p.Reason, p.Selection.IDs = "because", ids
			var wrong *validation.Error
			if _, _, err := b.service.DryRun(b.Context(), b.admin, p); !errors.As(err, &wrong) {
				b.Errorf("a dry run of %s: %v", want, err)
			}
			if _, err := b.service.Apply(b.Context(), b.admin, p, 1); !errors.As(err, &wrong) {
				b.Errorf("%s: %v", want, err)
			}
		}
		b.runner()
		done := b.foreseen(plan("delete", ids...), 1)
		b.counts(done, 1, 0, 0)
		if done.Head.Plan.Action != "deprovision" || b.standing(ids)["Deprovisioned"] != 1 {
			b.Errorf("deleted: %+v, %v", done.Head.Plan, b.standing(ids))
		}
	})
}
