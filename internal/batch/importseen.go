package batch

import (
	"context"

	"rollcall/internal/usercsv"
	"rollcall/scim"
)

// whyUnseen is the reason where a row would do something that the dry run has not
// shown: the number that was confirmed does not count it.
const whyUnseen = "not-in-dry-run"

// look reads what the dry run said of some rows that are to be carried out.
func (i *importing) look(ctx context.Context, rows []Row) error {
	i.shown = map[int64]Row{}
	if i.dry {
		return nil
	}
	job := &i.task.Job
	shown, err := i.service.rows(ctx, job.Tenant, appliedID(job.ID), rows[0].Number-1, len(rows))
	for n := range shown {
		i.shown[shown[n].Number] = shown[n]
	}
	return err
}

// prepareSeen is prepare for what the dry run has shown: what it refused stays so, and
// what it did not show is refused. Rows before may have made room, as where a name is
// passed on, and others go on working; but what was confirmed is what is written.
func (i *importing) prepareSeen(ctx context.Context, c *scim.Caller, row *Row, record *usercsv.Record) (brings, error) {
	will, err := i.prepare(ctx, c, row, record)
	shown := i.shown[row.Number]
	if err != nil || will.draft == nil || i.dry || shown.Outcome == will.outcome {
		return will, err
	}
	row.Edits, row.Joined = nil, nil
	if shown.Outcome == Refused {
		return row.refused(shown.Why, shown.Detail)
	}
	return row.refused(whyUnseen, "the dry run did not show this: make another one")
}
