package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	createSignInLinkSQL = `WITH made AS (
		INSERT INTO sign_in_link (hash, tenant, operator, expires) VALUES ($1, $2, $3, $4) RETURNING tenant, operator)
	INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	SELECT m.tenant, $5, m.operator, 0, $6, $7, $8, $9, $10, $11, $12 FROM made m`

	signInLinkSQL = `SELECT ` + operatorColumns + `, t.id, t.name, t.created, l.expires
	FROM sign_in_link l JOIN operator o ON o.tenant = l.tenant AND o.id = l.operator JOIN tenant t ON t.id = l.tenant WHERE l.hash = $1`

	// A link is used up by whoever deletes it; a session that begins without
	// one has no hash to look for.
	openSessionSQL = `WITH used AS (
		DELETE FROM sign_in_link l WHERE l.hash = $10 AND l.tenant = $1 AND l.operator = $4 AND l.expires > $5 RETURNING 1),
	made AS (
		INSERT INTO session (tenant, id, hash, operator, created, seen, expires, address, agent)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE $10::bytea IS NULL OR EXISTS (SELECT 1 FROM used)
		RETURNING tenant, operator, created),
	marked AS (UPDATE operator o SET last_sign_in = m.created FROM made m WHERE o.tenant = m.tenant AND o.id = m.operator)
	INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	SELECT m.tenant, $11, m.operator, 0, $12, $13, $14, $15, $16, $17, $18 FROM made m`

	sessionColumns = `s.tenant, s.id, s.hash, s.operator, s.created, s.seen, s.expires, s.address, s.agent`

	sessionOfSQL = `SELECT ` + sessionColumns + `, ` + operatorColumns + `, t.id, t.name, t.created
	FROM session s JOIN operator o ON o.tenant = s.tenant AND o.id = s.operator JOIN tenant t ON t.id = s.tenant WHERE s.hash = $1`

	endSessionSQL = `WITH ended AS (DELETE FROM session s WHERE s.tenant = $1 AND s.id = $2 RETURNING s.tenant, s.operator)
	INSERT INTO audit (tenant, type, subject, version, at, actor_kind, actor_id, action, request_id, reason, changes)
	SELECT e.tenant, $3, e.operator, 0, $4, $5, $6, $7, $8, $9, $10 FROM ended e`

	touchSessionSQL = `UPDATE session SET seen = $1 WHERE tenant = $2 AND id = $3 AND seen < $1`

	forgetSessionsSQL = `WITH links AS (DELETE FROM sign_in_link WHERE expires < $1 RETURNING 1),
	sessions AS (DELETE FROM session WHERE expires < $1 RETURNING 1)
	SELECT (SELECT count(*) FROM links) + (SELECT count(*) FROM sessions)`
)

// CreateSignInLink stores a link.
func (s *Store) CreateSignInLink(ctx context.Context, link store.SignInLink, audit store.Audit) error {
	if err := audit.Check(); err != nil {
		return failure(ctx, "create sign-in link", err)
	}
	args := append([]any{link.Hash, int64(link.Tenant), id(link.Operator), link.Expires, store.OperatorSubject}, auditArgs(&audit)...)
	_, err := s.pool.Exec(ctx, createSignInLinkSQL, args...)
	return failure(ctx, "create sign-in link", err)
}

// SignInLink returns the link with that hash and whose it is.
func (s *Store) SignInLink(ctx context.Context, hash []byte) (store.SessionGrant, error) {
	var whose operatorRow
	var tenant store.Tenant
	var made, expires pgtype.Timestamptz
	targets := append(whose.targets(), (*int64)(&tenant.ID), &tenant.Name, &made, &expires)
	if err := s.pool.QueryRow(ctx, signInLinkSQL, hash).Scan(targets...); err != nil {
		return store.SessionGrant{}, failure(ctx, "get sign-in link", err)
	}
	tenant.Created = instant(made)
	return store.SessionGrant{Operator: whose.operator(), Tenant: tenant, Session: store.Session{Expires: instant(expires)}}, nil
}

// OpenSession stores a session, and uses up the link by which it begins.
func (s *Store) OpenSession(ctx context.Context, session store.Session, link []byte, audit store.Audit) error {
	if err := errors.Join(session.Check(), audit.Check()); err != nil {
		return failure(ctx, "open session", err)
	}
	args := append([]any{
		int64(session.Tenant), id(session.ID), session.Hash, id(session.Operator), session.Created, session.Seen, session.Expires,
		session.Address, session.Agent, link, store.OperatorSubject,
	}, auditArgs(&audit)...)
	tag, err := s.pool.Exec(ctx, openSessionSQL, args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = store.ErrNotFound
	}
	return failure(ctx, "open session", err)
}

// SessionOf returns the session with that hash and whose it is.
func (s *Store) SessionOf(ctx context.Context, hash []byte) (store.SessionGrant, error) {
	var row sessionRow
	var whose operatorRow
	var tenant store.Tenant
	var made pgtype.Timestamptz
	targets := append(row.targets(), whose.targets()...)
	targets = append(targets, (*int64)(&tenant.ID), &tenant.Name, &made)
	if err := s.pool.QueryRow(ctx, sessionOfSQL, hash).Scan(targets...); err != nil {
		return store.SessionGrant{}, failure(ctx, "get session", err)
	}
	tenant.Created = instant(made)
	return store.SessionGrant{Session: row.session(), Operator: whose.operator(), Tenant: tenant}, nil
}

// Sessions lists the sessions of a tenant, newest first.
func (s *Store) Sessions(ctx context.Context, tenant store.TenantID) ([]store.Session, error) {
	return collect(ctx, s, "list sessions", func(source pgx.Row) (store.Session, error) {
		var row sessionRow
		err := source.Scan(row.targets()...)
		return row.session(), err
	}, `SELECT `+sessionColumns+` FROM session s WHERE s.tenant = $1 ORDER BY s.created DESC, s.id`, int64(tenant))
}

// EndSession removes a session.
func (s *Store) EndSession(ctx context.Context, tenant store.TenantID, of uuid.UUID, audit store.Audit) error {
	if err := audit.Check(); err != nil {
		return failure(ctx, "end session", err)
	}
	args := append([]any{int64(tenant), id(of), store.OperatorSubject}, auditArgs(&audit)...)
	tag, err := s.pool.Exec(ctx, endSessionSQL, args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = store.ErrNotFound
	}
	return failure(ctx, "end session", err)
}

// TouchSession moves Seen forward.
func (s *Store) TouchSession(ctx context.Context, tenant store.TenantID, of uuid.UUID, seen time.Time) error {
	_, err := s.pool.Exec(ctx, touchSessionSQL, seen, int64(tenant), id(of))
	return failure(ctx, "touch session", err)
}

// ForgetSessions removes sessions and links that ended before a time.
func (s *Store) ForgetSessions(ctx context.Context, before time.Time) (removed int, err error) {
	err = s.pool.QueryRow(ctx, forgetSessionsSQL, before).Scan(&removed)
	return removed, failure(ctx, "forget sessions", err)
}

// sessionRow receives sessionColumns.
type sessionRow struct {
	store.Session
	uuid, operator         pgtype.UUID
	created, seen, expires pgtype.Timestamptz
}

func (w *sessionRow) targets() []any {
	return []any{(*int64)(&w.Tenant), &w.uuid, &w.Hash, &w.operator, &w.created, &w.seen, &w.expires, &w.Address, &w.Agent}
}

func (w *sessionRow) session() store.Session {
	w.ID, w.Operator, w.Created, w.Seen, w.Expires = w.uuid.Bytes, w.operator.Bytes, instant(w.created), instant(w.seen), instant(w.expires)
	return w.Session
}
