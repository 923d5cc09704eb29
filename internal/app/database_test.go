package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"rollcall/store"
)

func TestNoPasswordInErrorsAndNames(t *testing.T) {
	t.Parallel()
	tests := []string{
		"postgres://user:hunter22@db.example:5432/rollcall?sslmode=disable",
		"postgres://user:hunter22%2F%3F@db.example/rollcall",
		"postgres://db.example/rollcall?user=u&password=hunter22",
		"postgres://db.example/rollcall?sslpassword=hunter22",
		"postgres://user:hunter22@db.example:notaport/rollcall",
		"postgres://user:hunter22%zz@db.example/rollcall",
		"postgres://user:hunter22@db.example/rollcall?sslmode=nonsense",
		"postgres://user:hunter22@db.example/rollcall?pool_max_conns=hunter22",
		"postgresql://user:hunter22@[::1/rollcall",
		"mysql://user:hunter22@db.example/rollcall",
	}
	for _, database := range tests {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			if name := databaseName(database); strings.Contains(name, "hunter22") {
				t.Errorf("name %q", name)
			}
			opened, err := OpenStore(t.Context(), database)
			if err == nil {
				opened.Close()
			} else if strings.Contains(err.Error(), "hunter22") {
				t.Errorf("error %q", err)
			}
			inner := fmt.Errorf("cannot use %s with hunter22: %w", database, store.ErrUnavailable)
			if err := WithoutSecrets(inner, "postgres://u:hunter22@h/d"); strings.Contains(strings.ReplaceAll(err.Error(), database, ""), "hunter22") || !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("scrubbed %q", err)
			}
		})
	}
}

func TestSQLitePath(t *testing.T) {
	t.Parallel()
	for database, want := range map[string]string{"sqlite:a.db": "a.db", "sqlite:/x/a.db": "/x/a.db", "sqlite:///x/a.db": "/x/a.db", "sqlite:": ""} {
		if path, ok := sqlitePath(database); !ok || path != want {
			t.Errorf("%s: %q, %v", database, path, ok)
		}
	}
	if _, err := OpenStore(t.Context(), "sqlite:"); err == nil {
		t.Error("a database without a file is opened")
	}
}
