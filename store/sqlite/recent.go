package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"rollcall/store"
)

// Recent digests what was changed at or after a time.
func (s *Store) Recent(ctx context.Context, tenant store.TenantID, types []string, since time.Time) (string, error) {
	digest := sha256.New()
	err := s.read(ctx, "recent", func(tx *readTx) error {
		for _, typ := range types {
			rows, err := tx.query(ctx, `SELECT id, version FROM resource WHERE tenant = ? AND type = ? AND modified >= ? ORDER BY modified, id`,
				int64(tenant), typ, micros(since))
			err = each(rows, err, func(rows *sql.Rows) error {
				var id string
				var version int64
				err := rows.Scan(&id, &version)
				_, _ = fmt.Fprintln(digest, id, version)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return hex.EncodeToString(digest.Sum(nil)), err
}
