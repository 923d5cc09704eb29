package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	tokensOfSQL = `SELECT ` + tokenColumns + ` FROM token k WHERE k.tenant = $1 AND k.subject = $2 ORDER BY k.created DESC, k.prefix DESC LIMIT $3`

	// Those that end and those that do not are two stretches of an index.
	tokenUsesSQL = `SELECT c.id, c.last_used,
	(SELECT count(*) FROM (SELECT FROM token k WHERE k.tenant = c.tenant AND k.connection = c.id AND k.revoked IS NULL AND k.expires > $2 LIMIT $3) n) +
	(SELECT count(*) FROM (SELECT FROM token k WHERE k.tenant = c.tenant AND k.connection = c.id AND k.revoked IS NULL AND k.expires IS NULL LIMIT $3) n)
	FROM connection c WHERE c.tenant = $1`
)

// selectTokens asks for one token more than a page has.
func selectTokens(search store.TokenSearch) *statement {
	q := &statement{}
	q.add(`SELECT `, tokenColumns, ` FROM token k WHERE k.tenant = `, q.arg(int64(search.Tenant)))
	beyond, order := `>`, ` ORDER BY k.connection, k.created, k.prefix LIMIT `
	if search.NewestFirst {
		beyond, order = `<`, ` ORDER BY k.connection DESC, k.created DESC, k.prefix DESC LIMIT `
	}
	if search.Connection != uuid.Nil {
		q.add(` AND k.connection = `, q.arg(id(search.Connection)))
	}
	if after := search.After; !after.IsZero() {
		q.add(` AND (k.connection, k.created, k.prefix) `, beyond, ` (`, q.arg(id(after.Connection)), `, `, q.arg(after.At), `, `, q.arg(after.Prefix), `)`)
	}
	q.add(order, q.arg(int64(search.Limit)+1))
	return q
}

// Tokens returns one page of tokens.
func (s *Store) Tokens(ctx context.Context, search store.TokenSearch) (page store.TokenPage, err error) {
	if search.Limit <= 0 {
		return page, nil
	}
	if err := store.CheckKey("prefix", search.After.Prefix); err != nil {
		return page, failure(ctx, "list tokens", err)
	}
	q := selectTokens(search)
	page.Tokens, err = s.tokens(ctx, q.sql(), append([]any{planned}, q.args...)...)
	if page.More = len(page.Tokens) > search.Limit; page.More {
		page.Tokens = page.Tokens[:search.Limit]
	}
	return page, err
}

// TokensOf lists the tokens that act for a user.
func (s *Store) TokensOf(ctx context.Context, tenant store.TenantID, subject uuid.UUID, limit int) ([]store.Token, error) {
	return s.tokens(ctx, tokensOfSQL, planned, int64(tenant), id(subject), int64(max(limit, 0)))
}

func (s *Store) tokens(ctx context.Context, text string, args ...any) ([]store.Token, error) {
	return collect(ctx, s, "list tokens", func(source pgx.Row) (store.Token, error) {
		var w tokenRow
		err := source.Scan(w.targets()...)
		return w.token(), err
	}, text, args...)
}

// TokenUses says how the tokens of each connection stand.
func (s *Store) TokenUses(ctx context.Context, tenant store.TenantID, at time.Time, most int) (map[uuid.UUID]store.TokenUse, error) {
	rows, err := s.pool.Query(ctx, tokenUsesSQL, planned, int64(tenant), at, int64(max(most, 0)))
	if err != nil {
		return nil, failure(ctx, "token uses", err)
	}
	var connection pgtype.UUID
	var lastUsed pgtype.Timestamptz
	var working int
	uses := map[uuid.UUID]store.TokenUse{}
	_, err = pgx.ForEachRow(rows, []any{&connection, &lastUsed, &working}, func() error {
		uses[connection.Bytes] = store.TokenUse{Working: min(working, max(most, 0)), LastUsed: instant(lastUsed)}
		return nil
	})
	return uses, failure(ctx, "token uses", err)
}
