package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"rollcall/internal/testpg"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

// TestCopiesOnPostgreSQL: several copies that start at once on an empty
// database migrate it once and make one token; any of them knows it.
func TestCopiesOnPostgreSQL(t *testing.T) {
	t.Parallel()
	database, dir := testpg.DSN(t), t.TempDir()
	type started struct {
		program     *program
		credentials string
	}
	copies := make(chan started)
	for _, name := range []string{"a", "b", "c"} {
		go func() {
			path := filepath.Join(dir, name)
			copies <- started{start(t, nil, "--database", database, "--credentials-file", path), path}
		}()
	}
	var programs []*program
	var tokens []string
	for range 3 {
		next := <-copies
		programs = append(programs, next.program)
		if content, err := os.ReadFile(next.credentials); err == nil {
			tokens = append(tokens, handedOut(content)["token"])
		}
	}
	if len(tokens) != 1 {
		t.Fatalf("%d first tokens", len(tokens))
	}
	for _, p := range programs {
		p.expect("/readyz", "", http.StatusOK)
		p.expect("/scim/v2/Users", tokens[0], http.StatusOK)
		p.end(exitDone)
	}
}
