package batch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/internal/batch"
	"rollcall/scim"
	"rollcall/store"
)

// joined are the groups that rows of a batch put their users in, by line.
func (b *bed) joined(one *batch.Batch) (list []string) {
	b.Helper()
	rows, _, err := b.service.Rows(b.Context(), b.admin.Tenant, one.Job.ID, "", 0, 1000)
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range rows {
		for _, group := range row.Joined {
			list = append(list, fmt.Sprintf("%d %s", row.Line, group.Name))
		}
	}
	return list
}

// TestImportGroups: a row puts its user in the groups that it names and takes it
// out of none; the undo takes out whom the import put in.
func TestImportGroups(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		ada, bob, eve := b.named("ada"), b.named("bob"), b.named("eve")
		engineers := b.group("Engineers", bob, eve)
		odd := b.group(`R&D; \"west|ern\"`)
		all := b.group("Everybody", engineers)
		team := b.group("Team", eve)
		b.group(team)
		file := "userName,groups,title\n" +
			"ada,engineers;,\n" + // in another case
			"bob,Engineers; Everybody|indirect,\n" +
			"eve," + all + "; Team,Dr\n" + // by id
			`new,"Engineers; R&D\; ""west\|ern""; Engineers",` + "\n" +
			"none,Nobody,\n" +
			"several," + team + ",\n" +
			"bad,a|b,\n" +
			"plain,,\n"
		dry := b.preview(file, batch.ImportPlan{Clear: true})
		want := []string{
			"2 ada changed", "3 bob unchanged", "4 eve changed title", "5 new created",
			`6 none refused: groups there is no group "Nobody": make it first, or leave the column out`,
			`7 several refused: groups "` + team + `" is the id of one group and the name of another: write what the one is called, or the id of the other`,
			`8 bad refused: groups is not of the form name; name: "a|b"`, "9 plain created",
		}
		if diff := cmp.Diff(want, b.told(dry)); diff != "" {
			b.Fatalf("the dry run (-want +got):\n%s", diff)
		}
		into := []string{"2 Engineers", "4 Everybody", "5 Engineers", `5 R&D; "west|ern"`}
		if diff := cmp.Diff(into, b.joined(dry)); diff != "" {
			b.Errorf("groups of the dry run (-want +got):\n%s", diff)
		}
		if ids, version := b.members(engineers); len(ids) != 2 || version != 1 {
			b.Fatalf("the dry run changed a group: %v, version %d", ids, version)
		}
		done := b.imported(dry)
		if diff := cmp.Diff(want, b.told(done)); diff != "" {
			b.Errorf("the import (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(into, b.joined(done)); diff != "" {
			b.Errorf("groups of the import (-want +got):\n%s", diff)
		}
		if ids, version := b.members(engineers); len(ids) != 4 || !slices.Contains(ids, ada) || version != 2 {
			b.Errorf("engineers %v in version %d: rows share a change", ids, version)
		}
		if ids, _ := b.members(odd); len(ids) != 1 {
			b.Errorf("odd %v", ids)
		}
		if ids, _ := b.members(all); len(ids) != 2 || !slices.Contains(ids, eve) {
			b.Errorf("everybody %v", ids)
		}
		own := b.everybody()
		if again := b.preview(own, batch.ImportPlan{Match: "id", Clear: true}); again.Head.Counts.Unchanged != 5 || again.Head.Counts.Refused != 0 {
			b.Errorf("its own export would do %+v: %v", again.Head.Counts, b.told(again))
		}
		undone := b.ended(b.undo(done))
		b.counts(undone, 4, 0, 0)
		if ids, _ := b.members(engineers); !slices.Equal(slices.Sorted(slices.Values(ids)), slices.Sorted(slices.Values([]string{bob, eve}))) {
			b.Errorf("engineers after the undo: %v", ids)
		}
		if ids, _ := b.members(all); !slices.Equal(ids, []string{engineers}) {
			b.Errorf("everybody after the undo: %v", ids)
		}
	})
}

// TestImportGroupsBesideOthers: whom others put into the group meanwhile is none
// of those whom the import put there, and stays when it is taken back. The trail
// says who really came by it.
func TestImportGroupsBesideOthers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		const n = 130
		var file strings.Builder
		file.WriteString("userName,groups\n")
		ids := b.users(n)
		for i := range n {
			fmt.Fprintf(&file, "user-%04d,Crowd\n", i)
		}
		crowd := b.group("Crowd")
		b.runner()
		dry := b.preview(file.String(), batch.ImportPlan{})
		others := make(chan error, 1)
		go func() {
			for i := 0; i < n; i += 2 { // of the others all come by the import
				if err := b.add(crowd, ids[i]); err != nil {
					others <- err
					return
				}
			}
			others <- nil
		}()
		done := b.imported(dry)
		if err := <-others; err != nil {
			b.Fatal(err)
		}
		if c := done.Head.Counts; c.Changed+c.Unchanged != n {
			b.Errorf("counts %+v", c)
		}
		trail, err := b.store.SearchAudit(b.Context(), store.AuditSearch{Tenant: b.admin.Tenant, RequestID: done.Job.ID.String(), Limit: 1000})
		if err != nil {
			b.Fatal(err)
		}
		came := map[string]bool{}
		for _, row := range trail.Rows {
			for _, id := range row.Added {
				came[id.String()] = true
			}
		}
		rows, _, err := b.service.Rows(b.Context(), b.admin.Tenant, done.Job.ID, batch.Changed, 0, 1000)
		if err != nil || len(rows) != len(came) || len(came) < n/2 {
			b.Errorf("%d rows say that they put somebody in, and %d came: %v", len(rows), len(came), err)
		}
		for _, row := range rows {
			if !came[row.ID.String()] || len(row.Joined) != 1 {
				b.Errorf("row %d says %v, which is not so", row.Line, row.Joined)
			}
		}
		b.patch("User", ids[0], `{"op":"replace","path":"title","value":"Dr"}`) // not what the import did
		undone := b.ended(b.undo(done))
		b.counts(undone, int64(len(came)), 0, 0)
		if left, _ := b.members(crowd); len(left) != n-len(came) || slices.ContainsFunc(left, func(id string) bool { return came[id] }) {
			b.Errorf("%d are left in the group, and others put %d there", len(left), n-len(came))
		}
	})
}

// add puts a user into a group, as others do.
func (b *bed) add(group, user string) error {
	t, _ := b.provider.Types().Type("Group")
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"` + user + `"}]}]}`
	caller := *b.admin
	_, err := b.provider.Patch(b.Context(), &caller, t, group, scim.Precondition{}, strings.NewReader(body), scim.View{})
	return err
}

// TestImportGroupsThatGo: a group that is deleted between the dry run and the
// import refuses the rows that name it, and an undo has nothing to take there.
func TestImportGroupsThatGo(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		b.named("ada")
		erase := func(id string) {
			t, _ := b.provider.Types().Type("Group")
			if err := b.provider.Delete(b.Context(), b.admin, t, id, scim.Precondition{}); err != nil {
				b.Fatal(err)
			}
		}
		first, second := b.group("First"), b.group("Second")
		dry := b.preview("userName,groups\nada,First\nnew,First; Second\nother,Second\n", batch.ImportPlan{})
		erase(first)
		done := b.imported(dry)
		if diff := cmp.Diff([]string{
			`2 ada refused: groups there is no group "First": make it first, or leave the column out`,
			`3 new refused: groups there is no group "First": make it first, or leave the column out`, "4 other created",
		}, b.told(done)); diff != "" {
			b.Errorf("the import (-want +got):\n%s", diff)
		}
		done = b.imported(b.preview("userName,groups\nada,Second\n", batch.ImportPlan{}))
		erase(second)
		undone := b.ended(b.undo(done))
		b.counts(undone, 0, 1, 0)
	})
}
