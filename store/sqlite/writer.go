package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// writer is the one writing connection, held by one call at a time. SQLite has
// one writer a file anyway; queueing here is fair, obeys the context and keeps
// the statements prepared.
type writer struct {
	dsn        string
	db         *sql.DB
	conn       *sql.Conn
	turn       chan struct{}
	statements map[string]*sql.Stmt
}

func newWriter(ctx context.Context, dsn string) (*writer, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &writer{dsn: dsn, db: db, conn: conn, turn: make(chan struct{}, 1), statements: map[string]*sql.Stmt{}}, nil
}

func (w *writer) busy() bool { return len(w.turn) > 0 }

func (w *writer) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) unlock() { <-w.turn }

// close folds the write-ahead log into the file. That it cannot, because
// another process reads, is no failure: the log stays and loses nothing.
func (w *writer) close() error {
	_, _ = w.conn.ExecContext(context.Background(), `PRAGMA wal_checkpoint(TRUNCATE)`)
	var errs []error
	for _, statement := range w.statements {
		errs = append(errs, statement.Close())
	}
	return errors.Join(append(errs, w.conn.Close(), w.db.Close())...)
}

// writeTx is the transaction of the writing connection.
type writeTx struct{ w *writer }

// write runs changes in one transaction: all of them or none.
func (s *Store) write(ctx context.Context, operation string, changes func(*writeTx) error) error {
	if err := s.enter(); err != nil {
		return wrap(ctx, operation, err)
	}
	defer s.running.Done()
	if err := s.writer.lock(ctx); err != nil {
		return wrap(ctx, operation, err)
	}
	defer s.writer.unlock()
	tx := &writeTx{w: s.writer}
	return wrap(ctx, operation, tx.run(ctx, changes))
}

func (t *writeTx) run(ctx context.Context, changes func(*writeTx) error) error {
	// IMMEDIATE takes the write lock at once: a transaction that reads first
	// and locks later could fail half-way for another process.
	if _, err := t.exec(ctx, `BEGIN IMMEDIATE`); err != nil {
		t.rollback(ctx)
		return err
	}
	err := changes(t)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		// From here on the caller's patience does not count: a commit that is
		// interrupted would leave open whether it happened.
		_, err = t.exec(context.WithoutCancel(ctx), `COMMIT`)
	}
	if err != nil {
		t.rollback(ctx)
	}
	return err
}

// rollback ends the transaction, if SQLite has not done so by itself.
func (t *writeTx) rollback(ctx context.Context) {
	_, _ = t.exec(context.WithoutCancel(ctx), `ROLLBACK`)
}

// statement prepares a fixed text once for the life of the connection.
func (t *writeTx) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if statement, ok := t.w.statements[text]; ok {
		return statement, nil
	}
	statement, err := t.w.conn.PrepareContext(context.WithoutCancel(ctx), text)
	if err != nil {
		return nil, err
	}
	t.w.statements[text] = statement
	return statement, nil
}

// exec runs a statement and tells how many rows it touched.
func (t *writeTx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	statement, err := t.statement(ctx, text) //nolint:sqlclosecheck // kept, and closed with the connection
	if err != nil {
		return 0, err
	}
	result, err := statement.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// row scans the single row of a statement; sql.ErrNoRows when there is none.
func (t *writeTx) row(ctx context.Context, text string, args []any, into ...any) error {
	statement, err := t.statement(ctx, text) //nolint:sqlclosecheck // kept, and closed with the connection
	if err != nil {
		return err
	}
	return statement.QueryRowContext(ctx, args...).Scan(into...)
}

// texts collects the single text column of a statement.
func (t *writeTx) texts(ctx context.Context, text string, args ...any) ([]string, error) {
	statement, err := t.statement(ctx, text) //nolint:sqlclosecheck // kept, and closed with the connection
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(ctx, args...)
	return collect(rows, err)
}

// textsOnce is texts for a statement whose text depends on its arguments, so
// that it is not worth keeping.
func (t *writeTx) textsOnce(ctx context.Context, text string, args ...any) ([]string, error) {
	rows, err := t.w.conn.QueryContext(ctx, text, args...)
	return collect(rows, err)
}

func collect(rows *sql.Rows, err error) ([]string, error) {
	list := []string{}
	err = each(rows, err, func(rows *sql.Rows) error {
		var one string
		if err := rows.Scan(&one); err != nil {
			return err
		}
		list = append(list, one)
		return nil
	})
	return list, err
}
