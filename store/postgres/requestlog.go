package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	// Who erases waits for those who log: they may not have seen the purge. Who
	// logs later sees it.
	logSharedSQL = `SELECT pg_advisory_xact_lock_shared(hashtext('rollcall request log'))`
	logAloneSQL  = `SELECT pg_advisory_xact_lock(hashtext('rollcall request log'))`

	// One statement for all: what it costs is what remembering costs.
	logSQL = `WITH x AS MATERIALIZED (
		SELECT nextval(pg_get_serial_sequence('request_log', 'number')) AS number, r.*
		FROM json_to_recordset($1) AS r (tenant bigint, connection uuid, at timestamptz, request_id text, method text, path text, query text, status integer,
			took bigint, normalisations text[], subjects uuid[], sent text, sent_left text, answered text, answered_left text)
		WHERE NOT EXISTS (SELECT 1 FROM unnest(r.subjects) AS s JOIN tombstone t ON t.tenant = r.tenant AND t.id = s)),
	logged AS (
		INSERT INTO request_log (number, tenant, connection, at, request_id, method, path, query, status, took, normalisations, subjects, sent, sent_left, answered, answered_left)
		OVERRIDING SYSTEM VALUE
		SELECT number, tenant, connection, at, request_id, method, path, query, status, took, normalisations, subjects, sent, sent_left, answered, answered_left FROM x)
	INSERT INTO request_log_subject (tenant, subject, number) SELECT DISTINCT x.tenant, s, x.number FROM x, unnest(x.subjects) AS s`

	trimLogSQL = `DELETE FROM request_log d WHERE d.tenant = $1 AND d.connection = $2 AND (d.at, d.number) <= (
		SELECT l.at, l.number FROM request_log l WHERE l.tenant = $1 AND l.connection = $2 ORDER BY l.at DESC, l.number DESC OFFSET $3 LIMIT 1)`

	forgetLogSQL = `DELETE FROM request_log d WHERE d.number = ANY (ARRAY(
		SELECT l.number FROM request_log l WHERE l.tenant = $1 AND l.at < $2 ORDER BY l.at LIMIT $3 FOR UPDATE SKIP LOCKED))`

	eraseLogSQL = `DELETE FROM request_log d WHERE d.number = ANY (ARRAY(
		SELECT s.number FROM request_log_subject s WHERE s.tenant = $1 AND s.subject = $2 ORDER BY s.number LIMIT $3))`

	logColumns = `l.connection, l.at, l.number, l.request_id, l.method, l.path, l.query, l.status, l.took, l.normalisations`
	logBodies  = `, l.subjects, l.sent, l.sent_left, l.answered, l.answered_left`
)

// loggedRow is a request as logSQL reads it.
type loggedRow struct {
	Tenant         int64       `json:"tenant"`
	Connection     uuid.UUID   `json:"connection"`
	At             time.Time   `json:"at"`
	RequestID      string      `json:"request_id"`
	Method         string      `json:"method"`
	Path           string      `json:"path"`
	Query          string      `json:"query"`
	Status         int         `json:"status"`
	Took           int64       `json:"took"`
	Normalisations []string    `json:"normalisations"`
	Subjects       []uuid.UUID `json:"subjects"`
	Sent           *string     `json:"sent"`
	SentLeft       string      `json:"sent_left"`
	Answered       *string     `json:"answered"`
	AnsweredLeft   string      `json:"answered_left"`
}

func rowOfLogged(r *store.LoggedRequest) loggedRow {
	kept := func(text []byte) *string {
		if text == nil {
			return nil
		}
		plain := string(text)
		return &plain
	}
	return loggedRow{
		int64(r.Tenant), r.Connection, r.At, r.RequestID, r.Method, r.Path, r.Query, r.Status, r.Took.Microseconds(),
		append([]string{}, r.Normalisations...), append([]uuid.UUID{}, r.Subjects...), kept(r.Sent.Text), string(r.Sent.Left), kept(r.Answered.Text), string(r.Answered.Left),
	}
}

// LogRequests stores requests.
func (s *Store) LogRequests(ctx context.Context, requests []store.LoggedRequest, most int) error {
	rows, trimmed := []loggedRow{}, map[store.Key]bool{}
	for i := range requests {
		r := &requests[i]
		if err := r.Check(); err != nil {
			return failure(ctx, "log requests", err)
		}
		rows = append(rows, rowOfLogged(r))
		trimmed[store.Key{Tenant: r.Tenant, ID: r.Connection}] = true
	}
	if len(rows) == 0 {
		return nil
	}
	document, err := json.Marshal(rows)
	if err != nil {
		return failure(ctx, "log requests", err)
	}
	batch := &pgx.Batch{}
	batch.Queue(logSharedSQL)
	batch.Queue(logSQL, string(document))
	for of := range trimmed {
		batch.Queue(trimLogSQL, int64(of.Tenant), id(of.ID), int64(max(most, 0)))
	}
	return failure(ctx, "log requests", retry(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() })
	}))
}

// LoggedRequests returns one page.
func (s *Store) LoggedRequests(ctx context.Context, search store.RequestSearch) (page store.RequestPage, err error) {
	if search.Limit <= 0 {
		return page, nil
	}
	if err := store.CheckKey("method", search.Method); err != nil {
		return page, failure(ctx, "search requests", err)
	}
	q := &statement{}
	q.add(`SELECT `, logColumns, ` FROM request_log l WHERE l.tenant = `, q.arg(int64(search.Tenant)))
	if search.Connection != uuid.Nil {
		q.add(` AND l.connection = `, q.arg(id(search.Connection)))
	}
	if search.Subject != uuid.Nil {
		q.add(` AND l.number = ANY (ARRAY(SELECT s.number FROM request_log_subject s WHERE s.tenant = `, q.arg(int64(search.Tenant)), ` AND s.subject = `, q.arg(id(search.Subject)), `))`)
	}
	if search.Method != "" {
		q.add(` AND l.method = `, q.arg(search.Method))
	}
	if search.Below > 0 {
		q.add(` AND l.status >= `, q.arg(int64(search.From)), ` AND l.status < `, q.arg(int64(search.Below)))
	}
	if !search.After.IsZero() {
		q.add(` AND (l.at, l.number) < (`, q.arg(search.After.At), `, `, q.arg(search.After.Number), `)`)
	}
	q.add(` ORDER BY l.at DESC, l.number DESC LIMIT `, q.arg(int64(search.Limit)+1))
	page.Requests, err = collect(ctx, s, "search requests", func(row pgx.Row) (store.LoggedRequest, error) {
		return scanLogged(row, search.Tenant)
	}, q.sql(), append([]any{planned}, q.args...)...)
	if page.More = len(page.Requests) > search.Limit; page.More {
		page.Requests = page.Requests[:search.Limit]
	}
	return page, err
}

// LoggedRequest returns one request.
func (s *Store) LoggedRequest(ctx context.Context, tenant store.TenantID, connection uuid.UUID, number int64) (store.LoggedRequest, error) {
	row := s.pool.QueryRow(ctx, `SELECT `+logColumns+logBodies+` FROM request_log l WHERE l.tenant = $1 AND l.connection = $2 AND l.number = $3`, int64(tenant), id(connection), number)
	var subjects []pgtype.UUID
	var sent, answered pgtype.Text
	var left [2]string
	found, err := scanLogged(row, tenant, &subjects, &sent, &left[0], &answered, &left[1])
	if err != nil {
		return store.LoggedRequest{}, failure(ctx, "request", err)
	}
	for _, one := range subjects {
		found.Subjects = append(found.Subjects, one.Bytes)
	}
	found.Sent, found.Answered = loggedBody(sent, left[0]), loggedBody(answered, left[1])
	return found, nil
}

func loggedBody(text pgtype.Text, left string) store.LoggedBody {
	body := store.LoggedBody{Left: store.WhyLeft(left)}
	if text.Valid {
		body.Text = []byte(text.String)
	}
	return body
}

// scanLogged scans logColumns and what is selected behind them.
func scanLogged(row pgx.Row, tenant store.TenantID, more ...any) (store.LoggedRequest, error) {
	r := store.LoggedRequest{Tenant: tenant}
	var connection pgtype.UUID
	var at pgtype.Timestamptz
	var took int64
	err := row.Scan(append([]any{&connection, &at, &r.Number, &r.RequestID, &r.Method, &r.Path, &r.Query, &r.Status, &took, &r.Normalisations}, more...)...)
	r.Connection, r.At, r.Took = connection.Bytes, instant(at), time.Duration(took)*time.Microsecond
	if len(r.Normalisations) == 0 {
		r.Normalisations = nil
	}
	return r, err
}

// ForgetRequests removes the oldest requests.
func (s *Store) ForgetRequests(ctx context.Context, tenant store.TenantID, before time.Time, limit int) (int, error) {
	tag, err := s.pool.Exec(ctx, forgetLogSQL, int64(tenant), before, int64(max(limit, 0)))
	return int(tag.RowsAffected()), failure(ctx, "forget requests", err)
}

// ClearRequests removes all requests of a connection.
func (s *Store) ClearRequests(ctx context.Context, tenant store.TenantID, connection uuid.UUID, audit store.Audit) error {
	if err := audit.Check(); err != nil {
		return failure(ctx, "clear requests", err)
	}
	batch := &pgx.Batch{}
	batch.Queue(logAloneSQL)
	batch.Queue(trimLogSQL, int64(tenant), id(connection), int64(0))
	batch.Queue(noteSQL, append([]any{int64(tenant), store.ConnectionSubject, id(connection)}, auditArgs(&audit)...)...)
	return failure(ctx, "clear requests", retry(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() })
	}))
}

// EraseRequests removes requests that name a resource.
func (s *Store) EraseRequests(ctx context.Context, key store.Key, limit int) (n int, err error) {
	err = retry(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, logAloneSQL); err != nil {
				return err
			}
			tag, err := tx.Exec(ctx, eraseLogSQL, int64(key.Tenant), id(key.ID), int64(max(limit, 0)))
			n = int(tag.RowsAffected())
			return err
		})
	})
	return n, failure(ctx, "erase requests", err)
}
