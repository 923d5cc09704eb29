package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rollcall/store"
)

const listDefinitions = `SELECT type, document FROM definition ORDER BY type`

// Definitions lists the saved definitions by type.
func (s *Store) Definitions(ctx context.Context) ([]store.Definition, error) {
	var list []store.Definition
	err := s.read(ctx, "definitions", func(tx *readTx) error {
		rows, err := tx.query(ctx, listDefinitions)
		list, err = scanDefinitions(rows, err)
		return err
	})
	return list, err
}

func scanDefinitions(rows *sql.Rows, err error) ([]store.Definition, error) {
	list := []store.Definition{}
	err = each(rows, err, func(rows *sql.Rows) error {
		var one store.Definition
		err := rows.Scan(&one.Type, &one.Document)
		list = append(list, one)
		return err
	})
	return list, err
}

// Redefine runs work in one transaction of the one writer: no copy of the
// server writes meanwhile, and what is killed half-way has never been.
func (s *Store) Redefine(ctx context.Context, work func(context.Context, store.Redefinition) error) error {
	var failed error
	err := s.write(ctx, "redefine", func(tx *writeTx) error {
		failed = work(ctx, redefinition{tx})
		return failed
	})
	if failed != nil {
		return failed
	}
	return err
}

// redefinition is the work of Redefine.
type redefinition struct{ *writeTx }

// Definitions lists the saved definitions by type.
func (r redefinition) Definitions(ctx context.Context) ([]store.Definition, error) {
	list, err := scanDefinitions(r.query(ctx, listDefinitions))
	return list, wrap(ctx, "definitions", err)
}

// query runs a fixed text.
func (t *writeTx) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	statement, err := t.statement(ctx, text) //nolint:sqlclosecheck // kept, and closed with the connection
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

// SaveDefinitions saves definitions.
func (r redefinition) SaveDefinitions(ctx context.Context, definitions ...store.Definition) error {
	for _, one := range definitions {
		_, err := r.exec(ctx, `INSERT INTO definition (type, document) VALUES (?, ?)
			ON CONFLICT (type) DO UPDATE SET document = excluded.document`, one.Type, string(one.Document))
		if err != nil {
			return wrap(ctx, "save definitions", err)
		}
	}
	return nil
}

// DropDefinition removes the definition of a type.
func (r redefinition) DropDefinition(ctx context.Context, typ string) error {
	_, err := r.exec(ctx, `DELETE FROM definition WHERE type = ?`, typ)
	return wrap(ctx, "drop definition", err)
}

// Scan goes tenant by tenant: the index has the order inside of one.
func (r redefinition) Scan(ctx context.Context, typ string, after store.Key, limit int) ([]store.Record, error) {
	var records []store.Record
	for len(records) < limit {
		rows, err := r.query(ctx, `SELECT `+recordColumns+` FROM resource r
			WHERE r.tenant = ? AND r.type = ? AND r.id > ? ORDER BY r.id LIMIT ?`,
			int64(after.Tenant), typ, after.ID.String(), limit-len(records))
		err = each(rows, err, func(rows *sql.Rows) error {
			_, record, err := scanRecord(rows.Scan)
			records = append(records, record)
			return err
		})
		if err != nil {
			return nil, wrap(ctx, "scan", err)
		}
		var next sql.NullInt64
		if err := r.row(ctx, `SELECT min(id) FROM tenant WHERE id > ?`, []any{int64(after.Tenant)}, &next); err != nil {
			return nil, wrap(ctx, "scan", err)
		}
		if !next.Valid {
			break
		}
		after = store.Key{Tenant: store.TenantID(next.Int64)}
	}
	return records, nil
}

// Reindex writes all resources or none of them, whatever becomes of the rest of
// the work.
func (r redefinition) Reindex(ctx context.Context, resources []store.Reindexed) error {
	if _, err := r.exec(ctx, `SAVEPOINT reindex`); err != nil {
		return wrap(ctx, "reindex", err)
	}
	failed, err := r.reindexAll(ctx, resources)
	if err != nil {
		err = &store.ChangeError{Index: failed, Err: translate(ctx, err)}
		_, _ = r.exec(context.WithoutCancel(ctx), `ROLLBACK TO reindex`)
	}
	if _, end := r.exec(context.WithoutCancel(ctx), `RELEASE reindex`); err == nil {
		err = end
	}
	return wrap(ctx, "reindex", err)
}

// reindexAll gives every value up before any is taken.
func (r redefinition) reindexAll(ctx context.Context, resources []store.Reindexed) (failed int, err error) {
	c := commit{writeTx: r.writeTx}
	rows := make([]int64, len(resources))
	for i := range resources {
		if err := errors.Join(resources[i].Record.Check(), store.CheckUnique(resources[i].Unique...)); err != nil {
			return i, err
		}
		found, err := c.find(ctx, resources[i].Record.Key, resources[i].Record.Version, 0)
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrVersion) {
			continue
		}
		if err == nil {
			rows[i] = found.rid
			_, err = c.exec(ctx, `DELETE FROM unique_value WHERE rid = ?`, found.rid)
		}
		if err != nil {
			return i, err
		}
	}
	for i := range resources {
		if rows[i] == 0 {
			continue
		}
		if err := c.reindexOne(ctx, rows[i], &resources[i]); err != nil {
			return i, err
		}
	}
	return 0, nil
}

func (c commit) reindexOne(ctx context.Context, rid int64, resource *store.Reindexed) error {
	record := &resource.Record
	shadow, err := readShadow(record.Index)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, `UPDATE resource SET name = ?, sort_name = ?, label = ?, doc = ? WHERE rid = ?`,
		optional(record.Name), optional(record.SortName), record.Label, string(record.Document), rid)
	if taken(err) {
		return &store.UniquenessError{Attribute: store.NameAttribute}
	}
	if err != nil {
		return err
	}
	if err := c.reindex(ctx, record.Key, rid, shadow); err != nil {
		return err
	}
	return c.claim(ctx, record.Key, rid, resource.Unique)
}

// Held counts the resources of a type.
func (r redefinition) Held(ctx context.Context, typ string, now time.Time) (store.Holding, error) {
	var held store.Holding
	var until sql.NullInt64
	err := r.row(ctx, `SELECT (SELECT coalesce(sum(total), 0) FROM counter WHERE type = ?1),
		count(*), CASE WHEN count(*) = count(purge_after) THEN max(purge_after) END
		FROM departed WHERE type = ?1 AND (purge_after > ?2 OR purge_after IS NULL)`, []any{typ, micros(now)}, &held.Living, &held.Departed, &until)
	if err != nil {
		return store.Holding{}, wrap(ctx, fmt.Sprintf("count %s", typ), err)
	}
	if until.Valid {
		held.PurgeAfter = instant(until.Int64)
	}
	return held, nil
}
