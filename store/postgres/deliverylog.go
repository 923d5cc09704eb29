package postgres

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"rollcall/store"
)

const (
	deliveriesSQL = `SELECT ` + deliveryColumns + ` FROM receiver r JOIN delivery d ON d.tenant = r.tenant AND d.receiver = r.id
	WHERE r.tenant = $1 AND r.id = $2 AND d.position < $3 AND d.position > $5`

	// The key of the outbox leads to the few events of one subject; the log has no
	// index of its own for them, which every delivery would pay for.
	deliveriesOfSubject = ` AND d.position IN (
		SELECT o.position FROM outbox o WHERE o.tenant = $1 AND o.type = $%d AND o.subject = $%d AND o.position IS NOT NULL)`
)

// Deliveries returns a page of the delivery log.
func (s *Store) Deliveries(ctx context.Context, query store.DeliveryQuery) ([]store.Delivery, error) {
	sql, args := deliveriesText(query)
	return collect(ctx, s, "list deliveries", func(row pgx.Row) (store.Delivery, error) {
		return scanDelivery(row, query.Tenant, query.Receiver)
	}, sql, args...)
}

// deliveriesText leaves out what is not asked for, so that each form has a plan
// of its own.
func deliveriesText(query store.DeliveryQuery) (string, []any) {
	before := query.Before
	if before == 0 {
		before = 1<<63 - 1
	}
	sql, args := deliveriesSQL, []any{int64(query.Tenant), id(query.Receiver), before, int64(max(query.Limit, 0)), query.After}
	where := func(condition string, value any) {
		args = append(args, value)
		sql += fmt.Sprintf(condition, len(args))
	}
	if query.State != "" {
		where(" AND d.state = $%d", query.State)
	}
	if !query.From.IsZero() {
		where(" AND d.at >= $%d", query.From)
	}
	if !query.Until.IsZero() {
		where(" AND d.at < $%d", query.Until)
	}
	if query.Subject != uuid.Nil {
		args = append(args, query.SubjectType, id(query.Subject))
		sql += fmt.Sprintf(deliveriesOfSubject, len(args)-1, len(args))
	}
	return sql + " ORDER BY d.position DESC LIMIT $4", args
}
