package postgres

import (
	"context"
	"time"

	"rollcall/store"
)

// A sum of hashes does not depend on the order of the rows. The tenant is named
// in the form that lets the index by time serve.
const recentSQL = `SELECT count(*)::text || ' ' || coalesce(sum(uuid_hash_extended(r.id, r.version)), 0)::text
	FROM resource r WHERE r.tenant + 5 = $1::bigint + 5 AND r.type = ANY($2::text[]) AND r.modified >= $3`

// Recent digests what was changed at or after a time.
func (s *Store) Recent(ctx context.Context, tenant store.TenantID, types []string, since time.Time) (string, error) {
	if err := store.CheckText("type", types...); err != nil {
		return "", failure(ctx, "recent", err)
	}
	var digest string
	err := s.pool.QueryRow(ctx, recentSQL, planned, int64(tenant), types, since).Scan(&digest)
	return digest, failure(ctx, "recent", err)
}
