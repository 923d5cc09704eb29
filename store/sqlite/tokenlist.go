package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"

	"rollcall/store"
)

const tokensOfSQL = `SELECT ` + tokenColumns + ` FROM token t WHERE t.tenant = ? AND t.subject = ? ORDER BY t.created DESC, t.prefix DESC LIMIT ?`

// selectTokens asks for one token more than a page has.
func selectTokens(search store.TokenSearch) fragment {
	text, args := `SELECT `+tokenColumns+` FROM token t WHERE t.tenant = ?`, []any{int64(search.Tenant)}
	beyond, order := `>`, ` ORDER BY t.connection, t.created, t.prefix LIMIT ?`
	if search.NewestFirst {
		beyond, order = `<`, ` ORDER BY t.connection DESC, t.created DESC, t.prefix DESC LIMIT ?`
	}
	if search.Connection != uuid.Nil {
		text += ` AND t.connection = ?`
		args = append(args, search.Connection.String())
	}
	if after := search.After; !after.IsZero() {
		text += ` AND (t.connection, t.created, t.prefix) ` + beyond + ` (?, ?, ?)`
		args = append(args, after.Connection.String(), micros(after.At), after.Prefix)
	}
	return fragment{text + order, append(args, search.Limit+1)}
}

// Tokens returns one page of tokens.
func (s *Store) Tokens(ctx context.Context, search store.TokenSearch) (page store.TokenPage, err error) {
	if search.Limit <= 0 {
		return page, nil
	}
	asked := selectTokens(search)
	page.Tokens, err = s.tokens(ctx, asked.text, asked.args...)
	if page.More = len(page.Tokens) > search.Limit; page.More {
		page.Tokens = page.Tokens[:search.Limit]
	}
	return page, err
}

// TokensOf lists the tokens that act for a user.
func (s *Store) TokensOf(ctx context.Context, tenant store.TenantID, subject uuid.UUID, limit int) ([]store.Token, error) {
	return s.tokens(ctx, tokensOfSQL, int64(tenant), subject.String(), max(limit, 0))
}

func (s *Store) tokens(ctx context.Context, text string, args ...any) (list []store.Token, err error) {
	err = s.read(ctx, "tokens", func(tx *readTx) error {
		rows, err := tx.query(ctx, text, args...)
		return each(rows, err, func(rows *sql.Rows) error {
			var row tokenRow
			if err := rows.Scan(row.into()...); err != nil {
				return err
			}
			token, err := row.read()
			list = append(list, token)
			return err
		})
	})
	return list, err
}

// Those that end and those that do not are two stretches of an index.
const tokenUsesSQL = `SELECT c.id, c.last_used,
	(SELECT count(*) FROM (SELECT 1 FROM token t WHERE t.tenant = c.tenant AND t.connection = c.id AND t.revoked IS NULL AND t.expires > ?2 LIMIT ?3)) +
	(SELECT count(*) FROM (SELECT 1 FROM token t WHERE t.tenant = c.tenant AND t.connection = c.id AND t.revoked IS NULL AND t.expires IS NULL LIMIT ?3))
	FROM connection c WHERE c.tenant = ?1`

// TokenUses says how the tokens of each connection stand.
func (s *Store) TokenUses(ctx context.Context, tenant store.TenantID, at time.Time, most int) (map[uuid.UUID]store.TokenUse, error) {
	uses := map[uuid.UUID]store.TokenUse{}
	err := s.read(ctx, "token uses", func(tx *readTx) error {
		rows, err := tx.query(ctx, tokenUsesSQL, int64(tenant), micros(at), max(most, 0))
		return each(rows, err, func(rows *sql.Rows) error {
			var connection uuid.UUID
			var lastUsed sql.NullInt64
			var use store.TokenUse
			if err := rows.Scan(&connection, &lastUsed, &use.Working); err != nil {
				return err
			}
			if lastUsed.Valid {
				use.LastUsed = instant(lastUsed.Int64)
			}
			use.Working = min(use.Working, max(most, 0))
			uses[connection] = use
			return nil
		})
	})
	return uses, err
}
