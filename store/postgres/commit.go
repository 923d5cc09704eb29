package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// step is one statement of a commit.
type step struct {
	// change is the index of the change that the statement belongs to.
	change int
	sql    string
	args   []any
	// outcome reads what the statement returns; nil where that does not matter.
	outcome func(pgx.Row, *store.Committed) error
}

// plan is a commit in statements. What the statements do not return is known
// beforehand.
type plan struct {
	steps     []step
	committed []store.Committed
	// sets says that some step writes for several changes at once, so that its
	// failure does not tell which of them failed.
	sets bool
}

const (
	commitAttempts = 10
	commitBackoff  = 2 * time.Millisecond
)

// Commit applies all changes in one round trip: a single statement, or a
// pipeline, which the server runs as one transaction up to its end.
func (s *Store) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	if failed, err := checkChanges(changes); err != nil {
		return nil, fmt.Errorf("commit: %w", &store.ChangeError{Index: failed, Err: err})
	}
	planned, err := newPlan(changes, true)
	if err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	failed, err := s.commit(ctx, planned)
	var refusal *pgconn.PgError
	if planned.sets && errors.As(err, &refusal) {
		// Nothing of it stands. One by one, the changes tell which it is.
		if planned, err = newPlan(changes, false); err != nil {
			return nil, fmt.Errorf("commit: %w", err)
		}
		failed, err = s.commit(ctx, planned)
	}
	switch {
	case err == nil:
		return planned.committed, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("commit: %w", ctx.Err())
	}
	return nil, fmt.Errorf("commit: %w", &store.ChangeError{Index: failed, Err: refine(changes[failed], err)})
}

// commit runs a plan until it is not beaten by another transaction.
func (s *Store) commit(ctx context.Context, p *plan) (failed int, err error) {
	err = retry(ctx, func() error {
		failed, err = s.run(ctx, p)
		return err
	})
	return failed, err
}

// retry runs a transaction again that lost against another one. One whose
// outcome is unknown, because the connection went away, is never run again.
func retry(ctx context.Context, transaction func() error) error {
	for attempt := 1; ; attempt++ {
		err := transaction()
		if err == nil || attempt == commitAttempts || !beaten(err) {
			return err
		}
		// The longer it goes on, the further apart the rivals have to get.
		pause := time.Duration(rand.Int64N(int64(commitBackoff) << attempt)) //nolint:gosec // jitter
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func checkChanges(changes []store.Change) (failed int, err error) {
	for i, change := range changes {
		if err := store.CheckChange(change); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// newPlan turns changes that were checked into statements; with sets it writes
// runs of creates as sets.
func newPlan(changes []store.Change, sets bool) (*plan, error) {
	p := &plan{committed: make([]store.Committed, len(changes))}
	for i, change := range changes {
		// First, in whatever place they come: who waits for a connection or a job
		// holds no resource that its holder could need.
		switch change := change.(type) {
		case *store.SetTally:
			p.setTally(i, change)
		case *store.SetJobItem:
			p.setJobItem(i, change)
		}
	}
	p.lockOrder(changes)
	postponed := store.Postponed(changes)
	for i := 0; i < len(changes); i++ {
		first := i
		n := 0
		if sets {
			n = createRun(changes[i:])
		}
		if n >= manyCreates {
			p.createMany(i, changes[i:i+n])
			i += n - 1
		} else {
			_, waits := postponed[i]
			if err := p.add(i, changes[i], len(changes) == 1, waits); err != nil {
				return nil, &store.ChangeError{Index: i, Err: err}
			}
		}
		for group, at := range postponed {
			if first <= at && at <= i {
				p.join(group, changes[group].(*store.Create))
			}
		}
	}
	if len(changes) > 1 {
		p.count(len(changes)-1, countChanges(changes))
	}
	return p, nil
}

// add adds the statements of one change. A create that is alone counts itself.
func (p *plan) add(at int, change store.Change, alone, waits bool) error {
	switch change := change.(type) {
	case *store.Create:
		p.create(at, change, alone, waits)
	case *store.Update:
		return p.update(at, change)
	case *store.Delete:
		p.delete(at, change)
		if alone {
			p.count(at, counters{{change.Key.Tenant, change.Key.Type}: -1})
		}
	case *store.Restore:
		p.restore(at, change)
		if alone {
			p.count(at, counters{{change.Record.Tenant, change.Record.Type}: 1})
		}
	case *store.Amend:
		p.amend(at, change)
	case *store.Purge:
		p.purge(at, change)
	}
	return nil
}

func countChanges(changes []store.Change) counters {
	counted := make(counters)
	for _, change := range changes {
		switch change := change.(type) {
		case *store.Create:
			counted[counter{change.Record.Tenant, change.Record.Type}]++
		case *store.Delete:
			counted[counter{change.Key.Tenant, change.Key.Type}]--
		case *store.Restore:
			counted[counter{change.Record.Tenant, change.Record.Type}]++
		}
	}
	return counted
}

// counter names a number of resources.
type counter struct {
	tenant store.TenantID
	typ    string
}

type counters map[counter]int64

// slots is how many rows a counter is spread over.
const slots = "128"

const countSQL = `INSERT INTO resource_count (tenant, type, slot, n) VALUES ($1, $2, pg_backend_pid() % ` + slots + `, $3)
	ON CONFLICT (tenant, type, slot) DO UPDATE SET n = resource_count.n + excluded.n`

// count changes each counter once, last, and in one order for all: the rows
// are locked for as short as can be.
func (p *plan) count(change int, counted counters) {
	names := make([]counter, 0, len(counted))
	for name, n := range counted {
		if n != 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b counter) int {
		return cmp.Or(cmp.Compare(a.tenant, b.tenant), cmp.Compare(a.typ, b.typ))
	})
	for _, name := range names {
		p.steps = append(p.steps, step{change: change, sql: countSQL, args: []any{int64(name.tenant), name.typ, counted[name]}})
	}
}

// run executes a plan once and returns the index of the change that failed.
func (s *Store) run(ctx context.Context, p *plan) (failed int, err error) {
	if len(p.steps) == 1 {
		only := p.steps[0]
		if only.outcome == nil {
			_, err := s.pool.Exec(ctx, only.sql, only.args...)
			return 0, err
		}
		return 0, only.outcome(s.pool.QueryRow(ctx, only.sql, only.args...), &p.committed[only.change])
	}
	batch := &pgx.Batch{}
	for _, step := range p.steps {
		batch.Queue(step.sql, step.args...)
	}
	results := s.pool.SendBatch(ctx, batch)
	for _, step := range p.steps {
		if step.outcome != nil {
			err = step.outcome(results.QueryRow(), &p.committed[step.change])
		} else {
			_, err = results.Exec()
		}
		if err != nil {
			_ = results.Close()
			return step.change, err
		}
	}
	// The transaction ends here.
	return len(p.committed) - 1, results.Close()
}

func scanOutcome(source pgx.Row, committed *store.Committed) error {
	var modified pgtype.Timestamptz
	if err := source.Scan(&committed.Version, &modified, &committed.Changed); err != nil {
		return err
	}
	committed.Modified = instant(modified)
	return nil
}

// refine translates an error of one change, with the attribute of the unique
// value that is taken.
func refine(change store.Change, err error) error {
	translated := translate(err)
	if _, ok := change.(*store.SetJobItem); ok {
		return leaseLost(translated)
	}
	var unique *store.UniquenessError
	if !errors.As(translated, &unique) || unique.Attribute != "" {
		return translated
	}
	switch change := change.(type) {
	case *store.Create:
		unique.Attribute = takenAttribute(change.Record.Key, change.Unique, err)
	case *store.Update:
		unique.Attribute = takenAttribute(change.Key, change.Claim, err)
	case *store.Restore:
		unique.Attribute = takenAttribute(change.Record.Key, change.Unique, err)
	}
	return translated
}
