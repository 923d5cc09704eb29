package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"rollcall/store"
)

func storableTrail(trail store.Trail) error {
	if err := storableAudit(trail.Audit); err != nil {
		return err
	}
	for _, event := range trail.Events {
		if err := storable("event", event.Type+string(event.Payload)); err != nil {
			return err
		}
	}
	return nil
}

func storableAudit(audit store.Audit) error {
	return storable("audit", audit.ActorKind+audit.ActorID+audit.Action+audit.RequestID+audit.Reason+string(audit.Changes))
}

// trail writes what a change leaves behind.
func (c commit) trail(ctx context.Context, key store.Key, version int64, trail store.Trail, moved moved) error {
	if err := c.audit(ctx, int64(key.Tenant), key.Type, key.ID.String(), version, trail.Audit, moved); err != nil {
		return err
	}
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
	_, err = t.exec(ctx, `INSERT INTO audit (tenant, type, id, version, at, actor_kind, actor_id, action, request_id, reason, changes, added, removed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tenant, typ, id, version, micros(audit.At), audit.ActorKind, audit.ActorID, audit.Action, audit.RequestID, audit.Reason,
		jsonObject(audit.Changes), added, removed)
	return err
}

func idArray(ids []string) (string, error) {
	if len(ids) == 0 {
		return "[]", nil
	}
	array, err := json.Marshal(ids)
	return string(array), err
}

// AuditOf returns the newest rows about one subject, newest first.
func (s *Store) AuditOf(ctx context.Context, key store.Key, limit int) ([]store.AuditRow, error) {
	var list []store.AuditRow
	err := s.read(ctx, "audit", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT version, at, actor_kind, actor_id, action, request_id, reason, changes, added, removed
			FROM audit WHERE tenant = ? AND type = ? AND id = ? ORDER BY seq DESC LIMIT ?`, int64(key.Tenant), key.Type, key.ID.String(), limit)
		return each(rows, err, func(rows *sql.Rows) error {
			row := store.AuditRow{Subject: key}
			var at int64
			var added, removed []byte
			if err := rows.Scan(&row.Version, &at, &row.ActorKind, &row.ActorID, &row.Action, &row.RequestID, &row.Reason, &row.Changes, &added, &removed); err != nil {
				return err
			}
			row.At = instant(at)
			if err := json.Unmarshal(added, &row.Added); err != nil {
				return err
			}
			if err := json.Unmarshal(removed, &row.Removed); err != nil {
				return err
			}
			list = append(list, row)
			return nil
		})
	})
	return list, err
}
