package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	deliveryColumns = `d.type, d.subject, d.version, d.at, d.event, d.position, d.state, d.ordered, d.attempts, d.first, d.last, d.due, d.status, d.error`

	pendingSQL = `SELECT ` + deliveryColumns + `, o.payload FROM receiver r
	JOIN delivery d ON d.tenant = r.tenant AND d.receiver = r.id AND d.state = 'pending'
	LEFT JOIN outbox o ON o.tenant = d.tenant AND o.position = d.position
	WHERE r.tenant = $1 AND r.id = $2 AND r.lease = $3 ORDER BY d.position LIMIT $4`

	// The row of the receiver is locked first, so that nobody sets it back while
	// the rest is written.
	progressSQL = `UPDATE receiver SET position = greatest(position, $4), failures = $5, failing = $6, succeeded = $7, due = $8
	WHERE tenant = $1 AND id = $2 AND lease = $3`

	recordSQL = `INSERT INTO delivery (tenant, receiver, position, type, subject, version, at, event, state, ordered, attempts, first, last, due, status, error)
	SELECT $1, $2, x.* FROM unnest($3::bigint[], $4::text[], $5::uuid[], $6::bigint[], $7::timestamptz[], $8::text[], $9::text[], $10::boolean[],
		$11::int[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::int[], $16::text[]) AS x
	ON CONFLICT (tenant, receiver, position) DO UPDATE SET state = excluded.state, ordered = excluded.ordered, attempts = excluded.attempts,
		first = excluded.first, last = excluded.last, due = excluded.due, status = excluded.status, error = excluded.error`

	// Events of one subject have ascending versions; the key finds the next one
	// however many there are. The sum keeps the planner from the index of
	// positions, which would lead through the events of everybody.
	resumeSQL = `INSERT INTO delivery AS d (tenant, receiver, position, type, subject, version, at, event, state, ordered, attempts, due, status, error)
	SELECT $1, $2, n.position, n.type, n.subject, n.version, n.at, n.event, 'pending', true, 0, x.due, 0, ''
	FROM receiver r CROSS JOIN unnest($3::bigint[], $4::text[], $5::uuid[], $6::bigint[], $7::timestamptz[]) AS x (position, type, subject, version, due)
	CROSS JOIN LATERAL (
		SELECT o.* FROM outbox o WHERE o.tenant = $1 AND o.type = x.type AND o.subject = x.subject AND o.version >= x.version
			AND o.position + 0 > x.position AND o.position + 0 <= r.position AND ` + asked + `
		ORDER BY o.version, o.id LIMIT 1) n
	WHERE r.tenant = $1 AND r.id = $2
	ON CONFLICT (tenant, receiver, position) DO UPDATE SET state = 'pending', ordered = true, attempts = 0, first = NULL, due = excluded.due`
)

// Pending returns the oldest pending deliveries of the receiver.
func (s *Store) Pending(ctx context.Context, turn store.Turn, limit int) ([]store.Delivery, error) {
	return collect(ctx, s, "read pending deliveries", func(row pgx.Row) (store.Delivery, error) {
		var payload []byte
		one, err := scanDelivery(row, turn.Receiver.Tenant, turn.Receiver.ID, &payload)
		one.Event.Payload = payload
		return one, err
	}, pendingSQL, append(leaseArgs(turn), int64(max(limit, 0)))...)
}

// Record stores progress in one transaction.
func (s *Store) Record(ctx context.Context, turn store.Turn, progress store.Progress) error {
	for i := range progress.Deliveries {
		if err := store.CheckText("error", progress.Deliveries[i].Error); err != nil {
			return failure(ctx, "record deliveries", err)
		}
	}
	return failure(ctx, "record deliveries", retry(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return record(ctx, tx, turn, &progress) })
	}))
}

func record(ctx context.Context, tx pgx.Tx, turn store.Turn, progress *store.Progress) error {
	health := &progress.Health
	tag, err := tx.Exec(ctx, progressSQL, append(leaseArgs(turn), progress.Position, health.Failures,
		timeOrNull(health.Failing), timeOrNull(health.Succeeded), timeOrNull(health.Due))...)
	if err := leased(tag.RowsAffected(), err); err != nil || len(progress.Deliveries) == 0 {
		return err
	}
	key := []any{int64(turn.Receiver.Tenant), id(turn.Receiver.ID)}
	if _, err := tx.Exec(ctx, recordSQL, append(key[:2:2], deliveryArrays(progress.Deliveries)...)...); err != nil {
		return err
	}
	if resumed := resumeArrays(progress.Deliveries); resumed != nil {
		_, err = tx.Exec(ctx, resumeSQL, append(key[:2:2], resumed...)...)
	}
	return err
}

// deliveryArrays are one array a column, in the order of recordSQL.
func deliveryArrays(list []store.Delivery) []any {
	n := len(list)
	positions, types, subjects, versions := make([]int64, n), make([]string, n), make([]uuid.UUID, n), make([]int64, n)
	ats, events, states, ordered := make([]pgtype.Timestamptz, n), make([]string, n), make([]string, n), make([]bool, n)
	attempts, statuses, errs := make([]int, n), make([]int, n), make([]string, n)
	first, last, due := make([]pgtype.Timestamptz, n), make([]pgtype.Timestamptz, n), make([]pgtype.Timestamptz, n)
	for i := range list {
		d := &list[i]
		positions[i], types[i], subjects[i], versions[i] = d.Event.Position, d.Event.Subject.Type, d.Event.Subject.ID, d.Event.Version
		ats[i], events[i], states[i], ordered[i] = timeOrNull(d.Event.At), d.Event.Type, d.State, d.Ordered
		attempts[i], statuses[i], errs[i] = d.Attempts, d.Status, d.Error
		first[i], last[i], due[i] = timeOrNull(d.First), timeOrNull(d.Last), timeOrNull(d.Due)
	}
	return []any{positions, types, idArray(subjects), versions, ats, events, states, ordered, attempts, first, last, due, statuses, errs}
}

// resumeArrays are the deliveries that let later events of their subject go on,
// in the order of resumeSQL; nil for none.
func resumeArrays(list []store.Delivery) []any {
	var positions, versions []int64
	var types []string
	var subjects []uuid.UUID
	var due []pgtype.Timestamptz
	for i := range list {
		if d := &list[i]; d.Resume {
			positions, types, subjects = append(positions, d.Event.Position), append(types, d.Event.Subject.Type), append(subjects, d.Event.Subject.ID)
			versions, due = append(versions, d.Event.Version), append(due, timeOrNull(d.Last))
		}
	}
	if positions == nil {
		return nil
	}
	return []any{positions, types, idArray(subjects), versions, due}
}

// scanDelivery receives deliveryColumns, and more behind them.
func scanDelivery(source pgx.Row, tenant store.TenantID, receiver uuid.UUID, more ...any) (store.Delivery, error) {
	d := store.Delivery{Receiver: receiver, Event: store.OutboxRow{Subject: store.Key{Tenant: tenant}}}
	var subject pgtype.UUID
	var at, first, last, due pgtype.Timestamptz
	targets := []any{
		&d.Event.Subject.Type, &subject, &d.Event.Version, &at, &d.Event.Type, &d.Event.Position,
		&d.State, &d.Ordered, &d.Attempts, &first, &last, &due, &d.Status, &d.Error,
	}
	err := source.Scan(append(targets, more...)...)
	d.Event.Subject.ID, d.Event.At = subject.Bytes, instant(at)
	d.First, d.Last, d.Due = instant(first), instant(last), instant(due)
	return d, err
}
