package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// A step ends with the row that takes it past as many members as it may name:
// each of them is a row to look for.
const bounded = `, reached AS MATERIALIZED (SELECT b.* FROM (SELECT f.at, f.id, f.place, a.type, a.subject, a.members,
		sum(cardinality(a.members)) OVER (ORDER BY f.at, f.id) - cardinality(a.members) AS before
	FROM found f CROSS JOIN LATERAL (SELECT a.type, a.subject, coalesce(a.added || a.removed, '{}') AS members FROM audit a
		WHERE a.ctid = f.place OFFSET 0) a) b WHERE b.before < `

// outcome selects how many rows a step changed, and where it ended; no row
// where it reached none.
const stepOutcome = ` SELECT (SELECT count(*) FROM done), r.at, r.id FROM reached r ORDER BY r.at DESC, r.id DESC LIMIT 1`

// PruneAudit deletes old rows in one statement. Nobody else writes to rows that
// old, so that nobody waits; where two prune at once, the second one passes over
// what the first has taken.
func (s *Store) PruneAudit(ctx context.Context, prune store.AuditPrune) (store.AuditStep, error) {
	search := store.AuditSearch{Tenant: prune.Tenant, Until: prune.Before, After: prune.After, OldestFirst: true, Limit: prune.Limit}
	step, err := s.auditStep(ctx, search, func(q *statement) {
		q.add(`, old AS MATERIALIZED (SELECT a.ctid AS place, r.at, r.id, r.members FROM reached r CROSS JOIN LATERAL (
		SELECT a.ctid FROM audit a WHERE a.ctid = r.place FOR UPDATE SKIP LOCKED) a),
	parted AS (DELETE FROM audit_member m WHERE m.ctid = ANY (ARRAY(SELECT m.place FROM old o CROSS JOIN LATERAL unnest(o.members) AS u (id)
		CROSS JOIN LATERAL (SELECT m.ctid AS place FROM audit_member m
			WHERE m.tenant = `, q.arg(int64(prune.Tenant)), ` AND m.member = u.id AND m.at = o.at AND m.id = o.id OFFSET 0) m))),
	done AS (DELETE FROM audit a WHERE a.ctid = ANY (ARRAY(SELECT o.place FROM old o)) RETURNING 1)`)
	})
	return step, failure(ctx, "prune audit", err)
}

// EraseAudit removes personal data from the rows about a subject.
func (s *Store) EraseAudit(ctx context.Context, erasure store.AuditErasure) (store.AuditStep, error) {
	if err := store.CheckKey("subject", erasure.Subject.Type); err != nil {
		return store.AuditStep{}, failure(ctx, "erase audit", err)
	}
	search := store.AuditSearch{
		Tenant: erasure.Subject.Tenant, SubjectType: erasure.Subject.Type, Subject: erasure.Subject.ID,
		Until: store.Forever, After: erasure.After, OldestFirst: true, Limit: erasure.Limit,
	}
	step, err := s.auditStep(ctx, search, func(q *statement) {
		q.add(`, done AS (UPDATE audit a SET changes = rollcall_erase(a.changes), reason = CASE a.reason WHEN '' THEN '' ELSE `, q.arg(store.Erased), ` END
		WHERE a.ctid = ANY (ARRAY(SELECT r.place FROM reached r WHERE r.subject = `, q.arg(id(erasure.Subject.ID)), ` AND r.type = `, q.arg(erasure.Subject.Type), `))
			AND a.version < `, q.arg(erasure.Below), ` AND (a.changes::text <> rollcall_erase(a.changes)::text OR a.reason NOT IN ('', `, q.arg(store.Erased), `)) RETURNING 1)`)
	})
	return step, failure(ctx, "erase audit", err)
}

// auditStep runs one step over the rows that a search finds. work adds the CTE
// "done" with a row for each that was changed.
func (s *Store) auditStep(ctx context.Context, search store.AuditSearch, work func(*statement)) (store.AuditStep, error) {
	step := store.AuditStep{Next: search.After}
	search.Limit = min(search.Limit, store.MaxAuditPage)
	if search.Limit <= 0 || search.Until.IsZero() {
		return step, nil
	}
	q := &statement{}
	addFound(q, search, q.arg(int64(search.Limit)))
	q.add(bounded, q.arg(int64(store.MaxAuditMembers)), ")")
	work(q)
	q.add(stepOutcome)
	var at pgtype.Timestamptz
	err := retry(ctx, func() error {
		rows, err := s.pool.Query(ctx, q.sql(), append([]any{planned}, q.args...)...)
		if err != nil {
			return err
		}
		_, err = pgx.ForEachRow(rows, []any{&step.Rows, &at, &step.Next.Number}, func() error {
			step.Next.At, step.More = instant(at), true
			return nil
		})
		return err
	})
	return step, err
}
