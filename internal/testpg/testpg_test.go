package testpg

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestDSNGivesAnEmptyDatabaseEach(t *testing.T) {
	t.Parallel()
	first, second := DSN(t), DSN(t)
	if first == second {
		t.Fatal("two tests share a database")
	}
	for _, address := range []string{first, second} {
		connection, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connection.Exec(t.Context(), "CREATE TABLE mine (id int)"); err != nil {
			t.Error(err)
		}
		if err := connection.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestStopRemovesTheFiles(t *testing.T) {
	t.Parallel()
	cluster, err := Start(t.Context(), Options{Durable: true, MaxConnections: 20})
	if err != nil {
		t.Fatal(err)
	}
	cluster.Stop()
	cluster.Stop()
	if _, err := os.Stat(cluster.dir); !os.IsNotExist(err) {
		t.Errorf("stat after stop: %v", err)
	}
}
