package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// reader is the pool of reading connections with its prepared statements.
type reader struct {
	db *sql.DB

	mutex      sync.Mutex
	statements map[string]*sql.Stmt
}

func newReader(dsn string, size int) (*reader, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return &reader{db: db, statements: map[string]*sql.Stmt{}}, nil
}

func (r *reader) close() error { return r.db.Close() }

// statement prepares a fixed text once.
func (r *reader) statement(text string) (*sql.Stmt, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if statement, ok := r.statements[text]; ok {
		return statement, nil
	}
	// Preparing outlives the call that happens to come first.
	statement, err := r.db.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	r.statements[text] = statement
	return statement, nil
}

// readTx is one snapshot of the database.
type readTx struct{ tx *sql.Tx }

// read runs all reads of one call on one snapshot.
func (s *Store) read(ctx context.Context, operation string, reads func(*readTx) error) error {
	if err := s.enter(); err != nil {
		return wrap(ctx, operation, err)
	}
	defer s.running.Done()
	tx, err := s.reader.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrap(ctx, operation, err)
	}
	err = reads(&readTx{tx: tx})
	// There is nothing to commit, and a cancelled call has rolled back already.
	_ = tx.Rollback()
	return wrap(ctx, operation, err)
}

func (t *readTx) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return t.tx.QueryContext(ctx, text, args...)
}

func (t *readTx) row(ctx context.Context, text string, args ...any) *sql.Row {
	return t.tx.QueryRowContext(ctx, text, args...)
}

// one runs a prepared text outside any snapshot and scans its single row.
func (s *Store) one(ctx context.Context, operation, text string, args []any, into ...any) error {
	if err := s.enter(); err != nil {
		return wrap(ctx, operation, err)
	}
	defer s.running.Done()
	if err := ctx.Err(); err != nil {
		return wrap(ctx, operation, err)
	}
	statement, err := s.reader.statement(text)
	if err != nil {
		return wrap(ctx, operation, err)
	}
	return wrap(ctx, operation, noRows(statement.QueryRowContext(ctx, args...).Scan(into...)))
}

// each calls scan for every row of a query and closes it.
func each(rows *sql.Rows, err error, scan func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
