package postgres

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rollcall/store"
)

// Options are the settings of a Store. The zero value is ready to use.
type Options struct {
	// MaxConns bounds the pool; four a processor and at least eight when zero.
	MaxConns int
	// QueryTimeout ends a query that takes longer, as store.ErrTooMany; ten
	// seconds when zero.
	QueryTimeout time.Duration
	// ConnectTimeout bounds the making of a connection; five seconds when zero.
	ConnectTimeout time.Duration
}

const (
	leastConns            = 8
	defaultQueryTimeout   = 10 * time.Second
	defaultConnectTimeout = 5 * time.Second
)

// Store is a store on PostgreSQL.
type Store struct {
	pool         *pgxpool.Pool
	queryTimeout time.Duration
	// searchable says that there is the index of search.
	searchable atomic.Bool
	sampler    sampler
}

var _ store.Store = (*Store)(nil)

// Open makes a pool of connections to the database at url. It neither connects
// nor migrates: a server may start while its database is down.
func Open(ctx context.Context, url string, options Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	config.MaxConns = int32(cmp.Or(options.MaxConns, max(4*runtime.GOMAXPROCS(0), leastConns)))
	config.ConnConfig.ConnectTimeout = cmp.Or(options.ConnectTimeout, defaultConnectTimeout)
	settings := config.ConnConfig.RuntimeParams
	if settings["application_name"] == "" {
		settings["application_name"] = "rollcall"
	}
	// Compiling a filter takes longer than running it.
	settings["jit"] = "off"
	// Every statement has an index to start from, the tenant's keys at the least.
	// A plan made while a table was empty would scan it long after.
	settings["enable_seqscan"] = "off"
	// What locks and what sees which rows is thought out for this level.
	settings["default_transaction_isolation"] = "read committed"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	return &Store{pool: pool, queryTimeout: cmp.Or(options.QueryTimeout, defaultQueryTimeout)}, nil
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return failure(ctx, "ping", s.pool.Ping(ctx))
}

// Pool tells how many connections are open and how many of these are in use.
func (s *Store) Pool() (open, used int) {
	stat := s.pool.Stat()
	return int(stat.TotalConns()), int(stat.AcquiredConns())
}

// Close waits for running calls and releases everything.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}
