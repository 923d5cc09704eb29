package conformance

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/internal/api"
	"rollcall/internal/await"
	"rollcall/internal/testpg"
	"rollcall/internal/trial"
)

// dryStarted is a dry run of an import that goes on.
func (o *office) dryStarted(t *testing.T, text string) map[string]any {
	t.Helper()
	return o.ask(t, 202, "POST", "/imports", `{"file":"`+o.sendFile(t, 201, text)["id"].(string)+`"}`)
}

// endedAt waits for the end of a batch as long as that gets on.
func (o *office) endedAt(t *testing.T, b map[string]any) map[string]any {
	t.Helper()
	for done := -1.0; ; {
		found := await.For(t, time.Minute, "the batch gets on", func() (map[string]any, bool) {
			found := o.ask(t, 200, "GET", "/batches/"+b["id"].(string), "")
			return found, found["finished"] != nil || found["done"].(float64) > done
		})
		if found["finished"] != nil {
			return found
		}
		done = found["done"].(float64)
	}
}

var peakSize = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the most memory that the server had, in bytes.
func (p *process) peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := peakSize.FindSubmatch(status)
	if found == nil {
		t.Fatal("no peak")
	}
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

var goSystem = regexp.MustCompile(`(?m)^go_memstats_sys_bytes (\S+)$`)

// goMemory is what Go has taken from the system at the most, in bytes: it is
// never less than before, and the page caches of SQLite are no part of it.
func (p *process) goMemory(t *testing.T) int64 {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.listen+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	found := goSystem.FindSubmatch(text)
	if err != nil || found == nil {
		t.Fatalf("no memory of Go: %v", err)
	}
	size, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return int64(size)
}

// mayGrow is by how much the memory of a server may grow whatever it imports, in
// bytes: SQLite fills its page caches, of 64 MiB for the writer and 16 MiB for each
// reader at work.
func (p *process) mayGrow() int64 {
	const rest = 64 << 20
	if strings.HasPrefix(p.database, "sqlite:") {
		return rest + (64+4*16)<<20
	}
	return rest
}

// TestImportSurvivesKill ends the server with SIGKILL in the middle of an import
// and of its undo: each row is done once.
func TestImportSurvivesKill(t *testing.T) {
	t.Parallel()
	onEachProcess(t, func(t *testing.T, p *process) {
		p.start(t)
		s, o := p.beside(t)
		const n, there = 1200, 200
		ids := s.crowd(t, "user", there)
		var file strings.Builder
		file.WriteString("userName,title\n")
		for i := range n {
			fmt.Fprintf(&file, "user-%04d,Dr\n", i)
		}
		dry := o.dryImport(t, file.String(), "")
		done := o.confirmed(t, dry)
		p.killAmid(t, o, done)
		ended := o.ended(t, done)
		if c := ended["counts"].(map[string]any); c["created"] != float64(n-there) || c["changed"] != float64(there) || c["refused"] != 0.0 {
			t.Errorf("counts %v", c)
		}
		if lines := strings.Count(o.export(t, "?columns=userName,title"), ",Dr\r\n"); lines != n {
			t.Errorf("%d users", lines)
		}
		undo := o.ask(t, 202, "POST", "/batches/"+done["id"].(string)+"/undo", "")
		p.killAmid(t, o, undo)
		if c := o.ended(t, undo)["counts"].(map[string]any); c["changed"] != float64(n) || c["refused"] != 0.0 {
			t.Errorf("counts of the undo %v", c)
		}
		if left := o.export(t, "?columns=userName,title"); strings.Count(left, "\n") != there+1 || strings.Contains(left, "Dr") {
			t.Errorf("left %d lines", strings.Count(left, "\n"))
		}
		for _, id := range ids {
			if history := strings.Join(o.actions(t, id), ", "); history != "user.patch, user.patch, user.create" {
				t.Fatalf("history of %s: %s", id, history)
			}
		}
	})
}

// fileRows is how many users TestImportMemory imports: enough to see what grows
// with them, or IMPORT_ROWS, up to the 100,000 that a file may have.
func fileRows(t *testing.T) int {
	t.Helper()
	text := os.Getenv("IMPORT_ROWS")
	if text == "" {
		return 20_000
	}
	rows, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("IMPORT_ROWS: %v", err)
	}
	return rows
}

// TestImportMemory imports and exports many users. What it takes of memory does
// not grow with them.
func TestImportMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	rows := fileRows(t)
	program := buildProgram(t)
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "many.db") },
		"postgres": func(t *testing.T) string { return testpg.DSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			p := &process{t: t, program: program, database: database(t), listen: freeAddress(t)}
			p.start(t)
			o := &office{&server{Base: "http://" + p.listen + api.Root, Token: trial.Token}}
			bring := func(first, n int) time.Duration {
				began := time.Now()
				var file strings.Builder
				file.WriteString("userName,givenName,familyName,email,title,department,tags\n")
				for i := range n {
					fmt.Fprintf(&file, "person%06d@example.com,Given%d,Family%d,person%06d@example.com,Engineer,Research,one; two\n", first+i, i, i, first+i)
				}
				done := o.endedAt(t, o.confirmed(t, o.endedAt(t, o.dryStarted(t, file.String()))))
				if written(done) != n {
					t.Fatalf("%v", done)
				}
				return time.Since(began)
			}
			bring(0, 2000)
			before, heap := p.peak(t), p.goMemory(t)
			took := bring(10_000, rows)
			lines := strings.Count(o.export(t, "?columns=userName,email"), "\n")
			after := p.peak(t)
			t.Logf("%d users in %s; memory at the most %d MiB, with 2,000 users %d MiB", lines, took.Round(time.Second), after>>20, before>>20)
			if lines != rows+2001 {
				t.Errorf("%d lines", lines)
			}
			if after > before+p.mayGrow() {
				t.Errorf("memory grew from %d to %d MiB", before>>20, after>>20)
			}
			// What is ours is the part of Go: a map of what was seen, 16 bytes a row,
			// and what the garbage collector leaves for later. A kilobyte a row
			// would be 20 MiB of the least rows.
			if now := p.goMemory(t); now > heap+(16<<20) {
				t.Errorf("the memory of Go grew from %d to %d MiB", heap>>20, now>>20)
			} else {
				t.Logf("memory of Go %d MiB, with 2,000 users %d MiB", now>>20, heap>>20)
			}
		})
	}
}
