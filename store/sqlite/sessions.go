package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// CreateSignInLink stores a link.
func (s *Store) CreateSignInLink(ctx context.Context, link store.SignInLink, audit store.Audit) error {
	return s.write(ctx, "create sign-in link", func(tx *writeTx) error {
		if err := audit.Check(); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO sign_in_link (hash, tenant, operator, expires) VALUES (?, ?, ?, ?)`,
			link.Hash, int64(link.Tenant), link.Operator.String(), micros(link.Expires))
		if err != nil {
			return takenOperator(err)
		}
		return tx.audit(ctx, int64(link.Tenant), store.OperatorSubject, link.Operator.String(), 0, audit, moved{})
	})
}

// SignInLink returns the link with that hash and whose it is.
func (s *Store) SignInLink(ctx context.Context, hash []byte) (store.SessionGrant, error) {
	var row operatorRow
	var tenant store.Tenant
	var made, expires int64
	err := s.one(ctx, "sign-in link", `SELECT `+operatorColumns+`, n.id, n.name, n.created, l.expires
		FROM sign_in_link l JOIN operator o ON o.tenant = l.tenant AND o.id = l.operator JOIN tenant n ON n.id = l.tenant WHERE l.hash = ?`,
		[]any{hash}, append(row.into(), &tenant.ID, &tenant.Name, &made, &expires)...)
	if err != nil {
		return store.SessionGrant{}, err
	}
	tenant.Created = instant(made)
	return store.SessionGrant{Operator: row.operator(), Tenant: tenant, Session: store.Session{Expires: instant(expires)}}, nil
}

// OpenSession stores a session, and uses up the link by which it begins.
func (s *Store) OpenSession(ctx context.Context, session store.Session, link []byte, audit store.Audit) error {
	return s.write(ctx, "open session", func(tx *writeTx) error {
		if err := errors.Join(session.Check(), audit.Check()); err != nil {
			return err
		}
		tenant, operator, created := int64(session.Tenant), session.Operator.String(), micros(session.Created)
		if link != nil {
			used, err := tx.exec(ctx, `DELETE FROM sign_in_link WHERE hash = ? AND tenant = ? AND operator = ? AND expires > ?`, link, tenant, operator, created)
			switch {
			case err != nil:
				return err
			case used == 0:
				return store.ErrNotFound
			}
		}
		_, err := tx.exec(ctx, `INSERT INTO session (tenant, id, hash, operator, created, seen, expires, address, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			tenant, session.ID.String(), session.Hash, operator, created, micros(session.Seen), micros(session.Expires), session.Address, session.Agent)
		if err != nil {
			return takenOperator(err)
		}
		if _, err := tx.exec(ctx, `UPDATE operator SET last_sign_in = ? WHERE tenant = ? AND id = ?`, created, tenant, operator); err != nil {
			return err
		}
		return tx.audit(ctx, tenant, store.OperatorSubject, operator, 0, audit, moved{})
	})
}

const sessionColumns = `s.id, s.hash, s.tenant, s.operator, s.created, s.seen, s.expires, s.address, s.agent`

// sessionRow is a session as it is stored.
type sessionRow struct {
	store.Session
	created, seen, expires int64
}

func (r *sessionRow) into() []any {
	return []any{&r.ID, &r.Hash, &r.Tenant, &r.Operator, &r.created, &r.seen, &r.expires, &r.Address, &r.Agent}
}

func (r *sessionRow) session() store.Session {
	r.Created, r.Seen, r.Expires = instant(r.created), instant(r.seen), instant(r.expires)
	return r.Session
}

// SessionOf returns the session with that hash and whose it is.
func (s *Store) SessionOf(ctx context.Context, hash []byte) (store.SessionGrant, error) {
	var row sessionRow
	var whose operatorRow
	var tenant store.Tenant
	var made int64
	err := s.one(ctx, "session", `SELECT `+sessionColumns+`, `+operatorColumns+`, n.id, n.name, n.created
		FROM session s JOIN operator o ON o.tenant = s.tenant AND o.id = s.operator JOIN tenant n ON n.id = s.tenant WHERE s.hash = ?`,
		[]any{hash}, append(append(row.into(), whose.into()...), &tenant.ID, &tenant.Name, &made)...)
	if err != nil {
		return store.SessionGrant{}, err
	}
	tenant.Created = instant(made)
	return store.SessionGrant{Session: row.session(), Operator: whose.operator(), Tenant: tenant}, nil
}

// Sessions lists the sessions of a tenant, newest first.
func (s *Store) Sessions(ctx context.Context, tenant store.TenantID) ([]store.Session, error) {
	var list []store.Session
	err := s.read(ctx, "sessions", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT `+sessionColumns+` FROM session s WHERE s.tenant = ? ORDER BY s.created DESC, s.id`, int64(tenant))
		return each(rows, err, func(rows *sql.Rows) error {
			var row sessionRow
			err := rows.Scan(row.into()...)
			list = append(list, row.session())
			return err
		})
	})
	return list, err
}

// EndSession removes a session.
func (s *Store) EndSession(ctx context.Context, tenant store.TenantID, id uuid.UUID, audit store.Audit) error {
	return s.write(ctx, "end session", func(tx *writeTx) error {
		if err := audit.Check(); err != nil {
			return err
		}
		var operator string
		if err := tx.row(ctx, `DELETE FROM session WHERE tenant = ? AND id = ? RETURNING operator`, []any{int64(tenant), id.String()}, &operator); err != nil {
			return noRows(err)
		}
		return tx.audit(ctx, int64(tenant), store.OperatorSubject, operator, 0, audit, moved{})
	})
}

// TouchSession moves Seen forward.
func (s *Store) TouchSession(ctx context.Context, tenant store.TenantID, id uuid.UUID, seen time.Time) error {
	return s.write(ctx, "touch session", func(tx *writeTx) error {
		_, err := tx.exec(ctx, `UPDATE session SET seen = ?1 WHERE tenant = ?2 AND id = ?3 AND seen < ?1`, micros(seen), int64(tenant), id.String())
		return err
	})
}

// ForgetSessions removes sessions and links that ended before a time.
func (s *Store) ForgetSessions(ctx context.Context, before time.Time) (int, error) {
	var removed int64
	err := s.write(ctx, "forget sessions", func(tx *writeTx) error {
		sessions, err := tx.exec(ctx, `DELETE FROM session WHERE expires < ?`, micros(before))
		if err != nil {
			return err
		}
		links, err := tx.exec(ctx, `DELETE FROM sign_in_link WHERE expires < ?`, micros(before))
		removed = sessions + links
		return err
	})
	return int(removed), err
}
