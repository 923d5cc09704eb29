package testpg

import (
	"context"
	"crypto/rand"
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
}

// Main runs the tests of a package and stops the cluster that they used.
func Main(m *testing.M) int {
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.cluster != nil {
			shared.cluster.Stop()
		}
	}()
	return m.Run()
}

// DSN returns the URL of a fresh, empty database that is dropped when the test
// ends. A missing PostgreSQL fails the test: a store that nobody tested is a
// defect.
func DSN(tb testing.TB) string {
	tb.Helper()
	cluster, err := sharedCluster()
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	name := "rollcall_test_" + strings.ToLower(rand.Text())
	address, err := cluster.CreateDatabase(ctx, name)
	if err != nil {
		tb.Fatalf("test database: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := cluster.DropDatabase(ctx, name); err != nil {
			tb.Errorf("drop test database: %v", err)
		}
	})
	return address
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
