package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// definitionLock is the key of the advisory lock that one copy holds while it
// redefines: that of migrations and one more.
const definitionLock = migrationLock + 1

// Definitions lists the saved definitions by type.
func (s *Store) Definitions(ctx context.Context) ([]store.Definition, error) {
	return collect(ctx, s, "list definitions", func(row pgx.Row) (store.Definition, error) {
		var one store.Definition
		err := row.Scan(&one.Type, &one.Document)
		return one, err
	}, `SELECT type, document::text FROM definition ORDER BY type`)
}

// Redefine runs work under an advisory lock. The lock belongs to a connection
// apart from the pool, which may have room for the work only, and goes with it
// when the process is killed.
func (s *Store) Redefine(ctx context.Context, work func(context.Context, store.Redefinition) error) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return failure(ctx, "redefine", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(definitionLock)); err != nil {
		return failure(ctx, "redefine: wait for lock", err)
	}
	return work(ctx, redefinition{s})
}

// redefinition is the work of Redefine: each call is a transaction of its own,
// so that no row stays locked while a million of them are gone through.
type redefinition struct{ *Store }

// SaveDefinitions saves definitions in one statement.
func (r redefinition) SaveDefinitions(ctx context.Context, definitions ...store.Definition) error {
	types, documents := make([]string, 0, len(definitions)), make([]string, 0, len(definitions))
	for _, one := range definitions {
		types, documents = append(types, one.Type), append(documents, string(one.Document))
	}
	_, err := r.pool.Exec(ctx, `INSERT INTO definition (type, document)
		SELECT d.type, d.document::json FROM unnest($1::text[], $2::text[]) AS d (type, document)
		ON CONFLICT (type) DO UPDATE SET document = excluded.document`, types, documents)
	return failure(ctx, "save definitions", err)
}

// DropDefinition removes the definition of a type.
func (r redefinition) DropDefinition(ctx context.Context, typ string) error {
	_, err := r.pool.Exec(ctx, `DELETE FROM definition WHERE type = $1`, typ)
	return failure(ctx, "drop definition", err)
}

// Scan goes tenant by tenant: the primary key has the order inside of one.
func (r redefinition) Scan(ctx context.Context, typ string, after store.Key, limit int) ([]store.Record, error) {
	var records []store.Record
	for len(records) < limit {
		more, err := r.scanTenant(ctx, typ, after, limit-len(records))
		if err != nil {
			return nil, failure(ctx, "scan "+typ, err)
		}
		if records = append(records, more...); len(records) == limit {
			break
		}
		var next pgtype.Int8
		if err := r.pool.QueryRow(ctx, `SELECT min(id) FROM tenant WHERE id > $1`, int64(after.Tenant)).Scan(&next); err != nil {
			return nil, failure(ctx, "scan "+typ, err)
		}
		if !next.Valid {
			break
		}
		after = store.Key{Tenant: store.TenantID(next.Int64)}
	}
	return records, nil
}

func (r redefinition) scanTenant(ctx context.Context, typ string, after store.Key, limit int) ([]store.Record, error) {
	rows, err := r.pool.Query(ctx, `SELECT `+columns+` FROM resource r
		WHERE r.tenant = $1 AND r.type = $2 AND r.id > $3 ORDER BY r.id LIMIT $4`, int64(after.Tenant), typ, id(after.ID), limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(pgx.CollectableRow) (store.Record, error) { return readRecord(rows, after.Tenant, 0) })
}

const (
	reindexSQL = `UPDATE resource SET uniq = $5, sort_name = $6, label = $7, doc = $8, idx = $9
		WHERE tenant = $1 AND type = $2 AND id = $3 AND version = $4`
	// Both look for the version again: who was passed over keeps its values.
	ofVersion    = `(SELECT 1 FROM resource r WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3 AND r.version = $4)`
	unclaimSQL   = `DELETE FROM unique_value u WHERE u.tenant = $1 AND u.type = $2 AND u.id = $3 AND EXISTS ` + ofVersion
	claimAnewSQL = `INSERT INTO unique_value (tenant, type, id, attribute, value)
		SELECT $1, $2, $3, x.attribute, x.value FROM unnest($5::text[], $6::text[]) AS x (attribute, value) WHERE EXISTS ` + ofVersion
)

// Reindex writes all resources in one pipeline, which is one transaction: it
// locks them, so that each is passed over by all of its statements or by none,
// and gives every value up before any is taken.
func (r redefinition) Reindex(ctx context.Context, resources []store.Reindexed) error {
	if len(resources) == 0 {
		return nil
	}
	p := &plan{committed: make([]store.Committed, len(resources))}
	p.lockAll(resources)
	for i := range resources {
		record := &resources[i].Record
		if err := errors.Join(record.Check(), store.CheckUnique(resources[i].Unique...)); err != nil {
			return fmt.Errorf("reindex: %w", &store.ChangeError{Index: i, Err: err})
		}
		key := []any{int64(record.Tenant), record.Type, id(record.ID), record.Version}
		p.steps = append(p.steps, step{change: i, sql: unclaimSQL, args: key})
	}
	for i := range resources {
		record := &resources[i].Record
		key := []any{int64(record.Tenant), record.Type, id(record.ID), record.Version}
		p.steps = append(p.steps, step{change: i, sql: reindexSQL, args: append(key[:4:4],
			orNull(record.Name), orNull(record.SortName), record.Label, record.Document, nestIndex(record.Key, record.Index))})
		if unique := resources[i].Unique; len(unique) > 0 {
			p.steps = append(p.steps, step{change: i, sql: claimAnewSQL, args: append(key[:4:4], uniqueArgs(unique)...)})
		}
	}
	var failed int
	err := retry(ctx, func() (err error) {
		failed, err = r.run(ctx, p)
		return err
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("reindex: %w", ctx.Err())
	}
	return fmt.Errorf("reindex: %w", &store.ChangeError{Index: failed, Err: r.refineReindex(resources[failed], err)})
}

// refineReindex names the attribute of a value that is taken.
func (r redefinition) refineReindex(resource store.Reindexed, err error) error {
	translated := translate(err)
	var unique *store.UniquenessError
	if errors.As(translated, &unique) && unique.Attribute == "" {
		unique.Attribute = takenAttribute(resource.Record.Key, resource.Unique, err)
	}
	return translated
}

// Held counts the resources of a type.
func (r redefinition) Held(ctx context.Context, typ string, now time.Time) (store.Holding, error) {
	var held store.Holding
	var until pgtype.Timestamptz
	err := r.pool.QueryRow(ctx, `SELECT (SELECT coalesce(sum(n), 0)::bigint FROM resource_count WHERE type = $1),
		count(*), CASE WHEN count(*) = count(purge_after) THEN max(purge_after) END
		FROM departed WHERE type = $1 AND (purge_after > $2 OR purge_after IS NULL)`, typ, now).Scan(&held.Living, &held.Departed, &until)
	held.PurgeAfter = instant(until)
	return held, failure(ctx, "count "+typ, err)
}
