package postgres

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	tokenColumns = `k.prefix, k.tenant, k.connection, k.hash, k.scopes, k.subject, k.created, k.expires, k.revoked, k.last_used`

	createTokenSQL = `WITH made AS (
		INSERT INTO token (prefix, tenant, connection, hash, scopes, subject, created, expires, revoked, last_used)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING tenant, connection)
	INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	SELECT m.tenant, $11, m.connection, 1, $12, $13, $14, $15, $16, $17, $18 FROM made m`

	grantSQL = `SELECT ` + tokenColumns + `, ` + connectionColumns + `, t.id, t.name, t.created
	FROM token k JOIN connection c ON c.tenant = k.tenant AND c.id = k.connection JOIN tenant t ON t.id = k.tenant
	WHERE k.prefix = $1`

	// A second revocation finds the token, keeps its time and leaves no trail.
	revokeTokenSQL = `WITH changed AS (
		UPDATE token k SET revoked = $3 WHERE k.tenant = $1 AND k.prefix = $2 AND k.revoked IS NULL RETURNING k.tenant, k.connection),
	noted AS (INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
		SELECT c.tenant, $4, c.connection, 1, $5, $6, $7, $8, $9, $10, $11 FROM changed c)
	SELECT 1 FROM token k WHERE k.tenant = $1 AND k.prefix = $2`

	// The rows are locked in one order for all, so that two copies that write
	// down what they saw do not wait for each other in a circle.
	touchTokensSQL = `WITH touched AS (
		UPDATE token k SET last_used = u.at FROM (
			SELECT t.prefix, x.at FROM unnest($1::text[], $2::timestamptz[]) AS x (prefix, at)
			JOIN token t ON t.prefix = x.prefix WHERE t.last_used IS NULL OR t.last_used < x.at
			ORDER BY t.prefix FOR NO KEY UPDATE OF t) u
		WHERE k.prefix = u.prefix AND (k.last_used IS NULL OR k.last_used < u.at) RETURNING k.tenant, k.connection, k.last_used),
	latest AS (SELECT n.tenant, n.connection, max(n.last_used) AS at FROM touched n GROUP BY n.tenant, n.connection)
	UPDATE connection c SET last_used = u.at FROM (
		SELECT o.tenant, o.id, l.at FROM latest l JOIN connection o ON o.tenant = l.tenant AND o.id = l.connection
		WHERE o.last_used IS NULL OR o.last_used < l.at ORDER BY o.tenant, o.id FOR NO KEY UPDATE OF o) u
	WHERE c.tenant = u.tenant AND c.id = u.id AND (c.last_used IS NULL OR c.last_used < u.at)`
)

// CreateToken stores a token.
func (s *Store) CreateToken(ctx context.Context, token store.Token, audit store.Audit) error {
	if err := errors.Join(token.Check(), audit.Check()); err != nil {
		return failure(ctx, "create token", err)
	}
	scopes := token.Scopes
	if scopes == nil {
		scopes = []string{}
	}
	args := append([]any{
		token.Prefix, int64(token.Tenant), id(token.Connection), token.Hash, scopes, idOrNull(token.Subject), token.Created,
		timeOrNull(token.Expires), timeOrNull(token.Revoked), timeOrNull(token.LastUsed), store.TokenSubject,
	}, auditArgs(&audit)...)
	_, err := s.pool.Exec(ctx, createTokenSQL, args...)
	return failure(ctx, "create token", err)
}

// Grant returns the token with that prefix and what it belongs to.
func (s *Store) Grant(ctx context.Context, prefix string) (store.Grant, error) {
	if !store.Storable(prefix) {
		return store.Grant{}, failure(ctx, "get token", store.ErrNotFound)
	}
	var token tokenRow
	var connection connectionRow
	var tenant store.Tenant
	var created pgtype.Timestamptz
	targets := append(token.targets(), connection.targets()...)
	targets = append(targets, (*int64)(&tenant.ID), &tenant.Name, &created)
	if err := s.pool.QueryRow(ctx, grantSQL, prefix).Scan(targets...); err != nil {
		return store.Grant{}, failure(ctx, "get token", err)
	}
	tenant.Created = instant(created)
	return store.Grant{Token: token.token(), Tenant: tenant, Connection: connection.connection()}, nil
}

// RevokeToken sets Revoked if it is not set.
func (s *Store) RevokeToken(ctx context.Context, tenant store.TenantID, prefix string, at time.Time, audit store.Audit) error {
	if !store.Storable(prefix) {
		return failure(ctx, "revoke token", store.ErrNotFound)
	}
	if err := audit.Check(); err != nil {
		return failure(ctx, "revoke token", err)
	}
	args := append([]any{int64(tenant), prefix, at, store.TokenSubject}, auditArgs(&audit)...)
	var found int
	return failure(ctx, "revoke token", s.pool.QueryRow(ctx, revokeTokenSQL, args...).Scan(&found))
}

// TouchTokens moves LastUsed forward, and that of the connections.
func (s *Store) TouchTokens(ctx context.Context, used map[string]time.Time) error {
	prefixes, times := make([]string, 0, len(used)), make([]time.Time, 0, len(used))
	for _, prefix := range slices.Sorted(maps.Keys(used)) {
		if store.Storable(prefix) {
			prefixes, times = append(prefixes, prefix), append(times, used[prefix])
		}
	}
	if len(prefixes) == 0 {
		return nil
	}
	return failure(ctx, "touch tokens", retry(ctx, func() error {
		_, err := s.pool.Exec(ctx, touchTokensSQL, prefixes, times)
		return err
	}))
}

// tokenRow receives tokenColumns.
type tokenRow struct {
	store.Token
	connection, subject                 pgtype.UUID
	created, expires, revoked, lastUsed pgtype.Timestamptz
}

func (w *tokenRow) targets() []any {
	return []any{
		&w.Prefix, (*int64)(&w.Tenant), &w.connection, &w.Hash, &w.Scopes, &w.subject, &w.created, &w.expires, &w.revoked, &w.lastUsed,
	}
}

func (w *tokenRow) token() store.Token {
	token := w.Token
	token.Connection, token.Subject, token.Created = w.connection.Bytes, w.subject.Bytes, instant(w.created)
	token.Expires, token.Revoked, token.LastUsed = instant(w.expires), instant(w.revoked), instant(w.lastUsed)
	return token
}
