package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	policySQL = `SELECT document, revision FROM policy WHERE tenant = $1`

	setPolicySQL = `WITH changed AS (
		INSERT INTO policy AS p (tenant, document, revision)
		SELECT $1, $2, 1 WHERE $3 = 0 OR EXISTS (SELECT 1 FROM policy o WHERE o.tenant = $1)
		ON CONFLICT (tenant) DO UPDATE SET document = excluded.document, revision = p.revision + 1 WHERE p.revision = $3
		RETURNING revision),
	noted AS (INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
		SELECT $1, $4, $5, c.revision, $6, $7, $8, $9, $10, $11, $12 FROM changed c)
	SELECT revision FROM changed`

	tallySQL       = `SELECT tally, tally_revision FROM connection WHERE tenant = $1 AND id = $2`
	tenantTallySQL = `SELECT tally, tally_revision FROM tenant WHERE id = $1`

	setTallySQL       = `SELECT rollcall_tally($1, $2, $3, $4)`
	setTenantTallySQL = `SELECT rollcall_tenant_tally($1, $2, $3)`

	tellTallySQL = `INSERT INTO outbox (tenant, type, subject, version, at, event, payload)
	SELECT $1, $2, $3, $4, $5, e.event, e.payload::json FROM unnest($6::text[], $7::text[]) WITH ORDINALITY AS e (event, payload, n) ORDER BY e.n`

	countSourceSQL = `SELECT count(*) FROM resource r WHERE r.tenant = $1 AND r.type = $2 AND r.source_client = $3`
	countAllSQL    = `SELECT coalesce(sum(n), 0)::bigint FROM resource_count WHERE tenant = $1 AND type = $2`
)

// Policy returns what a tenant decided about its accounts.
func (s *Store) Policy(ctx context.Context, tenant store.TenantID) (document []byte, revision int64, err error) {
	err = s.pool.QueryRow(ctx, policySQL, int64(tenant)).Scan(&document, &revision)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, 0, nil
	}
	return document, revision, failure(ctx, "get policy", err)
}

// SetPolicy replaces it, if it is still the one that the caller knows.
func (s *Store) SetPolicy(ctx context.Context, tenant store.TenantID, document []byte, match int64, jobs []store.NewJob, audit store.Audit) (revision int64, err error) {
	if err := errors.Join(store.CheckText("policy", string(document)), audit.Check()); err != nil {
		return 0, failure(ctx, "set policy", err)
	}
	for i := range jobs {
		if err := jobs[i].Check(); err != nil {
			return 0, failure(ctx, "set policy", err)
		}
	}
	args := append([]any{int64(tenant), string(object(document)), match, store.TenantSubject, id(uuid.Nil)}, auditArgs(&audit)...)
	err = retry(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			err := tx.QueryRow(ctx, setPolicySQL, args...).Scan(&revision)
			if errors.Is(err, pgx.ErrNoRows) {
				return store.ErrVersion
			}
			for i := 0; err == nil && i < len(jobs); i++ {
				job := jobs[i]
				job.Most = 0
				_, err = tx.Exec(ctx, enqueueSQL, enqueueArgs(&job)...)
			}
			return err
		})
	})
	if err != nil {
		return 0, failure(ctx, "set policy", err)
	}
	return revision, nil
}

// Tally returns what the mass guard counted for a connection, or the tenant.
func (s *Store) Tally(ctx context.Context, tenant store.TenantID, connection uuid.UUID) (data []byte, revision int64, err error) {
	text, args := tallySQL, []any{int64(tenant), id(connection)}
	if connection == uuid.Nil {
		text, args = tenantTallySQL, args[:1]
	}
	err = s.pool.QueryRow(ctx, text, args...).Scan(&data, &revision)
	return data, revision, failure(ctx, "get tally", err)
}

// setTally adds the statements that replace a tally, say who did it and tell of
// it.
func (p *plan) setTally(at int, change *store.SetTally) {
	data := string(object(change.Data))
	set := step{change: at, sql: setTallySQL, args: []any{int64(change.Tenant), id(change.Connection), change.Match, data}}
	if change.Connection == uuid.Nil {
		set.sql, set.args = setTenantTallySQL, []any{int64(change.Tenant), change.Match, data}
	}
	p.steps = append(p.steps, set)
	subject := change.Subject()
	key := []any{int64(subject.Tenant), subject.Type, id(subject.ID)}
	if change.Audit.Action != "" {
		p.steps = append(p.steps, step{change: at, sql: noteSQL, args: slices.Concat(key, auditArgs(&change.Audit))})
	}
	if len(change.Events) > 0 {
		told := slices.Concat(key, []any{change.Match + 1, change.Audit.At}, eventArgs(change.Events))
		p.steps = append(p.steps, step{change: at, sql: tellTallySQL, args: told})
	}
	p.jobs(at, change.Jobs)
	p.committed[at] = store.Committed{Version: change.Match + 1, Changed: true}
}

// CountBySource counts the resources of a type that come from a client.
func (s *Store) CountBySource(ctx context.Context, tenant store.TenantID, typ, client string) (n int, err error) {
	if !store.Storable(typ) || !store.Storable(client) {
		return 0, nil
	}
	if client == "" {
		err = s.pool.QueryRow(ctx, countAllSQL, int64(tenant), typ).Scan(&n)
	} else {
		err = s.pool.QueryRow(ctx, countSourceSQL, int64(tenant), typ, client).Scan(&n)
	}
	return n, failure(ctx, "count "+typ, err)
}
