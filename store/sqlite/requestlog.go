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

const (
	insertLogged = `INSERT INTO request_log (tenant, connection, at, request_id, method, path, query, status, took, normalisations, subjects, sent, sent_left, answered, answered_left)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15
		WHERE NOT EXISTS (SELECT 1 FROM json_each(?11) j CROSS JOIN tombstone t ON t.tenant = ?1 AND t.id = j.value)
		RETURNING number`

	insertLoggedSubjects = `INSERT INTO request_log_subject (tenant, subject, number) SELECT DISTINCT ?, j.value, ? FROM json_each(?) j`

	trimLogged = `DELETE FROM request_log WHERE tenant = ?1 AND connection = ?2 AND (at, number) <= (
		SELECT l.at, l.number FROM request_log l WHERE l.tenant = ?1 AND l.connection = ?2 ORDER BY l.at DESC, l.number DESC LIMIT 1 OFFSET ?3)`

	forgetLogged = `DELETE FROM request_log WHERE number IN (SELECT number FROM request_log WHERE tenant = ? AND at < ? ORDER BY at LIMIT ?)`

	eraseLogged = `DELETE FROM request_log WHERE number IN (SELECT number FROM request_log_subject WHERE tenant = ? AND subject = ? ORDER BY number LIMIT ?)`

	loggedColumns = `l.connection, l.at, l.number, l.request_id, l.method, l.path, l.query, l.status, l.took, l.normalisations`
	loggedBodies  = `, l.subjects, l.sent, l.sent_left, l.answered, l.answered_left`
)

// LogRequests stores requests.
func (s *Store) LogRequests(ctx context.Context, requests []store.LoggedRequest, most int) error {
	return s.write(ctx, "log requests", func(tx *writeTx) error {
		trimmed := map[store.Key]bool{}
		for i := range requests {
			r := &requests[i]
			if err := r.Check(); err != nil {
				return err
			}
			of := store.Key{Tenant: r.Tenant, ID: r.Connection}
			if !trimmed[of] {
				var there int
				err := tx.row(ctx, `SELECT 1 FROM connection WHERE tenant = ? AND id = ?`, []any{int64(of.Tenant), of.ID.String()}, &there)
				if errors.Is(err, sql.ErrNoRows) {
					return store.ErrNotFound
				}
				if err != nil {
					return err
				}
			}
			if err := logRequest(ctx, tx, r); err != nil {
				return err
			}
			trimmed[of] = true
		}
		for of := range trimmed {
			if _, err := tx.exec(ctx, trimLogged, int64(of.Tenant), of.ID.String(), max(most, 0)); err != nil {
				return err
			}
		}
		return nil
	})
}

func logRequest(ctx context.Context, tx *writeTx, r *store.LoggedRequest) error {
	named, err := json.Marshal(append([]string{}, r.Normalisations...))
	if err != nil {
		return err
	}
	subjects, err := json.Marshal(append([]uuid.UUID{}, r.Subjects...))
	if err != nil {
		return err
	}
	var number int64
	err = tx.row(ctx, insertLogged, []any{
		int64(r.Tenant), r.Connection.String(), micros(r.At), r.RequestID, r.Method, r.Path, r.Query, r.Status, r.Took.Microseconds(),
		string(named), string(subjects), optionalBytes(r.Sent.Text), r.Sent.Left, optionalBytes(r.Answered.Text), r.Answered.Left,
	}, &number)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it names what was purged
	}
	if err == nil {
		_, err = tx.exec(ctx, insertLoggedSubjects, int64(r.Tenant), number, string(subjects))
	}
	return err
}

// LoggedRequests returns one page.
func (s *Store) LoggedRequests(ctx context.Context, search store.RequestSearch) (page store.RequestPage, err error) {
	if search.Limit <= 0 {
		return page, nil
	}
	text, args := `SELECT `+loggedColumns+` FROM request_log l WHERE l.tenant = ?`, []any{int64(search.Tenant)}
	where := func(condition string, values ...any) {
		text += ` AND ` + condition
		args = append(args, values...)
	}
	if search.Connection != uuid.Nil {
		where(`l.connection = ?`, search.Connection.String())
	}
	if search.Subject != uuid.Nil {
		where(`l.number IN (SELECT s.number FROM request_log_subject s WHERE s.tenant = ? AND s.subject = ?)`, int64(search.Tenant), search.Subject.String())
	}
	if search.Method != "" {
		where(`l.method = ?`, search.Method)
	}
	if search.Below > 0 {
		where(`l.status >= ? AND l.status < ?`, search.From, search.Below)
	}
	if !search.After.IsZero() {
		where(`(l.at, l.number) < (?, ?)`, micros(search.After.At), search.After.Number)
	}
	text += ` ORDER BY l.at DESC, l.number DESC LIMIT ?`
	err = s.read(ctx, "search requests", func(tx *readTx) error {
		if err := store.CheckKey("method", search.Method); err != nil {
			return err
		}
		rows, err := tx.query(ctx, text, append(args, search.Limit+1)...)
		return each(rows, err, func(rows *sql.Rows) error {
			found, err := scanLogged(rows.Scan, search.Tenant)
			page.Requests = append(page.Requests, found)
			return err
		})
	})
	if page.More = len(page.Requests) > search.Limit; page.More {
		page.Requests = page.Requests[:search.Limit]
	}
	return page, err
}

// LoggedRequest returns one request.
func (s *Store) LoggedRequest(ctx context.Context, tenant store.TenantID, connection uuid.UUID, number int64) (found store.LoggedRequest, err error) {
	err = s.read(ctx, "request", func(tx *readTx) error {
		rows, err := tx.query(ctx, `SELECT `+loggedColumns+loggedBodies+` FROM request_log l WHERE l.tenant = ? AND l.connection = ? AND l.number = ?`,
			int64(tenant), connection.String(), number)
		any := false
		err = each(rows, err, func(rows *sql.Rows) error {
			any = true
			var subjects string
			var sent, answered sql.NullString
			var left [2]string
			if found, err = scanLogged(rows.Scan, tenant, &subjects, &sent, &left[0], &answered, &left[1]); err != nil {
				return err
			}
			found.Sent, found.Answered = loggedBody(sent, left[0]), loggedBody(answered, left[1])
			return json.Unmarshal([]byte(subjects), &found.Subjects)
		})
		if err == nil && !any {
			return store.ErrNotFound
		}
		return err
	})
	if len(found.Subjects) == 0 {
		found.Subjects = nil
	}
	return found, err
}

func loggedBody(text sql.NullString, left string) store.LoggedBody {
	body := store.LoggedBody{Left: store.WhyLeft(left)}
	if text.Valid {
		body.Text = []byte(text.String)
	}
	return body
}

// scanLogged scans loggedColumns and what is selected behind them.
func scanLogged(scan func(...any) error, tenant store.TenantID, more ...any) (store.LoggedRequest, error) {
	r := store.LoggedRequest{Tenant: tenant}
	var at, took int64
	var named string
	if err := scan(append([]any{&r.Connection, &at, &r.Number, &r.RequestID, &r.Method, &r.Path, &r.Query, &r.Status, &took, &named}, more...)...); err != nil {
		return r, err
	}
	r.At, r.Took = instant(at), time.Duration(took)*time.Microsecond
	err := json.Unmarshal([]byte(named), &r.Normalisations)
	if len(r.Normalisations) == 0 {
		r.Normalisations = nil
	}
	return r, err
}

// ForgetRequests removes the oldest requests.
func (s *Store) ForgetRequests(ctx context.Context, tenant store.TenantID, before time.Time, limit int) (int, error) {
	return s.removeLogged(ctx, "forget requests", forgetLogged, int64(tenant), micros(before), max(limit, 0))
}

// ClearRequests removes all requests of a connection.
func (s *Store) ClearRequests(ctx context.Context, tenant store.TenantID, connection uuid.UUID, audit store.Audit) error {
	if err := audit.Check(); err != nil {
		return wrap(ctx, "clear requests", err)
	}
	return s.write(ctx, "clear requests", func(tx *writeTx) error {
		if _, err := tx.exec(ctx, trimLogged, int64(tenant), connection.String(), 0); err != nil {
			return err
		}
		return tx.audit(ctx, int64(tenant), store.ConnectionSubject, connection.String(), 0, audit, moved{})
	})
}

// EraseRequests removes requests that name a resource. Others who write come
// before or after it.
func (s *Store) EraseRequests(ctx context.Context, key store.Key, limit int) (int, error) {
	return s.removeLogged(ctx, "erase requests", eraseLogged, int64(key.Tenant), key.ID.String(), max(limit, 0))
}

func (s *Store) removeLogged(ctx context.Context, operation, text string, args ...any) (n int, err error) {
	err = s.write(ctx, operation, func(tx *writeTx) error {
		removed, err := tx.exec(ctx, text, args...)
		n = int(removed)
		return err
	})
	return n, err
}
