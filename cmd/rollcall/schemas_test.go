package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	thingSchema = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:Thing","name":"Thing","attributes":[
		{"name":"model","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}`
	thingType = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"Thing","endpoint":"/Things","schema":"urn:example:Thing"}`
)

// TestBadSchemas holds that a start with a bad directory ends at once, with
// exit status 1 and one line that names the file and the reason.
func TestBadSchemas(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		// prepare fills the directory and may return another one.
		prepare func(dir string) (string, error)
		says    []string
	}{
		{"missing", func(dir string) (string, error) { return filepath.Join(dir, "none"), nil }, []string{"none", "no such file"}},
		{"a file", func(dir string) (string, error) {
			path := filepath.Join(dir, "x.json")
			return path, os.WriteFile(path, []byte(thingSchema), 0o600)
		}, []string{"x.json", "not a directory"}},
		{"empty", func(dir string) (string, error) { return dir, nil }, []string{"no documents"}},
		{"dangling symbolic link", func(dir string) (string, error) {
			return dir, os.Symlink(filepath.Join(dir, "gone"), filepath.Join(dir, "thing.json"))
		}, []string{"thing.json", "leads nowhere"}},
		{"symbolic link to a directory", func(dir string) (string, error) {
			return dir, os.Symlink(os.TempDir(), filepath.Join(dir, "thing.json"))
		}, []string{"thing.json", "not a regular file"}},
		{"symbolic link without end", func(dir string) (string, error) {
			return dir, os.Symlink("/dev/zero", filepath.Join(dir, "thing.json"))
		}, []string{"thing.json", "not a regular file"}},
		{"pipe that nobody writes", func(dir string) (string, error) {
			return dir, syscall.Mkfifo(filepath.Join(dir, "thing.json"), 0o600)
		}, []string{"thing.json", "not a regular file"}},
		{"not UTF-8", func(dir string) (string, error) {
			return dir, os.WriteFile(filepath.Join(dir, "thing.json"), []byte("{\"schemas\":[\"\xff\"]}"), 0o600)
		}, []string{"thing.json", "UTF-8"}},
		{"type without its schema", func(dir string) (string, error) {
			return dir, os.WriteFile(filepath.Join(dir, "thing.json"), []byte(thingType), 0o600)
		}, []string{"thing.json", "urn:example:Thing"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, err := test.prepare(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			_, database := sqliteFile(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var stderr output
			status := run(ctx, []string{"serve", "--listen=127.0.0.1:0", "--database=" + database, "--schemas=" + dir}, terminal{nil, io.Discard, &stderr}, nil)
			if status != exitFailed || strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("exit status %d: %s", status, stderr.String())
			}
			for _, part := range test.says {
				if !strings.Contains(stderr.String(), part) {
					t.Errorf("%q does not say %q", stderr.String(), part)
				}
			}
		})
	}
}

// TestMountedSchemas holds a directory as a volume of documents is mounted:
// each name is a symbolic link into a hidden directory.
func TestMountedSchemas(t *testing.T) {
	t.Parallel()
	const secret = "a-bootstrap-token-of-a-test"
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "..2026"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"thing.schema.json": thingSchema, "thing.type.json": thingType} {
		if err := os.WriteFile(filepath.Join(dir, "..2026", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join("..2026", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, database := sqliteFile(t)
	p := start(t, []string{"ROLLCALL_BOOTSTRAP_TOKEN=" + secret}, "--database", database, "--schemas", dir)
	p.expect("/scim/v2/Things", secret, http.StatusOK)
	p.end(exitDone)

	// What is stored of a type that is gone is no obstacle where there is none.
	start(t, nil, "--database", database).end(exitDone)
}
