package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

const receiverColumns = `r.tenant, r.id, r.name, r.kind, r.url, r.events, r.options, r.created, r.state, r.since, r.reason,
	r.position, r.failures, r.failing, r.succeeded, r.due`

// Receiver returns one receiver.
func (s *Store) Receiver(ctx context.Context, tenant store.TenantID, receiver uuid.UUID) (store.Receiver, error) {
	list, err := s.receivers(ctx, `SELECT `+receiverColumns+` FROM receiver r WHERE r.tenant = ? AND r.id = ?`, int64(tenant), receiver.String())
	if err == nil && len(list) == 0 {
		err = wrap(ctx, "receiver", store.ErrNotFound)
	}
	if err != nil {
		return store.Receiver{}, err
	}
	return list[0], nil
}

// Receivers lists the receivers of a tenant by name.
func (s *Store) Receivers(ctx context.Context, tenant store.TenantID) ([]store.Receiver, error) {
	return s.receivers(ctx, `SELECT `+receiverColumns+` FROM receiver r WHERE r.tenant = ? ORDER BY r.name`, int64(tenant))
}

func (s *Store) receivers(ctx context.Context, text string, args ...any) (list []store.Receiver, err error) {
	err = s.read(ctx, "receivers", func(tx *readTx) error {
		rows, err := tx.query(ctx, text, args...)
		list, err = scanReceivers(rows, err)
		return err
	})
	return list, err
}

// scanReceivers receives receiverColumns.
func scanReceivers(rows *sql.Rows, err error) ([]store.Receiver, error) {
	var list []store.Receiver
	err = each(rows, err, func(rows *sql.Rows) error {
		var r store.Receiver
		var events []byte
		var created, since int64
		var failing, succeeded, due sql.NullInt64
		if err := rows.Scan(&r.Tenant, &r.ID, &r.Name, &r.Kind, &r.URL, &events, &r.Options, &created, &r.State, &since, &r.Reason,
			&r.Position, &r.Failures, &failing, &succeeded, &due); err != nil {
			return err
		}
		r.Created, r.Since = instant(created), instant(since)
		r.Failing, r.Succeeded, r.Due = optionalInstant(failing), optionalInstant(succeeded), optionalInstant(due)
		list = append(list, r)
		return json.Unmarshal(events, &list[len(list)-1].Events)
	})
	return list, err
}

// optionalInstant is zero for null.
func optionalInstant(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return instant(micros.Int64)
}
