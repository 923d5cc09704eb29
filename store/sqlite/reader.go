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

// statement prepares a fixed text once. It takes a connection of the pool, and
// must not be called by who holds one already: if all did, none would get on.
func (r *reader) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if statement, ok := r.prepared(text, nil); ok {
		return statement, nil
	}
	statement, err := r.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	first, ok := r.prepared(text, statement)
	if ok {
		return first, statement.Close() //nolint:sqlclosecheck // another call was faster; the statement that stays is closed with the pool
	}
	return statement, nil
}

// prepared looks a statement up and, where it is missing, keeps the given one.
func (r *reader) prepared(text string, keep *sql.Stmt) (*sql.Stmt, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	statement, ok := r.statements[text]
	if !ok && keep != nil {
		r.statements[text] = keep
	}
	return statement, ok
}

// readTx is one snapshot of the database.
type readTx struct {
	tx *sql.Tx
	// fixed is the statement that the call was given.
	fixed *sql.Stmt
}

// read runs all reads of one call on one snapshot.
func (s *Store) read(ctx context.Context, operation string, reads func(*readTx) error) error {
	return s.readFixed(ctx, operation, "", reads)
}

// readFixed is read with one prepared statement at hand, if text is not empty.
func (s *Store) readFixed(ctx context.Context, operation, text string, reads func(*readTx) error) error {
	if err := s.enter(); err != nil {
		return wrap(ctx, operation, err)
	}
	defer s.running.Done()
	var fixed *sql.Stmt
	if text != "" {
		var err error
		if fixed, err = s.reader.statement(ctx, text); err != nil {
			return wrap(ctx, operation, err)
		}
	}
	tx, err := s.reader.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrap(ctx, operation, err)
	}
	if fixed != nil {
		fixed = tx.StmtContext(ctx, fixed)
	}
	err = reads(&readTx{tx: tx, fixed: fixed})
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
	statement, err := s.reader.statement(ctx, text) //nolint:sqlclosecheck // kept, and closed with the pool
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
