package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rollcall/internal/await"
)

func TestFirstStart(t *testing.T) {
	t.Parallel()
	dir, database := sqliteFile(t)
	p := start(t, nil, "--database", database)
	p.expect("/healthz", "", http.StatusOK)
	p.expect("/readyz", "", http.StatusOK)
	path := filepath.Join(dir, "rollcall-credentials")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("credentials file has mode %v", mode)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	given := handedOut(content)
	token := given["token"]
	if given["scim_base_url"] != p.url+"/scim/v2" || len(given) != 3 {
		t.Errorf("credentials file holds %q", content)
	}
	link, ok := strings.CutPrefix(given["console_link"], p.url)
	if status, body := p.get(link, ""); !ok || status != http.StatusOK || !strings.Contains(body, "sign in as <strong>owner</strong>") {
		t.Errorf("the link %q: %d %s", given["console_link"], status, body)
	}
	p.expect("/scim/v2/Users", token, http.StatusOK)
	p.expect("/t/default/scim/v2/Users", token, http.StatusOK)
	p.expect("/scim/v2/Users", "", http.StatusUnauthorized)
	p.expect("/scim/v2/Users?access_token="+token, "", http.StatusUnauthorized)
	if log := p.stderr.String(); strings.Contains(log, token) || strings.Contains(log, "link=") || !strings.Contains(log, path) {
		t.Errorf("the log must name the file and not show the token: %s", log)
	}
	p.end(exitDone)

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	again := start(t, nil, "--database", database)
	again.expect("/scim/v2/Users", token, http.StatusOK)
	if _, err := os.Stat(path); err == nil {
		t.Error("the second start writes a token again")
	}
}

// handedOut reads a credentials file as scripts do.
func handedOut(content []byte) map[string]string {
	given := map[string]string{}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		given[name] = value
	}
	return given
}

func TestBootstrapToken(t *testing.T) {
	t.Parallel()
	const secret = "a-bootstrap-token-of-a-test"
	dir, database := sqliteFile(t)
	p := start(t, []string{"ROLLCALL_BOOTSTRAP_TOKEN=" + secret, "ROLLCALL_DATABASE=" + database, "ROLLCALL_LOG_LEVEL=debug"})
	p.expect("/scim/v2/Users", secret, http.StatusOK)
	p.expect("/scim/v2/Users", secret+"x", http.StatusUnauthorized)
	p.end(exitDone)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), secret) {
			t.Errorf("%s holds the bootstrap token", entry.Name())
		}
		if !strings.HasPrefix(entry.Name(), "rollcall.db") {
			t.Errorf("%s is written", entry.Name())
		}
	}
	if strings.Contains(p.stderr.String(), secret) {
		t.Error("the log holds the bootstrap token")
	}
	if tokens := verbJSON[[]tokenView](t, database, "token", "list"); len(tokens) != 0 {
		t.Errorf("%d tokens are made beside the bootstrap token", len(tokens))
	}
}

func TestSeveralCopiesStartAtOnce(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	copies := make(chan *program)
	for range 3 {
		go func() { copies <- start(t, nil, "--database", database) }()
	}
	for range 3 {
		(<-copies).expect("/readyz", "", http.StatusOK)
	}
	if tokens := verbJSON[[]tokenView](t, database, "token", "list"); len(tokens) != 1 {
		t.Errorf("%d first tokens", len(tokens))
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	const secret = "a-bootstrap-token-of-a-test"
	_, database := sqliteFile(t)
	p := start(t, []string{"ROLLCALL_BOOTSTRAP_TOKEN=" + secret}, "--database", database, "--shutdown-delay=500ms")
	// A request whose body is on its way when the signal comes.
	reader, writer := io.Pipe()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, p.url+"/scim/v2/Users", reader)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	request.Header.Set("Content-Type", "application/scim+json")
	status := make(chan int, 1)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Errorf("the request in flight is lost: %v", err)
			status <- 0
			return
		}
		response.Body.Close()
		status <- response.StatusCode
	}()
	const half = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],`
	if _, err := io.WriteString(writer, half); err != nil {
		t.Fatal(err)
	}
	// The server counts this request and the one above.
	await.That(t, 30*time.Second, "the request arrives", func() bool {
		_, metrics := p.get("/metrics", "")
		return strings.Contains(metrics, "rollcall_http_requests_in_flight 2")
	})
	p.stop()
	await.For(t, time.Second, "readiness goes first", func() (int, bool) {
		got, _ := p.get("/readyz", "")
		return got, got == http.StatusServiceUnavailable
	})
	p.expect("/healthz", "", http.StatusOK)
	p.refusesConnections() // the delay is over, and the grace has begun
	if _, err := io.WriteString(writer, `"userName":"in.flight"}`); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if got := <-status; got != http.StatusCreated {
		t.Errorf("the request in flight ends with %d", got)
	}
	p.end(exitDone)
}

// refusesConnections waits until the server takes no new connection.
func (p *program) refusesConnections() {
	p.t.Helper()
	var dialer net.Dialer
	await.That(p.t, 30*time.Second, "the server takes no more connections", func() bool {
		connection, err := dialer.DialContext(p.t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
		if err == nil {
			connection.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
}

func TestGraceEnds(t *testing.T) {
	t.Parallel()
	const secret = "a-bootstrap-token-of-a-test"
	_, database := sqliteFile(t)
	p := start(t, []string{"ROLLCALL_BOOTSTRAP_TOKEN=" + secret}, "--database", database, "--shutdown-grace=100ms")
	reader, writer := io.Pipe()
	defer writer.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/scim/v2/Users", reader)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	go func() {
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
	}()
	if _, err := io.WriteString(writer, "{"); err != nil {
		t.Fatal(err)
	}
	p.end(exitDone)
}

func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct {
		name    string
		environ []string
		args    []string
		want    int
		says    string
	}{
		{"issuer without audience", nil, []string{"--jwt-issuer=https://issuer.example", "--jwt-keys=/keys"}, exitUsage, "audience"},
		{"audience without issuer", []string{"ROLLCALL_JWT_AUDIENCE=x"}, nil, exitUsage, "issuer"},
		{"keys cannot be read", nil, []string{"--jwt-issuer=https://issuer.example", "--jwt-audience=x", "--jwt-keys=" + filepath.Join(dir, "none")}, exitFailed, "keys"},
		{"short bootstrap token", []string{"ROLLCALL_BOOTSTRAP_TOKEN=short"}, nil, exitUsage, "16"},
		{"pending migrations", nil, []string{"--migrate=false", "--database=sqlite:" + filepath.Join(dir, "new.db")}, exitFailed, "rollcall migrate"},
		{"unknown guard", []string{"ROLLCALL_GUARD=maybe"}, nil, exitUsage, "guard"},
		{"unknown database", nil, []string{"--database=mysql://user:hunter22@db/x"}, exitFailed, "sqlite:FILE"},
		{"impossible address", nil, []string{"--listen=127.0.0.1:99999"}, exitFailed, "port"},
		{"public URL with a query", nil, []string{"--public-url=https://x.example/?a=b"}, exitUsage, "public-url"},
		{"missing schema directory", nil, []string{"--schemas=" + filepath.Join(dir, "none")}, exitFailed, "schemas"},
		{"no place for the token", nil, []string{"--credentials-file=" + filepath.Join(dir, "none", "x")}, exitFailed, "ROLLCALL_BOOTSTRAP_TOKEN"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, database := sqliteFile(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var stderr output
			status := run(ctx, append([]string{"serve", "--listen=127.0.0.1:0", "--database=" + database}, test.args...), terminal{nil, io.Discard, &stderr}, test.environ)
			if status != test.want || !strings.Contains(stderr.String(), test.says) || strings.Contains(stderr.String(), "hunter22") {
				t.Errorf("exit status %d, want %d: %s", status, test.want, stderr.String())
			}
		})
	}
}
