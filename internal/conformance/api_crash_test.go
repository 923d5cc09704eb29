package conformance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/internal/api"
	"rollcall/internal/app"
	"rollcall/internal/trial"
	"rollcall/lifecycle"
	"rollcall/store"
)

// TestKillKeepsAccountsAndEventsInStep kills the server with SIGKILL again and
// again while accounts change their states from every side. Afterwards each
// account, its audit trail, its events and what a webhook got say the same.
func TestKillKeepsAccountsAndEventsInStep(t *testing.T) {
	t.Parallel()
	const transitions = 1000
	onEachProcess(t, func(t *testing.T, p *process) {
		h := newHook(t)
		p.environ = []string{"ROLLCALL_RECEIVER_NETWORKS=127.0.0.0/8", "ROLLCALL_RECEIVER_HTTP=true"}
		d := &district{process: *p}
		d.start(t)
		d.settle(t, h.URL)
		for d.changed.Load() < transitions {
			d.changeAndKill(t, 60+rand.N(200))
			d.start(t)
			d.wake(t)
		}
		d.compare(t, h)
	})
}

// district is a server that is killed, with users each of whom one client
// changes.
type district struct {
	process

	receiver string
	users    []*citizen
	changed  atomic.Int64
	requests atomic.Int64
}

// citizen is a user, the requests that are known to have changed it, and those
// that are known to have changed nothing.
type citizen struct {
	id     string
	status string
	known  []string
	idle   []string
}

// settle makes the receiver and the users.
func (d *district) settle(t *testing.T, hook string) {
	t.Helper()
	status, data := d.send(t.Context(), "POST", api.Root+"/receivers", `{"name":"crash","kind":"webhook","url":"`+hook+`"}`)
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(data, &made); err != nil || status != http.StatusCreated {
		t.Fatalf("the receiver: status %d, %s", status, data)
	}
	d.receiver = made.ID
	for i := range 24 {
		d.users = append(d.users, &citizen{id: d.create(t, "/Users", fmt.Sprintf(`{%s,"userName":"crash-%d"}`, userSchemas, i)), status: "Active"})
	}
}

// wake lets the receiver go on at once. It belongs to the server that was killed
// for up to a minute; to replay from where it is takes it away.
func (d *district) wake(t *testing.T) {
	t.Helper()
	at := api.Root + "/receivers/" + d.receiver
	_, data := d.send(t.Context(), "GET", at, "")
	var receiver struct {
		Position int64 `json:"position"`
	}
	if err := json.Unmarshal(data, &receiver); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	if status, data := d.send(t.Context(), "POST", at+"/replay", fmt.Sprintf(`{"position":%d}`, receiver.Position)); status != http.StatusOK {
		t.Fatalf("replay: status %d, %s", status, data)
	}
}

// changeAndKill changes accounts from several clients and kills the server when
// so many changes more are known, while they go on.
func (d *district) changeAndKill(t *testing.T, more int) {
	t.Helper()
	const clients = 6
	enough, reached := d.changed.Load()+int64(more), make(chan struct{})
	var once sync.Once
	var load sync.WaitGroup
	for client := range clients {
		load.Go(func() {
			for n := 0; d.change(t, d.users[client*len(d.users)/clients+n%(len(d.users)/clients)]); n++ {
				if d.changed.Load() >= enough {
					once.Do(func() { close(reached) })
				}
			}
		})
	}
	select {
	case <-reached:
	case <-time.After(time.Minute):
		t.Error("the load is too slow to be killed in the middle")
	}
	if err := d.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	load.Wait()
}

// step is one request about a user.
type step struct{ method, path, body string }

// steps are what can be done to a user as it stands: over SCIM and by the
// administrators. Some of them are refused, or change nothing.
func steps(id, status string) []step {
	users, scim := api.Root+"/users/"+id+"/actions/", "/scim/v2/Users/"+id
	active := func(value string) step {
		return step{"PATCH", scim, patchOp(`{"op":"replace","path":"active","value":` + value + `}`)}
	}
	suspend, lock := step{"POST", users + "suspend", `{"reason":"crash"}`}, step{"POST", users + "lock", `{"reason":"crash"}`}
	switch lifecycle.Status(status) {
	case lifecycle.StatusDeprovisioned:
		return []step{{"POST", users + "restore", ""}, {"POST", api.Root + "/deleted/User/" + id + "/restore", ""}, active("true")}
	case lifecycle.StatusSuspended:
		return []step{{"POST", users + "activate", ""}, {"POST", users + "override", `{"reason":"crash"}`}, active("true"), active("true"), {"DELETE", scim, ""}}
	case lifecycle.StatusLocked:
		return []step{{"POST", users + "unlock", ""}, suspend, active("false")}
	}
	return []step{suspend, lock, active("false"), active("false"), {"POST", users + "deprovision", ""}}
}

// change does one thing to a user, and reports whether the server is alive.
func (d *district) change(t *testing.T, one *citizen) bool {
	possible := steps(one.id, one.status)
	next, request := possible[rand.N(len(possible))], fmt.Sprint("crash-", d.requests.Add(1))
	status, data := d.send(t.Context(), next.method, next.path, next.body, "X-Request-Id", request)
	if status == 0 {
		return false
	}
	if status >= 500 {
		t.Errorf("%s %s: status %d, %s", next.method, next.path, status, data)
	}
	var outcome struct {
		Changed *bool `json:"changed"`
	}
	_ = json.Unmarshal(data, &outcome) // SCIM says it otherwise
	switch {
	case outcome.Changed != nil && *outcome.Changed, next.method == "DELETE" && status == http.StatusNoContent:
		one.known = append(one.known, request)
		d.changed.Add(1)
	case outcome.Changed != nil, status >= 400:
		one.idle = append(one.idle, request)
	}
	standing, alive := d.standing(t, one.id)
	if alive {
		one.status = standing
	}
	return alive
}

// standing is how a user stands.
func (d *district) standing(t *testing.T, id string) (status string, alive bool) {
	code, data := d.send(t.Context(), "GET", api.Root+"/users/"+id, "")
	var account struct {
		Status string `json:"status"`
	}
	if code != 0 && (json.Unmarshal(data, &account) != nil || code != http.StatusOK) {
		t.Errorf("explain: status %d, %s", code, data)
	}
	return account.Status, code != 0
}

// compare holds what is told of each user against each other.
func (d *district) compare(t *testing.T, h *hook) {
	t.Helper()
	beside, err := app.OpenStore(t.Context(), d.database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()
	s := &server{Base: "http://" + d.listen + "/scim/v2", Token: trial.Token, Store: beside}
	var ids []string
	for _, one := range d.users {
		ids = append(ids, one.id)
		d.compareUser(t, s, one)
	}
	expected := s.outbox(t, ids)
	calls := h.until(t, time.Minute, func(calls []hookCall) bool { return len(firsts(calls)) >= len(expected) })
	arrivedInOrder(t, expected, calls)
	t.Logf("%d events, %d calls", len(expected), len(calls))
}

// compareUser: the trail ends in the status that the account has, every change
// that was acknowledged is in it once, no request is in it twice, and the events
// tell of the changes of status that it tells of. That an account is locked is
// told by the trail alone.
func (d *district) compareUser(t *testing.T, s *server, one *citizen) {
	t.Helper()
	standing, _ := d.standing(t, one.id)
	recorded, last, moves := map[string]int{}, "None", []string{}
	rows := s.desk().ask(t, 200, "GET", "/users/"+one.id+"/history?count=1000", "")["rows"].([]any)
	for _, row := range slices.Backward(rows) {
		row := row.(map[string]any)
		request, _ := row["requestId"].(string)
		recorded[request]++
		pair, ok := row["changes"].(map[string]any)["status"].([]any)
		if !ok {
			continue
		}
		if pair[0] != last {
			t.Errorf("%s: a change from %v follows one to %s", one.id, pair[0], last)
		}
		from, to := fmt.Sprint(pair[0]), fmt.Sprint(pair[1])
		if last = to; from == string(lifecycle.StatusNone) {
			continue // that it was made is told as that
		}
		if !lifecycle.Status(from).Active() || !lifecycle.Status(to).Active() {
			moves = append(moves, from+" "+to)
		}
	}
	if last != standing {
		t.Errorf("%s is %s, and %s by its trail", one.id, standing, last)
	}
	for request, n := range recorded {
		if request == "" || n != 1 {
			t.Errorf("%s: the trail has %d rows of request %q", one.id, n, request)
		}
	}
	for _, request := range one.known {
		if recorded[request] == 0 {
			t.Errorf("%s: request %s was acknowledged and is not in the trail", one.id, request)
		}
	}
	for _, request := range one.idle {
		if recorded[request] != 0 {
			t.Errorf("%s: request %s changed nothing and is in the trail", one.id, request)
		}
	}
	if diff := cmp.Diff(moves, told(t, s.outbox(t, []string{one.id}))); diff != "" {
		t.Errorf("%s: what events tell is not what the trail tells (-trail +events):\n%s", one.id, diff)
	}
}

// told are the changes of status that events tell of.
func told(t *testing.T, rows []store.OutboxRow) []string {
	t.Helper()
	list := []string{}
	for _, row := range rows {
		if row.Type != string(lifecycle.EventStatusChange) {
			continue
		}
		var move struct{ From, To string }
		if err := json.Unmarshal(row.Payload, &move); err != nil {
			t.Fatal(err)
		}
		list = append(list, move.From+" "+move.To)
	}
	return list
}
