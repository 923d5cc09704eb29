package conformance

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/testpg"
	"rollcall/store"
)

// TestTwoServersDeliver changes the same users through two servers at once: each
// event reaches the receiver, those of each user in order, and hardly any twice.
func TestTwoServersDeliver(t *testing.T) {
	t.Parallel()
	const users, clients, changes = 12, 3, 40
	database := testpg.DSN(t)
	servers := []*server{serve(t, database, ""), serve(t, database, "")}
	o, h := servers[0].desk(), newHook(t)
	o.ask(t, 201, "POST", "/receivers", `{"name":"fleet","kind":"webhook","url":"`+h.URL+`"}`)
	var ids []string
	for i := range users {
		ids = append(ids, servers[i%2].user(t, fmt.Sprint("fleet-", i)))
	}
	var done atomic.Int64
	var load sync.WaitGroup
	for client := range 2 * clients {
		load.Go(func() {
			for n := range changes {
				name := fmt.Sprintf("%d-%d", client, n)
				body := patchOp(`{"op":"replace","path":"displayName","value":"`+name+`"}`, `{"op":"replace","path":"active","value":`+fmt.Sprint(rand.N(2) == 0)+`}`)
				// Who loses a race against others too often is told so.
				status, _, answer := servers[client%2].do(t, "PATCH", "/Users/"+ids[rand.N(users)], body)
				switch status {
				case http.StatusOK, http.StatusNoContent:
					done.Add(1)
				case http.StatusConflict, http.StatusPreconditionFailed:
				default:
					t.Errorf("status %d: %s", status, brief(answer))
				}
			}
		})
	}
	load.Wait()
	if done.Load() < clients*changes {
		t.Errorf("only %d changes were made", done.Load())
	}
	expected := servers[0].outbox(t, ids)
	if n := countOf(expected, "prov:patch"); n != int(done.Load()) {
		t.Errorf("%d changes are told of, %d were made", n, done.Load())
	}
	calls := h.until(t, time.Minute, func(calls []hookCall) bool { return len(firsts(calls)) >= len(expected) })
	arrivedInOrder(t, expected, calls)
	if extra := len(calls) - len(expected); extra*100 >= len(expected) {
		t.Errorf("%d of %d events came twice", extra, len(expected))
	}
}

// outbox are all events about users, those of each in their order.
func (s *server) outbox(t *testing.T, ids []string) []store.OutboxRow {
	t.Helper()
	tenant, all := tenantOf(t, s).ID, []store.OutboxRow{}
	for _, id := range ids {
		rows, err := s.Store.EventsOf(t.Context(), store.Key{Tenant: tenant, Type: "User", ID: uuid.MustParse(id)}, 100_000)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rows...)
	}
	return all
}

func countOf(rows []store.OutboxRow, typ string) (n int) {
	for _, row := range rows {
		if row.Type == typ {
			n++
		}
	}
	return n
}

// firsts are the calls without those that came again.
func firsts(calls []hookCall) []hookCall {
	seen, first := map[string]bool{}, []hookCall{}
	for _, call := range calls {
		if id := call.Header.Get("Webhook-Id"); !seen[id] {
			seen[id] = true
			first = append(first, call)
		}
	}
	return first
}

// arrivedInOrder: every event came, and those of each user in the order of its
// versions and, within one, in that in which they are told.
func arrivedInOrder(t *testing.T, expected []store.OutboxRow, calls []hookCall) {
	t.Helper()
	type event struct {
		typ     string
		version int64
	}
	wanted, got, last := map[string][]event{}, map[string][]event{}, map[string]int64{}
	for _, row := range expected {
		id := row.Subject.ID.String()
		wanted[id] = append(wanted[id], event{row.Type, row.Version})
	}
	for _, call := range firsts(calls) {
		data := call.Event.Data
		got[data.ID] = append(got[data.ID], event{call.Event.Type, data.Version})
		if data.Position <= last[data.ID] {
			t.Errorf("%s: position %d came after %d", data.ID, data.Position, last[data.ID])
		}
		last[data.ID] = data.Position
	}
	for id, events := range wanted {
		if slices.Equal(events, got[id]) {
			continue
		}
		at := 0
		for at < min(len(events), len(got[id])) && events[at] == got[id][at] {
			at++
		}
		t.Errorf("%s: %d events came of %d, and the first that is another one is number %d: %v, want %v",
			id, len(got[id]), len(events), at, peek(got[id], at), peek(events, at))
	}
}

// peek shows a few of a list from a place on.
func peek[T any](list []T, at int) []T {
	return list[min(at, len(list)):min(at+3, len(list))]
}
