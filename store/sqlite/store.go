// Package sqlite owns the SQLite backend of the store: one file, one writing
// connection, a pool of reading ones. It is for trying, development and
// directories of up to about 100,000 users in one process.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"

	"rollcall/store"
)

// Options tune a Store; the zero value is what a server wants.
type Options struct {
	// QueryTimeout ends a Query with store.ErrTooMany; 10 seconds by default.
	QueryTimeout time.Duration
	// BusyTimeout is how long to wait for another process that writes before
	// store.ErrUnavailable; 5 seconds by default.
	BusyTimeout time.Duration
	// Readers is the size of the reading pool; four a processor and at least
	// 16 by default, because a stream of members holds one.
	Readers int
	// Existing opens a file that is there alone; one that is missing is an error that
	// is fs.ErrNotExist, and is not made.
	Existing bool
}

func (o Options) withDefaults() Options {
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = 10 * time.Second
	}
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = 5 * time.Second
	}
	if o.Readers <= 0 {
		o.Readers = max(16, 4*runtime.GOMAXPROCS(0))
	}
	return o
}

// Store is a store.Store in one SQLite file.
type Store struct {
	options Options
	reader  *reader
	writer  *writer

	mutex   sync.Mutex
	closed  bool
	running sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// Open opens the database in the file path, which is made, readable by its
// owner alone, where it is missing, unless the options say otherwise. It does not
// migrate.
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	options = options.withDefaults()
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	if err := findFile(full, options.Existing); err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	writer, err := newWriter(ctx, dsn(full, options, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-65536)"))
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, translate(ctx, err))
	}
	reader, err := newReader(dsn(full, options, "query_only(1)", "temp_store(MEMORY)", "cache_size(-16384)"), options.Readers)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", path, err), writer.close())
	}
	return &Store{options: options, reader: reader, writer: writer}, nil
}

// findFile fails where the file is missing and is not to be made.
func findFile(path string, existing bool) error {
	if !existing {
		return makeFile(path)
	}
	_, err := os.Stat(path)
	var named *fs.PathError
	if errors.As(err, &named) {
		return named.Err // whoever asks names the path
	}
	return err
}

// makeFile makes the file before SQLite does, which would let everybody read
// it. A file that exists is not even opened: closing any descriptor of it would
// drop the locks that this process holds on it through SQLite.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator's own path
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the directory %s does not exist", filepath.Dir(path))
	case err != nil:
		return err
	}
	return file.Close()
}

// dsn is a URI, so that a file name may hold any character.
func dsn(path string, options Options, pragmas ...string) string {
	query := url.Values{"_pragma": append([]string{fmt.Sprintf("busy_timeout(%d)", options.BusyTimeout.Milliseconds())}, pragmas...)}
	uri := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	return uri.String()
}

// enter registers a running call, which Close waits for. Every nil error asks
// for one s.running.Done.
func (s *Store) enter() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return fmt.Errorf("the store is closed: %w", store.ErrUnavailable)
	}
	s.running.Add(1)
	return nil
}

// Close waits for running calls, folds the write-ahead log into the file and
// releases everything. A second Close does nothing.
func (s *Store) Close() error {
	s.mutex.Lock()
	closed := s.closed
	s.closed = true
	s.mutex.Unlock()
	if closed {
		return nil
	}
	s.running.Wait()
	readerErr := s.reader.close()
	return errors.Join(readerErr, s.writer.close())
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.read(ctx, "ping", func(tx *readTx) error {
		var one int
		err := tx.row(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&one)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
		}
		return err
	})
}

// Pool tells how many connections are open and how many of these are in use.
func (s *Store) Pool() (open, used int) {
	stats := s.reader.db.Stats()
	open, used = stats.OpenConnections+1, stats.InUse
	if s.writer.busy() {
		used++
	}
	return open, used
}

// wrap names the operation and maps the error to a sentinel.
func wrap(ctx context.Context, operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlite: %s: %w", operation, translate(ctx, err))
}

// noRows turns the absence of a row into the contract's sentinel.
func noRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}
