package testpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Variable names the environment variable with the superuser URL of a cluster
// that was made for tests; without it each process starts its own.
const Variable = "ROLLCALL_TEST_POSTGRES"

// shared is the cluster of this process, started by the first test that asks.
var shared struct {
	sync.Mutex
	cluster *Cluster
	err     error
	// original is the database that Copy copies, empty before the first copy.
	original string
}

// ready is how long a database may take to be made, or dropped.
const ready = time.Minute

// Main runs the tests of a package and stops the cluster that they used.
func Main(m *testing.M) int {
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.cluster == nil {
			return
		}
		if shared.original != "" { // the cluster may be another's
			ctx, cancel := context.WithTimeout(context.Background(), ready)
			defer cancel()
			if err := shared.cluster.DropDatabase(ctx, shared.original); err != nil {
				fmt.Fprintln(os.Stderr, "test database:", err)
			}
		}
		shared.cluster.Stop()
	}()
	return m.Run()
}

// DSN returns the URL of a fresh, empty database that is dropped when the test
// ends. A missing PostgreSQL fails the test: a store that nobody tested is a
// defect.
func DSN(tb testing.TB) string {
	tb.Helper()
	return fresh(tb, empty)
}

// Copy is DSN with a copy of the database that prepare fills. That is done once in a
// process: all tests of a package prepare the same, and leave no connection.
func Copy(tb testing.TB, prepare func(ctx context.Context, address string) error) string {
	tb.Helper()
	name, err := original(prepare)
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	return fresh(tb, name)
}

func fresh(tb testing.TB, original string) string {
	tb.Helper()
	cluster, err := sharedCluster()
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), ready)
	defer cancel()
	name := newName()
	address, err := cluster.copyDatabase(ctx, name, original)
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), ready)
		defer cancel()
		if err := cluster.DropDatabase(ctx, name); err != nil {
			tb.Errorf("drop test database: %v", err)
		}
	})
	return address
}

func newName() string { return "rollcall_test_" + strings.ToLower(rand.Text()) }

// original returns the database that copies are made of.
func original(prepare func(ctx context.Context, address string) error) (string, error) {
	cluster, err := sharedCluster()
	if err != nil {
		return "", err
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.original != "" {
		return shared.original, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), ready)
	defer cancel()
	name := newName()
	address, err := cluster.CreateDatabase(ctx, name)
	if err != nil {
		return "", err
	}
	if err := prepare(ctx, address); err != nil {
		return "", errors.Join(err, cluster.DropDatabase(ctx, name))
	}
	shared.original = name
	return name, nil
}

func sharedCluster() (*Cluster, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil && shared.err == nil {
		if address := os.Getenv(Variable); address != "" {
			shared.cluster = &Cluster{URL: address}
		} else {
			shared.cluster, shared.err = Start(context.Background(), Options{})
		}
	}
	return shared.cluster, shared.err
}
