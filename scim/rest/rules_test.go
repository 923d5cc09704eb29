package rest

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"rollcall/store"
)

// TestRuleBook: options are read once, and again when they change; what is not
// understood is logged once for each time it was stored.
func TestRuleBook(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	book := newRuleBook(slog.New(slog.NewTextHandler(&log, nil)))
	connection := store.Connection{ID: uuid.New(), Name: "entra"}
	for _, test := range []struct{ options, profile string }{
		{"", "lenient"}, {"{}", "lenient"}, {`{"profile":"strict"}`, "strict"}, {`{"profile":"gone"}`, "strict"}, {`{"profile":"interop"}`, "interop"}, {"{}", "lenient"}, {`[1]`, "strict"},
	} {
		connection.Options = []byte(test.options)
		first := book.of(&connection)
		if first.Name != test.profile {
			t.Errorf("%s is read as %s", test.options, first.Name)
		}
		connection.Options = []byte(test.options) // as another look at the store brings it
		if again := book.of(&connection); again != first {
			t.Errorf("%s is read twice", test.options)
		}
	}
	if got := strings.Count(log.String(), "not understood"); got != 2 || !strings.Contains(log.String(), connection.ID.String()) {
		t.Errorf("%d lines, want 2: %s", got, log.String())
	}
}

// TestRuleBookOfMany is for the race detector.
func TestRuleBookOfMany(t *testing.T) {
	t.Parallel()
	book := newRuleBook(slog.New(slog.DiscardHandler))
	shared := uuid.New()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 100 {
				options := []string{`{"profile":"strict"}`, `{"profile":"interop"}`}[i%2]
				for _, id := range []uuid.UUID{shared, uuid.New()} {
					rules := book.of(&store.Connection{ID: id, Options: []byte(options)})
					if !strings.Contains(options, rules.Name) {
						t.Errorf("%s is read as %s", options, rules.Name)
					}
				}
			}
		})
	}
	all.Wait()
}
