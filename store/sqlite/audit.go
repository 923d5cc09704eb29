package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"rollcall/store"
)

// trail writes what a change leaves behind.
func (c commit) trail(ctx context.Context, key store.Key, version int64, trail store.Trail, moved moved) error {
	if err := c.audit(ctx, int64(key.Tenant), key.Type, key.ID.String(), version, trail.Audit, moved); err != nil {
		return err
	}
	return c.tell(ctx, key, version, trail)
}

// tell writes the events of a trail.
func (c commit) tell(ctx context.Context, key store.Key, version int64, trail store.Trail) error {
	for _, event := range trail.Events {
		_, err := c.exec(ctx, `INSERT INTO outbox (tenant, type, id, version, at, event_type, payload) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			int64(key.Tenant), key.Type, key.ID.String(), version, micros(trail.Audit.At), event.Type, jsonObject(event.Payload))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *writeTx) audit(ctx context.Context, tenant int64, typ, id string, version int64, audit store.Audit, moved moved) error {
	added, err := idArray(moved.added)
	if err != nil {
		return err
	}
	removed, err := idArray(moved.removed)
	if err != nil {
		return err
	}
	var seq int64
	err = t.row(ctx, `INSERT INTO audit (tenant, type, id, version, at, actor_kind, actor_id, action, request_id, reason, changes, added, removed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`, []any{
		tenant, typ, id, version, micros(audit.At), audit.ActorKind, audit.ActorID, audit.Action, audit.RequestID, audit.Reason,
		jsonObject(audit.Changes), added, removed,
	}, &seq)
	if err != nil {
		return err
	}
	for _, members := range []string{added, removed} {
		if err := t.linkMembers(ctx, tenant, micros(audit.At), seq, members); err != nil {
			return err
		}
	}
	return nil
}

// linkMembers notes who was added or removed, so that the row of the group is
// found by them.
func (t *writeTx) linkMembers(ctx context.Context, tenant, at, seq int64, members string) error {
	if members == "[]" {
		return nil
	}
	_, err := t.exec(ctx, `INSERT OR IGNORE INTO audit_member (tenant, member, at, seq) SELECT ?, value, ?, ? FROM json_each(?)`, tenant, at, seq, members)
	return err
}

func idArray(ids []string) (string, error) {
	if len(ids) == 0 {
		return "[]", nil
	}
	array, err := json.Marshal(ids)
	return string(array), err
}

const auditColumns = `a.seq, a.type, a.id, a.version, a.at, a.actor_kind, a.actor_id, a.action, a.request_id, a.reason, a.changes, a.added, a.removed`

// AuditOf returns the newest rows about one subject, newest first.
func (s *Store) AuditOf(ctx context.Context, key store.Key, limit int) ([]store.AuditRow, error) {
	var list []store.AuditRow
	err := s.read(ctx, "audit", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT `+auditColumns+` FROM audit a INDEXED BY audit_subject
			WHERE a.tenant = ? AND a.type = ? AND a.id = ? ORDER BY a.seq DESC LIMIT ?`, int64(key.Tenant), key.Type, key.ID.String(), limit)
		return each(rows, err, func(rows *sql.Rows) error {
			row, err := scanAudit(rows, key.Tenant)
			list = append(list, row)
			return err
		})
	})
	return list, err
}

func scanAudit(rows *sql.Rows, tenant store.TenantID) (store.AuditRow, error) {
	row := store.AuditRow{Subject: store.Key{Tenant: tenant}}
	var at int64
	var added, removed []byte
	err := rows.Scan(&row.Position.Number, &row.Subject.Type, &row.Subject.ID, &row.Version, &at, &row.ActorKind, &row.ActorID, &row.Action,
		&row.RequestID, &row.Reason, &row.Changes, &added, &removed)
	if err != nil {
		return store.AuditRow{}, err
	}
	row.At, row.Position.At = instant(at), instant(at)
	return row, errors.Join(json.Unmarshal(added, &row.Added), json.Unmarshal(removed, &row.Removed))
}

// Note writes a row about what changes no resource.
func (s *Store) Note(ctx context.Context, subject store.Key, audit store.Audit) error {
	if err := errors.Join(store.CheckKey("type", subject.Type), audit.Check()); err != nil {
		return wrap(ctx, "note", err)
	}
	return s.write(ctx, "note", func(tx *writeTx) error {
		return tx.audit(ctx, int64(subject.Tenant), subject.Type, subject.ID.String(), 0, audit, moved{})
	})
}
