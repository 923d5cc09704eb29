package sqlite

import (
	"context"
	"time"

	"rollcall/store"
)

// links replaces the links of their kinds.
func (c commit) links(ctx context.Context, key store.Key, links []store.Link) error {
	tenant, id := int64(key.Tenant), key.ID.String()
	for _, link := range links {
		_, err := c.exec(ctx, `DELETE FROM link WHERE tenant = ? AND type = ? AND id = ? AND kind = ?`, tenant, key.Type, id, link.Kind)
		if err != nil {
			return err
		}
		if link.Hash == nil {
			continue
		}
		_, err = c.exec(ctx, `INSERT INTO link (tenant, type, id, kind, hash, expires) VALUES (?, ?, ?, ?, ?, ?)`,
			tenant, key.Type, id, link.Kind, link.Hash, micros(link.Expires))
		if taken(err) {
			return &store.UniquenessError{}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// revoke revokes the tokens of a resource.
func (c commit) revoke(ctx context.Context, key store.Key, at time.Time) error {
	_, err := c.exec(ctx, `UPDATE token SET revoked = ? WHERE tenant = ? AND subject = ? AND revoked IS NULL`,
		micros(at), int64(key.Tenant), key.ID.String())
	return err
}

// LinkOf finds a link by its hash.
func (s *Store) LinkOf(ctx context.Context, tenant store.TenantID, kind string, hash []byte) (store.Key, store.Link, error) {
	key, link := store.Key{Tenant: tenant}, store.Link{Kind: kind, Hash: hash}
	var expires int64
	err := s.one(ctx, "find link", `SELECT l.type, l.id, l.expires FROM link l CROSS JOIN resource r ON r.tenant = l.tenant AND r.type = l.type AND r.id = l.id
		WHERE l.tenant = ? AND l.kind = ? AND l.hash = ?`, []any{int64(tenant), kind, hash}, &key.Type, &key.ID, &expires)
	if err != nil {
		return store.Key{}, store.Link{}, err
	}
	link.Expires = instant(expires)
	return key, link, nil
}
