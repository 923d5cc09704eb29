package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"rollcall/store"
)

// GetAll returns those of the resources that exist, in the order of the keys.
func (s *Store) GetAll(ctx context.Context, keys []store.Key, with store.Relations) ([]store.Record, error) {
	var records []store.Record
	err := s.readFixed(ctx, "get several", getRecord, func(tx *readTx) error {
		rids := make([]int64, 0, len(keys))
		for _, key := range keys {
			rid, record, err := scanRecord(tx.fixed.QueryRowContext(ctx, int64(key.Tenant), key.Type, key.ID.String()).Scan)
			if err = noRows(err); errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			records, rids = append(records, record), append(rids, rid)
		}
		return relate(ctx, tx, rids, records, with)
	})
	return records, err
}

const takenNames = `SELECT r.name FROM json_each(?) n CROSS JOIN resource r ON r.tenant = ? AND r.type = ? AND r.name = n.value`

// Taken returns those of the names that resources of the type have.
func (s *Store) Taken(ctx context.Context, tenant store.TenantID, typ string, names []string) (taken []string, err error) {
	list, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, "look for names", func(tx *readTx) error {
		rows, err := tx.query(ctx, takenNames, string(list), int64(tenant), typ)
		return each(rows, err, func(rows *sql.Rows) error {
			var name string
			err := rows.Scan(&name)
			taken = append(taken, name)
			return err
		})
	})
	return taken, err
}
