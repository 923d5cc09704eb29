package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTokenToTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := (toTerminal{&out, "http://localhost/scim/v2"}).hand(secrets{token: "rc_x", link: "http://localhost/console/sign-in?link=y"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"http://localhost/scim/v2", "rc_x", "http://localhost/console/sign-in?link=y"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
}

func TestTokenToFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "credentials")
	if err := os.WriteFile(path, []byte("of an older database"), 0o644); err != nil {
		t.Fatal(err)
	}
	given, err := newFile(path, "http://localhost/scim/v2", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer given.cancel()
	if err := given.hand(secrets{token: "rc_x", link: "http://localhost/console/sign-in?link=y"}); err != nil {
		t.Fatal(err)
	}
	given.cancel()
	unused, err := newFile(path, "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	unused.cancel()
	content, err := os.ReadFile(path)
	if err != nil || string(content) != "scim_base_url=http://localhost/scim/v2\ntoken=rc_x\nconsole_link=http://localhost/console/sign-in?link=y\n" {
		t.Errorf("%q, %v", content, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("leaves %v behind", entries)
	}
}

func TestCredentialsFile(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "/state")
	for _, test := range []struct{ database, file, want string }{
		{"sqlite:rollcall.db", "", "rollcall-credentials"},
		{"sqlite:/data/rollcall.db", "", "/data/rollcall-credentials"},
		{"postgres://db/x", "", "/state/rollcall-credentials"},
		{"postgres://db/x", "/else/where", "/else/where"},
	} {
		config := Config{CredentialsFile: test.file}
		config.Database = test.database
		if got := config.credentialsFile(); got != test.want {
			t.Errorf("%s: %s, want %s", test.database, got, test.want)
		}
	}
}
