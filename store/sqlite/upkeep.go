package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"rollcall/store"
)

// Of what has been put off, the time to which it was.
const (
	fires         = `max(due, coalesce(postponed, due))`
	departedFires = `max(purge_after, coalesce(postponed, purge_after))`
	listDue       = `SELECT tenant, type, id, due FROM (
		SELECT * FROM (SELECT tenant, type, id, due, ` + fires + ` AS fires FROM resource
			WHERE due IS NOT NULL AND ` + fires + ` <= ?1 ORDER BY ` + fires + ` LIMIT ?2)
		UNION ALL
		SELECT * FROM (SELECT tenant, type, id, purge_after AS due, ` + departedFires + ` AS fires FROM departed
			WHERE purge_after IS NOT NULL AND ` + departedFires + ` <= ?1 ORDER BY ` + departedFires + ` LIMIT ?2)
	) ORDER BY fires LIMIT ?2`
)

// Due returns what something has to be done about, those longest due first.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]store.DueResource, error) {
	var list []store.DueResource
	err := s.read(ctx, "due", func(tx *readTx) error {
		rows, err := tx.query(ctx, listDue, micros(now), max(limit, 0))
		return each(rows, err, func(rows *sql.Rows) error {
			var one store.DueResource
			var due int64
			err := rows.Scan(&one.Key.Tenant, &one.Key.Type, &one.Key.ID, &due)
			one.Due = instant(due)
			list = append(list, one)
			return err
		})
	})
	return list, err
}

// Reschedule writes when resources are due.
func (s *Store) Reschedule(ctx context.Context, tenant store.TenantID, typ string, due []store.Scheduled) error {
	return s.write(ctx, "reschedule", func(tx *writeTx) error {
		for _, one := range due {
			_, err := tx.exec(ctx, `UPDATE resource SET due = ? WHERE tenant = ? AND type = ? AND id = ? AND facts_revision = ?`,
				optionalMicros(one.Due), int64(tenant), typ, one.ID.String(), one.Revision)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Postpone lets Due pass over a resource until a time.
func (s *Store) Postpone(ctx context.Context, key store.Key, until time.Time) error {
	return s.write(ctx, "postpone", func(tx *writeTx) error {
		for _, table := range []string{"resource", "departed"} {
			_, err := tx.exec(ctx, `UPDATE `+table+` SET postponed = ? WHERE tenant = ? AND type = ? AND id = ?`,
				optionalMicros(until), int64(key.Tenant), key.Type, key.ID.String())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Lease gives a name to an owner, if nobody else holds it.
func (s *Store) Lease(ctx context.Context, name, owner string, now, until time.Time) (held bool, err error) {
	err = s.write(ctx, "lease", func(tx *writeTx) error {
		if err := errors.Join(store.CheckKey("name of a lease", name), store.CheckKey("owner of a lease", owner)); err != nil {
			return err
		}
		written, err := tx.exec(ctx, `INSERT INTO lease (name, owner, until) VALUES (?1, ?2, ?4)
			ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE owner = excluded.owner OR until <= ?3`,
			name, owner, micros(now), micros(until))
		held = written > 0
		return err
	})
	return held && err == nil, err
}

// ForgetSignIns removes the oldest rows of the history of sign-ins.
func (s *Store) ForgetSignIns(ctx context.Context, tenant store.TenantID, before time.Time, limit int) (n int, err error) {
	err = s.write(ctx, "forget sign-ins", func(tx *writeTx) error {
		removed, err := tx.exec(ctx, `DELETE FROM sign_in WHERE seq IN (SELECT seq FROM sign_in WHERE tenant = ? AND at < ? ORDER BY at LIMIT ?)`,
			int64(tenant), micros(before), max(limit, 0))
		n = int(removed)
		return err
	})
	return n, err
}
