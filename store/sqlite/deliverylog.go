package sqlite

import (
	"context"
	"database/sql"
	"math"

	"github.com/google/uuid"

	"rollcall/store"
)

const (
	deliveriesSQL = `SELECT ` + deliveryColumns + ` FROM receiver r JOIN delivery d ON d.tenant = r.tenant AND d.receiver = r.id
		WHERE r.tenant = ? AND r.id = ? AND d.position < ? AND d.position > ?`

	// The key of the outbox leads to the few events of one subject; the log has no
	// index of its own for them, which every delivery would pay for.
	deliveriesOfSubject = ` AND d.position IN (
		SELECT o.position FROM outbox o WHERE o.tenant = ? AND o.type = ? AND o.id = ? AND o.position IS NOT NULL)`
)

// Deliveries returns a page of the delivery log.
func (s *Store) Deliveries(ctx context.Context, query store.DeliveryQuery) ([]store.Delivery, error) {
	before := query.Before
	if before == 0 {
		before = math.MaxInt64
	}
	text, args := deliveriesSQL, []any{int64(query.Tenant), query.Receiver.String(), before, query.After}
	where := func(condition string, values ...any) { text, args = text+condition, append(args, values...) }
	if query.State != "" {
		where(" AND d.state = ?", query.State)
	}
	if !query.From.IsZero() {
		where(" AND d.at >= ?", micros(query.From))
	}
	if !query.Until.IsZero() {
		where(" AND d.at < ?", micros(query.Until))
	}
	if query.Subject != uuid.Nil {
		where(deliveriesOfSubject, int64(query.Tenant), query.SubjectType, query.Subject.String())
	}
	where(" ORDER BY d.position DESC LIMIT ?", max(query.Limit, 0))
	var list []store.Delivery
	err := s.read(ctx, "deliveries", func(tx *readTx) error {
		rows, err := tx.query(ctx, text, args...)
		return each(rows, err, func(rows *sql.Rows) error {
			one, err := scanDelivery(rows, query.Tenant, query.Receiver)
			list = append(list, one)
			return err
		})
	})
	return list, err
}
