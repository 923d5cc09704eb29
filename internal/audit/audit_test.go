package audit_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"rollcall/internal/audit"
	"rollcall/internal/testdb"
	"rollcall/store"
)

var start = time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)

func row(n int) store.AuditRow {
	return store.AuditRow{
		Audit: store.Audit{
			At: start.Add(time.Duration(n) * time.Second), ActorKind: "operator", ActorID: "=1+2", Action: "group.update", RequestID: "-r",
			Reason: "=HYPERLINK(\"http://x\")\r\nsaid, \"é\"", Changes: []byte("{\"displayName\":\n[\"=a\", null]}"),
		},
		Position: store.TimePosition{At: start, Number: int64(n)},
		Subject:  store.Key{Tenant: 1, Type: "Group", ID: uuid.UUID{15: byte(n)}}, Version: 3, Added: []uuid.UUID{{1}, {2}},
	}
}

func sequence(rows []store.AuditRow, end error) iter.Seq2[store.AuditRow, error] {
	return func(yield func(store.AuditRow, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
		if end != nil {
			yield(store.AuditRow{}, end)
		}
	}
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if n, err := audit.WriteJSONLines(&out, sequence([]store.AuditRow{row(1), row(2)}, nil)); n != 2 || err != nil {
		t.Fatalf("WriteJSONLines = %d, %v", n, err)
	}
	const want = `{"time":"2026-02-03T04:05:07.000007Z","action":"group.update","actorKind":"operator","actorId":"=1+2","subjectType":"Group",` +
		`"subjectId":"00000000-0000-0000-0000-000000000001","version":3,"requestId":"-r","reason":"=HYPERLINK(\"http://x\")\r\nsaid, \"é\"",` +
		`"changes":{"displayName":["=a",null]},"added":["01000000-0000-0000-0000-000000000000","02000000-0000-0000-0000-000000000000"],"removed":[],"position":"AAZJ45nI7EcAAAAAAAAAAQ"}`
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 3 || lines[2] != "" {
		t.Fatalf("lines: %q", lines)
	}
	var got, expected map[string]any
	if err := errors.Join(json.Unmarshal([]byte(lines[0]), &got), json.Unmarshal([]byte(want), &expected)); err != nil {
		t.Fatal(err)
	}
	delete(got, "position")
	delete(expected, "position")
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	if strings.Contains(lines[0], "\r") {
		t.Errorf("a line that is broken: %q", lines[0])
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if n, err := audit.WriteCSV(&out, sequence([]store.AuditRow{row(1)}, nil)); n != 1 || err != nil {
		t.Fatalf("WriteCSV = %d, %v", n, err)
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{audit.Columns(), {
		"2026-02-03T04:05:07.000007Z", "group.update", "operator", "'=1+2", "Group", "00000000-0000-0000-0000-000000000001", "3", "'-r",
		"'=HYPERLINK(\"http://x\")\nsaid, \"é\"", "{\"displayName\":\n[\"=a\", null]}",
		"01000000-0000-0000-0000-000000000000 02000000-0000-0000-0000-000000000000", "", row(1).Position.String(),
	}}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
}

// TestFormulas: whatever is in a row, no cell begins like a formula.
func TestFormulas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[=+\-@\t\r\n＝＋－＠][a-z,"\n]*`), rapid.String())
		r := row(1)
		r.Reason, r.ActorID, r.ActorKind, r.RequestID = text.Draw(t, "reason"), text.Draw(t, "actor"), text.Draw(t, "kind"), text.Draw(t, "request")
		r.Action, r.Subject.Type = text.Draw(t, "action"), text.Draw(t, "type")
		var out bytes.Buffer
		if _, err := audit.WriteCSV(&out, sequence([]store.AuditRow{r}, nil)); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(records) != 2 || len(records[1]) != len(audit.Columns()) {
			t.Fatalf("%d records, %v", len(records), err)
		}
		for i, cell := range records[1] {
			if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
				t.Errorf("%s = %q", records[0][i], cell)
			}
		}
	})
}

// TestErrors: what was read before an error is whole, and the error comes out.
func TestErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, write := range map[string]func(*bytes.Buffer) (int, error){
		"JSON": func(b *bytes.Buffer) (int, error) {
			return audit.WriteJSONLines(b, sequence([]store.AuditRow{row(1)}, broken))
		},
		"CSV": func(b *bytes.Buffer) (int, error) {
			return audit.WriteCSV(b, sequence([]store.AuditRow{row(1)}, broken))
		},
	} {
		var out bytes.Buffer
		if n, err := write(&out); n != 1 || !errors.Is(err, broken) || !strings.HasSuffix(out.String(), "\n") {
			t.Errorf("%s: %d rows, %v, %q", name, n, err, out.String())
		}
	}
	rows := sequence([]store.AuditRow{row(1)}, nil)
	for range 2 {
		if _, err := audit.WriteCSV(full{}, rows); !errors.Is(err, errFull) {
			t.Errorf("CSV to a full disk: %v", err)
		}
		if _, err := audit.WriteJSONLines(full{}, rows); !errors.Is(err, errFull) {
			t.Errorf("JSON to a full disk: %v", err)
		}
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestSettled(t *testing.T) {
	t.Parallel()
	bound := start.Add(-5 * time.Minute)
	for until, want := range map[time.Time]time.Time{{}: bound, start: bound, bound.Add(-time.Hour): bound.Add(-time.Hour)} {
		if got := audit.Settled(store.AuditSearch{Until: until}, start); !got.Until.Equal(want) || !got.OldestFirst {
			t.Errorf("Settled(%v) = %+v", until, got)
		}
	}
}

// TestWalk: every row once, in order, however many pages.
func TestWalk(t *testing.T) {
	t.Parallel()
	s := testdb.OpenSQLite(t)
	const rows = 2*store.MaxAuditPage + 7
	key := store.Key{Tenant: 1, Type: "$operator", ID: uuid.New()}
	for n := range rows {
		if err := s.Note(t.Context(), key, store.Audit{At: start.Add(time.Duration(n/3) * time.Second), Action: "operator.signin", RequestID: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	search := audit.Settled(store.AuditSearch{Tenant: 1}, start.Add(time.Hour))
	n := 0
	for row, err := range audit.Walk(t.Context(), s, search) {
		if err != nil || row.RequestID != fmt.Sprint(n) {
			t.Fatalf("row %d: %+v, %v", n, row, err)
		}
		n++
	}
	if n != rows {
		t.Errorf("%d rows, want %d", n, rows)
	}
	for row, err := range audit.Walk(t.Context(), s, search) {
		if err != nil || row.RequestID != "0" {
			t.Errorf("first row: %+v, %v", row, err)
		}
		break
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range audit.Walk(ended, s, search) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}
