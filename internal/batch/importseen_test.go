package batch_test

import (
	"fmt"
	"testing"

	"rollcall/internal/batch"
)

// TestImportedAsConfirmed: names that are passed on from row to row are not written
// beyond the number that the dry run named, and a second one has the next of them.
func TestImportedAsConfirmed(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		one, two, three := b.named("one"), b.named("two"), b.named("three")
		file := fmt.Sprintf("id,userName\n%s,new\n%s,one\n%s,two\n", one, two, three)
		for changed := int64(1); changed <= 3; changed++ {
			dry := b.preview(file, batch.ImportPlan{Match: "id"})
			b.counts(dry, 1, changed-1, 3-changed)
			done := b.imported(dry)
			b.counts(done, 1, changed-1, 3-changed)
		}
	})
}

// TestImportedWhatWasShown: what the dry run showed as new is not changed where
// somebody has made it since, and what was there to change is not made.
func TestImportedWhatWasShown(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		b.named("there")
		b.group("Crowd")
		dry := b.preview("userName,title,groups\nthere,Boss,\nlate,Boss,Crowd\nnew,Boss,\n", batch.ImportPlan{})
		b.named("late")
		done := b.imported(dry)
		if counts := done.Head.Counts; counts.Changed != 1 || counts.Created != 1 || counts.Refused != 1 || counts.Why["not-in-dry-run"] != 1 {
			t.Errorf("it is %+v: %v", counts, b.told(done))
		}
		rows, _, err := b.service.Rows(b.Context(), b.admin.Tenant, done.Job.ID, batch.Refused, 0, 10)
		if err != nil || len(rows) != 1 || len(rows[0].Edits)+len(rows[0].Joined) > 0 {
			b.Errorf("what was refused says that it changed something: %+v, %v", rows, err)
		}
	})
}
