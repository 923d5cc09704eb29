package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"

	"rollcall/store"
)

// recordColumns are what scanRecord reads, of a resource r.
const recordColumns = `r.rid, r.tenant, r.type, r.id, r.name, r.external_id, r.sort_name, r.label, r.created, r.modified, r.version,
	r.doc, ` + readFacts

const getRecord = `SELECT ` + recordColumns + ` FROM resource r WHERE r.tenant = ? AND r.type = ? AND r.id = ?`

func scanRecord(scan func(...any) error) (rid int64, record store.Record, err error) {
	var (
		id                       string
		name, external, sortName sql.NullString
		created, modified        int64
		facts                    factRow
	)
	err = scan(append([]any{
		&rid, &record.Tenant, &record.Type, &id, &name, &external, &sortName, &record.Label, &created, &modified, &record.Version, &record.Document,
	}, facts.into()...)...)
	if err != nil {
		return 0, store.Record{}, err
	}
	if record.ID, err = uuid.Parse(id); err != nil {
		return 0, store.Record{}, fmt.Errorf("id of a resource: %w", err)
	}
	record.Name, record.ExternalID, record.SortName = name.String, external.String, sortName.String
	record.Created, record.Modified = instant(created), instant(modified)
	record.Facts, err = facts.facts()
	return rid, record, err
}

// Get returns one resource.
func (s *Store) Get(ctx context.Context, key store.Key, with store.Relations) (store.Record, error) {
	records := make([]store.Record, 1)
	err := s.readFixed(ctx, "get", getRecord, func(tx *readTx) error {
		row := tx.fixed.QueryRowContext(ctx, int64(key.Tenant), key.Type, key.ID.String())
		rid, found, err := scanRecord(row.Scan)
		if err != nil {
			return noRows(err)
		}
		records[0] = found
		return relate(ctx, tx, []int64{rid}, records, with)
	})
	return records[0], err
}

// PasswordHash returns the stored hash of a resource's password.
func (s *Store) PasswordHash(ctx context.Context, key store.Key) (string, error) {
	var hash string
	err := s.one(ctx, "password hash", `SELECT c.hash FROM resource r JOIN credential c ON c.rid = r.rid
		WHERE r.tenant = ? AND r.type = ? AND r.id = ?`, []any{int64(key.Tenant), key.Type, key.ID.String()}, &hash)
	return hash, err
}
