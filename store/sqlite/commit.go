package sqlite

import (
	"context"
	"fmt"

	"rollcall/store"
)

// Commit applies all changes in order or none of them.
func (s *Store) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	postponed := store.Postponed(changes)
	ready, err := prepare(changes, postponed)
	if err != nil {
		return nil, wrap(ctx, "commit", err)
	}
	done := make([]store.Committed, 0, len(changes))
	err = s.write(ctx, "commit", func(tx *writeTx) error {
		c := commit{writeTx: tx, totals: map[counter]int{}}
		for i, change := range ready {
			if err := ctx.Err(); err != nil {
				return err
			}
			one, err := change.apply(ctx, c)
			if err != nil {
				return &store.ChangeError{Index: i, Err: translate(ctx, err)}
			}
			done = append(done, one)
			if err := c.joinPostponed(ctx, ready, postponed, i); err != nil {
				return err
			}
		}
		return c.count(ctx)
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

// change is a store.Change that has been looked through and decoded, so that
// the transaction does nothing but write.
type change interface {
	apply(ctx context.Context, c commit) (store.Committed, error)
}

func prepare(changes []store.Change, postponed map[int]int) ([]change, error) {
	list := make([]change, 0, len(changes))
	for i, one := range changes {
		_, waits := postponed[i]
		err := store.CheckChange(one)
		var ready change
		if err == nil {
			ready, err = prepareOne(one, waits)
		}
		if err != nil {
			return nil, &store.ChangeError{Index: i, Err: err}
		}
		list = append(list, ready)
	}
	return list, nil
}

func prepareOne(one store.Change, postponed bool) (change, error) {
	switch c := one.(type) {
	case *store.Create:
		return prepareCreate(c, postponed)
	case *store.Update:
		return prepareUpdate(c)
	case *store.Delete:
		return deletion{c}, nil
	case *store.Restore:
		return prepareRestore(c)
	case *store.Amend:
		return amendment{c}, nil
	case *store.Purge:
		return erasure{c}, nil
	case *store.SetTally:
		return tally{c}, nil
	case *store.SetJobItem:
		return jobItem{c}, nil
	}
	return nil, fmt.Errorf("unknown change %T", one)
}

// commit is the transaction of one Commit.
type commit struct {
	*writeTx
	// totals gathers how many resources came and went.
	totals map[counter]int
}

type counter struct {
	tenant int64
	typ    string
}

// count writes the totals once a commit, not once a resource.
func (c commit) count(ctx context.Context) error {
	for counter, difference := range c.totals {
		_, err := c.exec(ctx, `INSERT INTO counter (tenant, type, total) VALUES (?, ?, ?)
			ON CONFLICT (tenant, type) DO UPDATE SET total = total + excluded.total`, counter.tenant, counter.typ, difference)
		if err != nil {
			return err
		}
	}
	return nil
}

// row is what a change needs to know of the resource as it stands.
type row struct {
	rid, version, modified, facts int64
}

// find reads the resource that a change is about and checks its version and the
// revision of its facts.
func (c commit) find(ctx context.Context, key store.Key, match, matchFacts int64) (row, error) {
	var found row
	err := c.row(ctx, `SELECT rid, version, modified, facts_revision FROM resource WHERE tenant = ? AND type = ? AND id = ?`,
		[]any{int64(key.Tenant), key.Type, key.ID.String()}, &found.rid, &found.version, &found.modified, &found.facts)
	if err != nil {
		return row{}, noRows(err)
	}
	if match != 0 && match != found.version || matchFacts != 0 && matchFacts != found.facts {
		return row{}, store.ErrVersion
	}
	return found, nil
}
