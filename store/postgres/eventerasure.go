package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	payloadsSQL = `SELECT o.version, o.id, o.payload FROM outbox o
	WHERE o.tenant = $1 AND o.type = $2 AND o.subject = $3 AND (o.version, o.id) > ($4, $5) ORDER BY o.version, o.id LIMIT $6`

	leavePayloadsSQL = `UPDATE outbox o SET payload = x.payload::json FROM unnest($4::bigint[], $5::bigint[], $6::text[]) AS x (version, id, payload)
	WHERE o.tenant = $1 AND o.type = $2 AND o.subject = $3 AND o.version = x.version AND o.id = x.id`
)

// EraseEvents removes personal data from events about a subject. Nobody else
// changes a payload, so that what was read is what is replaced.
func (s *Store) EraseEvents(ctx context.Context, erasure store.EventErasure) (store.EventStep, error) {
	step := store.EventStep{Next: erasure.After}
	if err := store.CheckKey("subject", erasure.Subject.Type); err != nil {
		return step, failure(ctx, "erase events", err)
	}
	subject := []any{int64(erasure.Subject.Tenant), erasure.Subject.Type, id(erasure.Subject.ID)}
	rows, err := s.pool.Query(ctx, payloadsSQL, append(subject[:3:3], erasure.After.Version, erasure.After.Number, int64(max(erasure.Limit, 0)))...)
	if err != nil {
		return step, failure(ctx, "erase events", err)
	}
	var versions, ids []int64
	var payloads []string
	var payload []byte
	_, err = pgx.ForEachRow(rows, []any{&step.Next.Version, &step.Next.Number, &payload}, func() error {
		step.More = true
		if left := erasure.Left(payload); string(left) != string(payload) {
			versions, ids, payloads = append(versions, step.Next.Version), append(ids, step.Next.Number), append(payloads, string(left))
		}
		return nil
	})
	if err != nil || len(ids) == 0 {
		return step, failure(ctx, "erase events", err)
	}
	step.Events = len(ids)
	return step, failure(ctx, "erase events", retry(ctx, func() error {
		_, err := s.pool.Exec(ctx, leavePayloadsSQL, append(subject[:3:3], versions, ids, payloads)...)
		return err
	}))
}
