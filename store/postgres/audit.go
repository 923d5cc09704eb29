package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const auditColumns = `a.type, a.subject, a.id, a.version, a.at, a.actor_kind, a.actor_id, a.action, a.request_id, a.reason, a.changes, a.added, a.removed`

const auditSQL = `SELECT ` + auditColumns + `
	FROM audit a WHERE a.tenant = $1 AND a.type = $2 AND a.subject = $3 ORDER BY a.id DESC LIMIT $4`

// AuditOf returns the newest rows about one subject, newest first.
func (s *Store) AuditOf(ctx context.Context, key store.Key, limit int) ([]store.AuditRow, error) {
	return collect(ctx, s, "read audit", func(source pgx.Row) (store.AuditRow, error) {
		return scanAudit(source, key.Tenant)
	}, auditSQL, int64(key.Tenant), key.Type, id(key.ID), int64(max(limit, 0)))
}

func scanAudit(source pgx.Row, tenant store.TenantID) (store.AuditRow, error) {
	row := store.AuditRow{Subject: store.Key{Tenant: tenant}}
	var subject pgtype.UUID
	var at pgtype.Timestamptz
	var added, removed []pgtype.UUID
	err := source.Scan(&row.Subject.Type, &subject, &row.Position.Number, &row.Version, &at, &row.ActorKind, &row.ActorID, &row.Action,
		&row.RequestID, &row.Reason, &row.Changes, &added, &removed)
	row.Subject.ID, row.At, row.Added, row.Removed = subject.Bytes, instant(at), uuids(added), uuids(removed)
	row.Position.At = row.At
	return row, err
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

const noteSQL = `INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, $10)`

// Note writes a row about what changes no resource.
func (s *Store) Note(ctx context.Context, subject store.Key, audit store.Audit) error {
	if err := errors.Join(store.CheckKey("type", subject.Type), audit.Check()); err != nil {
		return failure(ctx, "note", err)
	}
	args := append([]any{int64(subject.Tenant), subject.Type, id(subject.ID)}, auditArgs(&audit)...)
	_, err := s.pool.Exec(ctx, noteSQL, args...)
	return failure(ctx, "note", err)
}
