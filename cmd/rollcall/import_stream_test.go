package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestImportFromStandardInput: a script pipes a file in, and confirms the number
// that it expects.
func TestImportFromStandardInput(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	verb(t, exitDone, database, "migrate")
	verb(t, exitDone, database, "tenant", "create", "default")
	const file = "userName\nada\nbob\n"
	if out, _ := verbReading(t, file, exitDone, database, "import", "-"); !strings.HasPrefix(out, "2 rows: 2 would be created") {
		t.Error(out)
	}
	if out, stderr := verbReading(t, file, exitFailed, database, "import", "-", "--confirm=3"); !strings.Contains(stderr, "the file would write 2 users, and 3 were confirmed: nothing was changed") || out != "" {
		t.Errorf("%q %q", out, stderr)
	}
	verbReading(t, file, exitUsage, database, "import", "-", "--confirm=2", "--yes")
	verbReading(t, file, exitUsage, database, "import", "-", "--confirm=2", "--dry-run")
	if out, _ := verb(t, exitDone, database, "export", "--columns=userName"); out != "userName\r\n" {
		t.Errorf("%q", out)
	}
	if out, _ := verbReading(t, file, exitDone, database, "import", "-", "--confirm=2"); !strings.HasPrefix(out, "2 rows: 2 created") {
		t.Error(out)
	}
	if out, _ := verbReading(t, file, exitDone, database, "import", "-", "--confirm=0"); !strings.HasPrefix(out, "2 rows: 0 would be created, 0 changed, 2 unchanged") {
		t.Error(out)
	}
	if _, stderr := verbReading(t, "", exitFailed, database, "import", "-"); !strings.Contains(stderr, "the file is empty") {
		t.Error(stderr)
	}
}

// TestImportWithoutDatabase says what is missing.
func TestImportWithoutDatabase(t *testing.T) {
	t.Parallel()
	dir, _ := sqliteFile(t)
	for _, name := range []string{"sqlite:" + filepath.Join(dir, "no", "such.db"), "postgres://user:secret@127.0.0.1:1/x?connect_timeout=2"} {
		for _, args := range [][]string{{"import", "-"}, {"export"}} {
			if _, stderr := verbReading(t, "userName\nada\n", exitFailed, name, args...); strings.Contains(stderr, "goroutine") || strings.Contains(stderr, "secret") {
				t.Errorf("%s %v: %s", name, args, stderr)
			}
		}
	}
}

// TestNoVerbMakesADatabase but those that migrate: who mistypes the name of the file
// is told so, and finds no other one beside it.
func TestNoVerbMakesADatabase(t *testing.T) {
	t.Parallel()
	dir, database := sqliteFile(t)
	for _, args := range [][]string{
		{"import", "-", "--yes"},
		{"export"},
		{"console-link"},
		{"migrate", "--check"},
		{"tenant", "list"},
		{"tenant", "create", "acme"},
		{"connection", "list"},
		{"connection", "create", "hr"},
		{"connection", "set", "hr"},
		{"token", "list"},
		{"token", "create", "--scope=scim:read"},
		{"operator", "list"},
		{"operator", "create", "ada", "--role=owner"},
		{"operator", "delete", "ada"},
		{"user", "explain", "ada"},
		{"user", "suspend", "ada", "--reason=r"},
		{"user", "history", "ada"},
	} {
		_, stderr := verbReading(t, "userName\nada\n", exitFailed, database, args...)
		if !strings.Contains(stderr, "rollcall.db: the file does not exist: look at --database, or make it with rollcall migrate") {
			t.Errorf("%v: %s", args, stderr)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Fatalf("%v leaves %v %v", args, left, err)
		}
	}
	for _, args := range [][]string{{"migrate"}, {"demo", "--users=60"}} {
		_, database := sqliteFile(t)
		verb(t, exitDone, database, args...)
		verb(t, exitDone, database, "migrate", "--check")
		verb(t, exitDone, database, "tenant", "list")
	}
}

// TestInterrupted: who presses Ctrl-C while a file is read or written is told so,
// and what is there of an export is no file.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	dir, database := sqliteFile(t)
	verb(t, exitDone, database, "migrate")
	verb(t, exitDone, database, "tenant", "create", "default")
	endless, feeder := io.Pipe()
	t.Cleanup(func() { _ = feeder.Close() })
	ctx, stop := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	ended := make(chan int)
	go func() {
		ended <- run(ctx, []string{"import", "-"}, terminal{endless, io.Discard, &stderr}, []string{"ROLLCALL_DATABASE=" + database})
	}()
	if _, err := feeder.Write([]byte("userName\n")); err != nil { // it reads
		t.Fatal(err)
	}
	stop()
	var status int
	select {
	case status = <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
	if status != exitFailed || stderr.String() != "rollcall: interrupted before anything was looked at: nothing was changed\n" {
		t.Errorf("status %d: %q", status, stderr.String())
	}
	stderr.Reset()
	file := filepath.Join(dir, "users.csv")
	if status := run(ctx, []string{"export", "--output", file}, terminal{nil, io.Discard, &stderr}, []string{"ROLLCALL_DATABASE=" + database}); status != exitFailed || stderr.String() != "rollcall: interrupted\n" {
		t.Errorf("status %d: %q", status, stderr.String())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.csv")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// shut is standard output that nobody reads any more.
type shut struct{}

func (shut) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("broken pipe")}
}

// TestExportNobodyReads fails: what was read is not all.
func TestExportNobodyReads(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	verb(t, exitDone, database, "migrate")
	verb(t, exitDone, database, "tenant", "create", "default")
	var stderr bytes.Buffer
	if status := run(t.Context(), []string{"export"}, terminal{nil, shut{}, &stderr}, []string{"ROLLCALL_DATABASE=" + database}); status != exitFailed || !strings.Contains(stderr.String(), "not all users were written") {
		t.Errorf("status %d: %s", status, stderr.String())
	}
}
