package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// The subjects of changes that are not about resources.
const (
	tenantSubject     = "Tenant"
	connectionSubject = "Connection"
	receiverSubject   = "Receiver"
)

const auditSQL = `SELECT version, at, actor_kind, actor_id, action, request_id, reason, changes, added, removed
	FROM audit WHERE tenant = $1 AND type = $2 AND subject = $3 ORDER BY id DESC LIMIT $4`

// AuditOf returns the newest rows about one subject, newest first.
func (s *Store) AuditOf(ctx context.Context, key store.Key, limit int) ([]store.AuditRow, error) {
	rows, err := s.pool.Query(ctx, auditSQL, int64(key.Tenant), key.Type, id(key.ID), int64(max(limit, 0)))
	if err != nil {
		return nil, failure(ctx, "read audit", err)
	}
	found, err := pgx.CollectRows(rows, func(source pgx.CollectableRow) (store.AuditRow, error) {
		audited := store.AuditRow{Subject: key}
		var at pgtype.Timestamptz
		var added, removed []pgtype.UUID
		err := source.Scan(&audited.Version, &at, &audited.ActorKind, &audited.ActorID, &audited.Action,
			&audited.RequestID, &audited.Reason, &audited.Changes, &added, &removed)
		audited.At, audited.Added, audited.Removed = instant(at), uuids(added), uuids(removed)
		return audited, err
	})
	return found, failure(ctx, "read audit", err)
}

func uuids(values []pgtype.UUID) []uuid.UUID {
	if len(values) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(values))
	for i, value := range values {
		ids[i] = value.Bytes
	}
	return ids
}
