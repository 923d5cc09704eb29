package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

// CreateToken stores a token.
func (s *Store) CreateToken(ctx context.Context, token store.Token, audit store.Audit) error {
	scopes, err := json.Marshal(token.Scopes)
	if err != nil {
		return wrap(ctx, "create token", err)
	}
	return s.write(ctx, "create token", func(tx *writeTx) error {
		if err := errors.Join(token.Check(), audit.Check()); err != nil {
			return err
		}
		// Selected from the connection, so that a token of none is no row.
		made, err := tx.exec(ctx, `INSERT INTO token (prefix, tenant, connection, hash, scopes, subject, created, expires, revoked, last_used)
			SELECT ?, tenant, id, ?, ?, ?, ?, ?, ?, ? FROM connection WHERE tenant = ? AND id = ?`,
			token.Prefix, token.Hash, string(scopes), optionalID(token.Subject), micros(token.Created), optionalMicros(token.Expires),
			optionalMicros(token.Revoked), optionalMicros(token.LastUsed), int64(token.Tenant), token.Connection.String())
		switch {
		case taken(err):
			return &store.UniquenessError{Attribute: "prefix"}
		case err != nil:
			return err
		case made == 0:
			return store.ErrNotFound
		}
		return tx.audit(ctx, int64(token.Tenant), store.TokenSubject, token.Connection.String(), 0, audit, moved{})
	})
}

const tokenColumns = `t.prefix, t.tenant, t.connection, t.hash, t.scopes, t.subject, t.created, t.expires, t.revoked, t.last_used`

// tokenRow is a token as it is stored.
type tokenRow struct {
	token                      store.Token
	scopes                     []byte
	subject                    uuid.NullUUID
	created                    int64
	expires, revoked, lastUsed sql.NullInt64
}

func (r *tokenRow) into() []any {
	return []any{&r.token.Prefix, &r.token.Tenant, &r.token.Connection, &r.token.Hash, &r.scopes, &r.subject, &r.created, &r.expires, &r.revoked, &r.lastUsed}
}

func (r *tokenRow) read() (store.Token, error) {
	token := r.token
	token.Subject, token.Created = r.subject.UUID, instant(r.created)
	for _, time := range []struct {
		from sql.NullInt64
		into *time.Time
	}{{r.expires, &token.Expires}, {r.revoked, &token.Revoked}, {r.lastUsed, &token.LastUsed}} {
		if time.from.Valid {
			*time.into = instant(time.from.Int64)
		}
	}
	return token, json.Unmarshal(r.scopes, &token.Scopes)
}

// Grant returns the token with that prefix and what it belongs to.
func (s *Store) Grant(ctx context.Context, prefix string) (store.Grant, error) {
	var (
		row                      tokenRow
		grant                    store.Grant
		made, connectionCreation int64
	)
	c := &grant.Connection
	err := s.one(ctx, "grant", `SELECT `+tokenColumns+`, n.id, n.name, n.created, `+connectionColumns+`
		FROM token t JOIN tenant n ON n.id = t.tenant JOIN connection c ON c.id = t.connection WHERE t.prefix = ?`, []any{prefix},
		append(row.into(), &grant.Tenant.ID, &grant.Tenant.Name, &made, &c.ID, &c.Tenant, &c.Name, &c.Kind, &c.Options, &connectionCreation)...)
	if err != nil {
		return store.Grant{}, err
	}
	grant.Tenant.Created, c.Created = instant(made), instant(connectionCreation)
	grant.Token, err = row.read()
	return grant, wrap(ctx, "grant", err)
}

// RevokeToken sets Revoked if it is not set.
func (s *Store) RevokeToken(ctx context.Context, tenant store.TenantID, prefix string, at time.Time, audit store.Audit) error {
	return s.write(ctx, "revoke token", func(tx *writeTx) error {
		if err := audit.Check(); err != nil {
			return err
		}
		var connection string
		var revoked sql.NullInt64
		err := tx.row(ctx, `SELECT connection, revoked FROM token WHERE tenant = ? AND prefix = ?`, []any{int64(tenant), prefix}, &connection, &revoked)
		if err != nil || revoked.Valid {
			return noRows(err)
		}
		if _, err := tx.exec(ctx, `UPDATE token SET revoked = ? WHERE prefix = ?`, micros(at), prefix); err != nil {
			return err
		}
		return tx.audit(ctx, int64(tenant), store.TokenSubject, connection, 0, audit, moved{})
	})
}

// touchTokensSQL take prefixes and times: of the tokens, and of their connections.
var touchTokensSQL = [...]string{
	`UPDATE token SET last_used = u.value FROM json_each(?) u WHERE token.prefix = u.key AND (last_used IS NULL OR last_used < u.value)`,
	`UPDATE connection SET last_used = n.at FROM (SELECT t.connection, max(u.value) AS at FROM json_each(?) u JOIN token t ON t.prefix = u.key GROUP BY t.connection) n
		WHERE connection.id = n.connection AND (last_used IS NULL OR last_used < n.at)`,
}

// TouchTokens moves LastUsed forward for the given prefixes, and that of their
// connections.
func (s *Store) TouchTokens(ctx context.Context, used map[string]time.Time) error {
	if len(used) == 0 {
		return nil
	}
	times := make(map[string]int64, len(used))
	for prefix, at := range used {
		times[prefix] = micros(at)
	}
	list, err := json.Marshal(times)
	if err != nil {
		return wrap(ctx, "touch tokens", err)
	}
	return s.write(ctx, "touch tokens", func(tx *writeTx) error {
		for _, text := range touchTokensSQL {
			if _, err := tx.exec(ctx, text, string(list)); err != nil {
				return err
			}
		}
		return nil
	})
}
