package batch

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"github.com/go-json-experiment/json"

	"rollcall/internal/jobs"
	"rollcall/internal/usercsv"
	"rollcall/store"
)

// importing is an attempt at a job that imports.
type importing struct {
	run
	plan    ImportPlan
	dry     bool
	mapping *usercsv.Mapping
	groups  *groupNames
	// connections are those that may own what rows change.
	connections []store.Connection
	file        *usercsv.Reader
	// read is the number of the row that was read last, records those of the rows
	// that are done now; twice says which of them are about somebody whom a row
	// before was about.
	read    int64
	records map[int64]usercsv.Record
	twice   map[int64]string
	// decided are those whose outcome is known before they are their turn.
	decided map[int64]Row
	// shown are the rows of the dry run for those that are done now.
	shown map[int64]Row
	// seen are the lines of what rows were about before, by a hash of it.
	seen map[uint64]int64
	seed maphash.Seed
	fold func(string) string
}

// fileGone is why an import ends that cannot read its file.
const fileGone = "the file is kept no longer, or cannot be read"

// openImport reads what a job is about and how far it has got.
func (s *Service) openImport(ctx context.Context, task *jobs.Task) (*importing, *jobs.Outcome, error) {
	gone := &jobs.Outcome{Failed: true, Reason: fileGone}
	var sent importOrder
	i := &importing{seen: map[uint64]int64{}, seed: maphash.MakeSeed(), dry: task.Job.Kind == KindImportDry}
	i.run = run{service: s, task: task, caller: caller(&task.Job), tellsAll: i.dry}
	i.groups = &groupNames{s.Provider, i.caller, map[string]foundGroup{}}
	err := json.Unmarshal(task.Input, &sent)
	if err == nil && task.Checkpoint != nil {
		err = json.Unmarshal(task.Checkpoint, &i.at)
	}
	if err != nil {
		s.Logger.Error("an import cannot be read", "job", task.Job.ID, "error", err)
		return nil, gone, nil
	}
	i.plan, i.confirm = sent.Import, sent.Rows
	i.head = Head{Import: &sent.Import, Users: sent.Rows}
	file, err := s.File(ctx, task.Job.Tenant, i.plan.File)
	if errors.Is(err, store.ErrNotFound) {
		return nil, gone, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if i.mapping, err = i.plan.mapping(file); err != nil {
		return nil, gone, nil //nolint:nilerr // it fits no longer, and will not the next time
	}
	if i.fold, err = s.folding(); err != nil {
		return nil, nil, err
	}
	if i.connections, err = s.Store.Connections(ctx, task.Job.Tenant); err != nil {
		return nil, nil, err
	}
	if i.file, err = usercsv.Open(s.contents(ctx, task.Job.Tenant, i.plan.File)); err != nil {
		return nil, nil, err
	}
	return i, nil, nil
}

// folding is how userNames are compared.
func (s *Service) folding() (func(string) string, error) {
	t, err := s.userType()
	if err != nil {
		return nil, err
	}
	if t.Naming == nil {
		return func(name string) string { return name }, nil
	}
	return t.Naming.Fold, nil
}

// runImport is an import, or a dry run of one. Another attempt reads the file
// anew and passes over what is done.
func (s *Service) runImport(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
	i, failed, err := s.openImport(ctx, task)
	if failed != nil || err != nil {
		return orEnd(failed), err
	}
	if task.Checkpoint == nil && !i.dry {
		if err := s.note(ctx, &task.Job, "batch.import", i.plan.Reason, i.confirm); err != nil {
			return jobs.Outcome{}, err
		}
	}
	for done := false; !done && err == nil; {
		done, err = i.window(ctx)
	}
	progress := i.progress()
	outcome := jobs.Outcome{Progress: &progress}
	switch {
	case errors.Is(err, errFileGone):
		outcome.Failed, outcome.Reason, err = true, fileGone, nil
	case err == nil && !i.dry:
		err = i.readToEnd(ctx)
	}
	return outcome, err
}

// window does the next rows of the file, and tells whether there are no more.
func (i *importing) window(ctx context.Context) (done bool, err error) {
	rows, err := i.next()
	if err != nil || len(rows) == 0 {
		return err == nil, err
	}
	if err := i.known(ctx, rows); err != nil {
		return false, err
	}
	if err := i.look(ctx, rows); err != nil {
		return false, err
	}
	if err := i.together(ctx, rows); err != nil {
		return false, err
	}
	return false, i.each(ctx, rows, rows[len(rows)-1].Number, i.bring)
}

// next reads the next rows that are not done.
func (i *importing) next() ([]Row, error) {
	var rows []Row
	i.records, i.twice = map[int64]usercsv.Record{}, map[int64]string{}
	for len(rows) < atOnce {
		record, err := i.file.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read a file: %w", err)
		}
		i.read++
		twice := i.before(&record)
		if i.read <= i.at.Next {
			continue
		}
		row := Row{Number: i.read, Line: record.Line, Name: i.mapping.Of(&record, "userName"), Outcome: Pending}
		if row.Name == "" {
			row.Name = i.mapping.Of(&record, i.plan.Match)
		}
		row.Name = clipName(row.Name)
		if twice != "" {
			i.twice[i.read] = twice
		}
		i.records[i.read] = record
		rows = append(rows, row)
	}
	return rows, nil
}

// before says which row before was about the same; empty for none.
func (i *importing) before(record *usercsv.Record) (problem string) {
	for _, column := range matches {
		text := i.mapping.Of(record, column)
		if text == "" || column != "userName" && column != i.plan.Match {
			continue
		}
		if column == "userName" {
			text = i.fold(text)
		}
		key := maphash.String(i.seed, column+"\x00"+text)
		if line, ok := i.seen[key]; ok {
			problem = fmt.Sprintf("line %d has the same %s", line, column)
			continue
		}
		i.seen[key] = record.Line
	}
	return problem
}

// known takes over what an attempt before has done of some rows.
func (i *importing) known(ctx context.Context, rows []Row) error {
	job := &i.task.Job
	found, err := i.service.rows(ctx, job.Tenant, job.ID, i.at.Next, len(rows))
	if err != nil {
		return err
	}
	for n := range found {
		if at := found[n].Number - rows[0].Number; at >= 0 && at < int64(len(rows)) {
			rows[at] = found[n]
		}
	}
	return nil
}
