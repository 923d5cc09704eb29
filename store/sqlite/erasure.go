package sqlite

import (
	"context"
	"database/sql"

	"rollcall/store"
)

const (
	// The text of the condition is that of the index.
	listUnerased = `SELECT tenant, type, id, at, version FROM tombstone
		WHERE unerased = 1 AND (at, tenant, type, id) > (?1, ?2, ?3, ?4) ORDER BY at, tenant, type, id LIMIT ?5`

	setErased = `UPDATE tombstone SET unerased = 0 WHERE tenant = ? AND type = ? AND id = ? AND at = ? AND unerased = 1`
)

// Unerased returns tombstones of which something personal may be left.
func (s *Store) Unerased(ctx context.Context, after store.Tombstone, limit int) (list []store.Tombstone, err error) {
	at := int64(-1 << 63)
	if !after.At.IsZero() {
		at = micros(after.At)
	}
	err = s.read(ctx, "look for what is to be erased", func(tx *readTx) error {
		rows, err := tx.query(ctx, listUnerased, at, int64(after.Key.Tenant), after.Key.Type, after.Key.ID.String(), max(limit, 0))
		return each(rows, err, func(rows *sql.Rows) error {
			var one store.Tombstone
			var at int64
			err := rows.Scan(&one.Key.Tenant, &one.Key.Type, &one.Key.ID, &at, &one.Version)
			one.At = instant(at)
			list = append(list, one)
			return err
		})
	})
	return list, err
}

// SetErased notes that nothing personal is left.
func (s *Store) SetErased(ctx context.Context, tombstone store.Tombstone) error {
	key := tombstone.Key
	return s.write(ctx, "note an erasure", func(tx *writeTx) error {
		_, err := tx.exec(ctx, setErased, int64(key.Tenant), key.Type, key.ID.String(), micros(tombstone.At))
		return err
	})
}
