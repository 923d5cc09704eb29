package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/internal/api"
	"rollcall/internal/await"
	"rollcall/internal/trial"
	"rollcall/store"
)

// TestTwoServersFireOnce has timers of every kind fall due on two servers at one
// database while the same accounts are written to, and ends the server that
// fires them in the middle. Each timer leaves one audit row and one event of
// each type, whoever told it: a server, its successor, or a write.
func TestTwoServersFireOnce(t *testing.T) {
	t.Parallel()
	program := buildProgram(t)
	for name, end := range map[string]struct {
		signal os.Signal
		// twice is how many of so many events may reach the receiver twice.
		twice func(events int) int
	}{
		"drained": {syscall.SIGTERM, func(events int) int { return events / 100 }},
		// And one batch, which its end kept from being recorded (decision 0060).
		"killed": {syscall.SIGKILL, func(events int) int { return 256 + events/100 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newTimerFleet(t, program)
			f.settle(t, 300)
			stop := f.write(t)
			f.awaitFired(t, len(f.users)/4)
			if err := f.first.cmd.Process.Signal(end.signal); err != nil {
				t.Fatal(err)
			}
			if !time.Now().Before(f.last()) {
				t.Error("nothing was left for the other server")
			}
			f.awaitDone(t)
			if n := stop(); n < 300 {
				t.Errorf("only %d writes were made", n)
			}
			f.compare(t, end.twice)
		})
	}
}

// last is when the last timer falls due.
func (f *timerFleet) last() time.Time {
	return slices.MaxFunc(f.users, func(a, b timed) int { return a.due.Compare(b.due) }).due
}

// write writes to every other account again and again through both servers,
// through the second alone once the first is gone. stop ends it and returns the
// number of writes that were made.
func (f *timerFleet) write(t *testing.T) (stop func() int64) {
	t.Helper()
	const clients = 4
	over, made := make(chan struct{}), &atomic.Int64{}
	var load sync.WaitGroup
	for client := range clients {
		load.Go(func() {
			at := []*process{f.first, f.second}[client%2]
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				next, written := f.writeTo(n)
				if !written {
					continue
				}
				status, data := at.send(t.Context(), next.method, next.path, next.body)
				switch {
				case status == http.StatusOK, status == http.StatusNoContent:
					made.Add(1)
				case status == http.StatusConflict, status == http.StatusPreconditionFailed:
				case at == f.first && (status == 0 || status == http.StatusServiceUnavailable):
					at = f.second
				default:
					t.Errorf("status %d: %s", status, data)
					return
				}
			}
		})
	}
	return func() int64 {
		close(over)
		load.Wait()
		return made.Load()
	}
}

// writeTo is a write that changes no status itself: of a resource, or of a
// sign-in. Sign-ins tell what the clock did where they come before the timer, and
// are all about the account that has just fallen due, so that they meet there.
func (f *timerFleet) writeTo(n int) (next step, written bool) {
	i := n / 2 % len(f.users)
	if n%2 == 0 {
		i = min(max(int(time.Since(f.begin)/timersApart), 0), len(f.users)-1)
	}
	id := f.users[i].id
	if n%2 == 0 {
		next = step{"POST", api.Root + "/sign-ins", fmt.Sprintf(`{"user":%q,"succeeded":true}`, id)}
	} else {
		next = step{"PATCH", "/scim/v2/Users/" + id, patchOp(fmt.Sprintf(`{"op":"replace","path":"displayName","value":"write %d"}`, n))}
	}
	return next, i%2 != 0
}

// awaitFired waits until the receiver knows of so many timers.
func (f *timerFleet) awaitFired(t *testing.T, many int) {
	t.Helper()
	ends := map[string]string{}
	for _, one := range f.users {
		ends[one.id] = one.kind.moves[len(one.kind.moves)-1]
	}
	f.hook.until(t, 90*time.Second, func(calls []hookCall) bool {
		fired := 0
		for _, call := range firsts(calls) {
			details := call.Event.Data.Details
			if call.Event.Type == "status:change" && fmt.Sprint(details["from"], " ", details["to"]) == ends[call.Event.Data.ID] {
				fired++
			}
		}
		return fired >= many
	})
}

// awaitDone waits until the last timer has fallen due and none is left.
func (f *timerFleet) awaitDone(t *testing.T) {
	t.Helper()
	await.That(t, 90*time.Second, "the last timer that is due", func() bool {
		now := time.Now().UTC()
		due, err := f.beside.Due(t.Context(), now, 1)
		if err != nil {
			t.Fatal(err)
		}
		return now.After(f.last()) && len(due) == 0
	})
}

// compare holds trail, outbox and receiver against the timers.
func (f *timerFleet) compare(t *testing.T, twice func(events int) int) {
	t.Helper()
	s := &server{Base: "http://" + f.second.listen + "/scim/v2", Token: trial.Token, Store: f.beside}
	var ids []string
	byTimers := 0
	for i, one := range f.users {
		ids = append(ids, one.id)
		byTimers += f.compareUser(t, i)
	}
	if byTimers < len(f.users)/4 {
		t.Errorf("only %d of %d timers were fired, the others were told by writes", byTimers, len(f.users))
	}
	expected := s.outbox(t, ids)
	// The lease of a server that was killed goes on for a minute. To replay instead
	// would break off the batch of the other one, and have it come twice.
	calls := f.hook.until(t, 3*time.Minute, func(calls []hookCall) bool { return len(firsts(calls)) >= len(expected) })
	arrivedInOrder(t, expected, calls)
	if extra := len(calls) - len(firsts(calls)); extra > twice(len(expected)) {
		t.Errorf("%d of %d events came twice", extra, len(expected))
	}
	t.Logf("%d timers were fired, %d told by writes; %d events, %d calls", byTimers, len(f.users)-byTimers, len(expected), len(calls))
}

// compareUser: each change of status has one audit row, and the events of each
// are there once. It returns the number of rows that timers left.
func (f *timerFleet) compareUser(t *testing.T, i int) (byTimers int) {
	t.Helper()
	one := f.users[i]
	key := store.Key{Tenant: f.tenant, Type: "User", ID: uuid.MustParse(one.id)}
	rows, err := f.beside.AuditOf(t.Context(), key, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	moves := []string{}
	for _, row := range slices.Backward(rows) {
		if row.ActorKind == "system" {
			byTimers++
		}
		var changes struct {
			Status []string `json:"status"`
		}
		if err := json.Unmarshal(row.Changes, &changes); err != nil {
			t.Fatal(err)
		}
		if len(changes.Status) == 2 {
			moves = append(moves, strings.Join(changes.Status, " "))
		}
	}
	// The first is the creation.
	if diff := cmp.Diff(append([]string{"None Active"}, one.kind.moves...), moves); diff != "" || byTimers > 1 {
		t.Errorf("number %d, %s: %d rows of timers, changes of status (-want +trail):\n%s", i, one.kind.action, byTimers, diff)
	}
	told, err := f.beside.EventsOf(t.Context(), key, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	types := []string{}
	for _, row := range told {
		if row.Type != "prov:patch" && row.Type != "prov:create" {
			types = append(types, row.Type)
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(one.kind.events)), slices.Sorted(slices.Values(types))); diff != "" {
		t.Errorf("number %d, %s: events (-want +outbox):\n%s", i, one.kind.action, diff)
	}
	return byTimers
}
