package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	unlinkSQL = `DELETE FROM link WHERE tenant = $1 AND type = $2 AND id = $3 AND kind = ANY($4::text[])`

	linkSQL = `INSERT INTO link (tenant, type, id, kind, hash, expires)
	SELECT $1, $2, $3, x.kind, x.hash, x.expires FROM unnest($4::text[], $5::bytea[], $6::timestamptz[]) AS x (kind, hash, expires)`

	// What the subject's tokens are revoked with, in a delete as well.
	revokeSQL = `UPDATE token k SET revoked = $3 WHERE k.tenant = $1 AND k.subject = $2 AND k.revoked IS NULL`

	linkOfSQL = `SELECT l.type, l.id, l.expires FROM link l JOIN resource r ON r.tenant = l.tenant AND r.type = l.type AND r.id = l.id
	WHERE l.tenant = $1 AND l.kind = $2 AND l.hash = $3`

	signInsSQL = `SELECT at, number, succeeded, application, address, detail FROM sign_in
	WHERE tenant = $1 AND type = $2 AND id = $3 AND (at, number) < (coalesce($4::timestamptz, 'infinity'), $5) ORDER BY at DESC, number DESC LIMIT $6`
)

// links adds the statements that replace links. Of several of one kind the last
// counts.
func (p *plan) links(at int, change *store.Update) {
	if len(change.Links) == 0 {
		return
	}
	var all, kinds []string
	var hashes [][]byte
	var expires []time.Time
	seen := make(map[string]bool, len(change.Links))
	for i := len(change.Links) - 1; i >= 0; i-- {
		link := change.Links[i]
		if seen[link.Kind] {
			continue
		}
		seen[link.Kind] = true
		all = append(all, link.Kind)
		if link.Hash != nil {
			kinds, hashes, expires = append(kinds, link.Kind), append(hashes, link.Hash), append(expires, link.Expires)
		}
	}
	key := []any{int64(change.Key.Tenant), change.Key.Type, id(change.Key.ID)}
	p.steps = append(p.steps, step{change: at, sql: unlinkSQL, args: append(key[:3:3], all)})
	if len(kinds) > 0 {
		p.steps = append(p.steps, step{change: at, sql: linkSQL, args: append(key[:3:3], kinds, hashes, expires)})
	}
}

// revoke adds the statement that revokes the tokens of the resource.
func (p *plan) revoke(at int, key store.Key, when time.Time) {
	p.steps = append(p.steps, step{change: at, sql: revokeSQL, args: []any{int64(key.Tenant), id(key.ID), when}})
}

// LinkOf finds a link by its hash.
func (s *Store) LinkOf(ctx context.Context, tenant store.TenantID, kind string, hash []byte) (store.Key, store.Link, error) {
	if !store.Storable(kind) {
		return store.Key{}, store.Link{}, failure(ctx, "find link", store.ErrNotFound)
	}
	key, link := store.Key{Tenant: tenant}, store.Link{Kind: kind, Hash: hash}
	var of pgtype.UUID
	var expires pgtype.Timestamptz
	if err := s.pool.QueryRow(ctx, linkOfSQL, int64(tenant), kind, hash).Scan(&key.Type, &of, &expires); err != nil {
		return store.Key{}, store.Link{}, failure(ctx, "find link", err)
	}
	key.ID, link.Expires = of.Bytes, instant(expires)
	return key, link, nil
}

// SignIns returns the history of sign-ins, newest first.
func (s *Store) SignIns(ctx context.Context, key store.Key, before store.TimePosition, limit int) ([]store.SignIn, error) {
	return collect(ctx, s, "read sign-ins", func(source pgx.Row) (store.SignIn, error) {
		var one store.SignIn
		var at pgtype.Timestamptz
		err := source.Scan(&at, &one.Number, &one.Succeeded, &one.Application, &one.Address, &one.Detail)
		one.At = instant(at)
		return one, err
	}, signInsSQL, int64(key.Tenant), key.Type, id(key.ID), timeOrNull(before.At), before.Number, int64(max(limit, 0)))
}
