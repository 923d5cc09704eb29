package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is one server that runs in the test, as serve would run it.
type program struct {
	t      *testing.T
	url    string
	stop   context.CancelFunc
	exit   chan int
	stderr *output
}

// output can be read while the program writes it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(data)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start serves on a free port until the test ends.
func start(t *testing.T, environ []string, args ...string) *program {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	reader, writer := io.Pipe()
	p := &program{t: t, stop: stop, exit: make(chan int, 1), stderr: &output{}}
	go func() {
		p.exit <- run(ctx, append([]string{"serve", "--listen=127.0.0.1:0", "--json"}, args...), terminal{nil, writer, p.stderr}, environ)
		writer.Close()
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatalf("does not start: %s", p.stderr)
	}
	go io.Copy(io.Discard, reader) //nolint:errcheck // until it ends
	var addresses struct {
		Listening string `json:"listening"`
		Base      string `json:"scim_base_url"`
	}
	if err := json.Unmarshal([]byte(line), &addresses); err != nil {
		t.Fatal(err)
	}
	p.url = "http://" + addresses.Listening
	if addresses.Base != p.url+"/scim/v2" {
		t.Errorf("SCIM base URL %q", addresses.Base)
	}
	t.Cleanup(func() { p.end(0) })
	return p
}

// end stops the server as a signal does. It may be called again.
func (p *program) end(want int) {
	p.t.Helper()
	p.stop()
	select {
	case status, running := <-p.exit:
		if running && status != want {
			p.t.Errorf("exit status %d, want %d: %s", status, want, p.stderr)
		}
		if running {
			close(p.exit)
		}
	case <-time.After(30 * time.Second):
		p.t.Errorf("does not end: %s", p.stderr)
	}
}

// get returns the status and the body of an answer.
func (p *program) get(path, token string) (int, string) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func (p *program) expect(path, token string, want int) {
	p.t.Helper()
	if status, body := p.get(path, token); status != want {
		p.t.Errorf("GET %s: status %d, want %d: %s", path, status, want, body)
	}
}

// verb runs a verb and returns what it prints.
func verb(t *testing.T, want int, database string, args ...string) (stdout, stderr string) {
	t.Helper()
	return verbReading(t, "", want, database, args...)
}

// verbReading runs a verb that reads a text from standard input.
func verbReading(t *testing.T, stdin string, want int, database string, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errors bytes.Buffer
	if status := run(t.Context(), args, terminal{strings.NewReader(stdin), &out, &errors}, []string{"ROLLCALL_DATABASE=" + database}); status != want {
		t.Errorf("%v: exit status %d, want %d: %s", args, status, want, errors.String())
	}
	if want != exitDone && strings.Count(errors.String(), "\n") != 1 {
		t.Errorf("%v: an error is one line, got %q", args, errors.String())
	}
	return out.String(), errors.String()
}

// verbJSON runs a verb with --json and reads what it prints.
func verbJSON[T any](t *testing.T, database string, args ...string) T {
	t.Helper()
	out, _ := verb(t, exitDone, database, append(args, "--json")...)
	var value T
	if err := json.Unmarshal([]byte(out), &value); err != nil {
		t.Fatalf("%v prints no JSON: %v: %s", args, err, out)
	}
	return value
}

func sqliteFile(t *testing.T) (dir, database string) {
	t.Helper()
	dir = t.TempDir()
	return dir, fmt.Sprint("sqlite:", filepath.Join(dir, "rollcall.db"))
}
