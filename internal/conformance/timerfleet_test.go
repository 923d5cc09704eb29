package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"rollcall/internal/api"
	"rollcall/internal/app"
	"rollcall/internal/await"
	"rollcall/internal/testpg"
	"rollcall/store"
)

// timerKind is a kind of timer: how it is set, and what the account goes
// through.
type timerKind struct {
	action, body string // with the instant
	moves        []string
	events       []string
}

var timerKinds = []timerKind{
	{
		"schedule", `{"validUntil":%q}`,
		[]string{"Active Suspended"},
		[]string{"status:change", "prov:deactivate", "caep:session-revoked", "risc:account-disabled"},
	},
	{
		"suspend", `{"reason":"fleet","until":%q}`,
		[]string{"Active Suspended", "Suspended Active"},
		[]string{"status:change", "prov:deactivate", "caep:session-revoked", "risc:account-disabled", "status:change", "prov:activate", "risc:account-enabled"},
	},
	{
		"schedule", `{"validFrom":%q}`,
		[]string{"Active Inactive", "Inactive Active"},
		[]string{"status:change", "prov:deactivate", "caep:session-revoked", "risc:account-disabled", "status:change", "prov:activate", "risc:account-enabled"},
	},
	{"lock", `{"reason":"fleet","until":%q}`, []string{"Active Locked", "Locked Active"}, nil},
}

// timerFleet is two servers at one database, the first of which fires timers.
type timerFleet struct {
	first, second *process
	hook          *hook
	receiver      string
	beside        store.Store
	tenant        store.TenantID
	users         []timed
	// begin is when the first timer falls due; the others follow timersApart.
	begin time.Time
}

const timersApart = 30 * time.Millisecond

// timed is a user with a timer.
type timed struct {
	id   string
	kind timerKind
	due  time.Time
}

func newTimerFleet(t *testing.T, program string) *timerFleet {
	t.Helper()
	database := testpg.DSN(t)
	f := &timerFleet{hook: newHook(t)}
	start := func() *process {
		p := &process{
			t: t, program: program, database: database, listen: freeAddress(t),
			environ: []string{"ROLLCALL_RECEIVER_NETWORKS=127.0.0.0/8", "ROLLCALL_RECEIVER_HTTP=true"},
		}
		p.start(t)
		return p
	}
	f.first = start()
	var err error
	if f.beside, err = app.OpenStore(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.beside.Close() })
	await.That(t, 90*time.Second, "timers that the first server fires", func() bool {
		// Nobody can have the lease for no time at all while it is held.
		now := time.Now().UTC()
		free, err := f.beside.Lease(t.Context(), "timers", "test", now, now)
		if err != nil {
			t.Fatal(err)
		}
		return !free
	})
	f.second = start()
	tenant, err := f.beside.Tenant(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	f.tenant = tenant.ID
	return f
}

// settle makes the receiver, and users with timers that fall due one after the
// other from some seconds after they are set.
func (f *timerFleet) settle(t *testing.T, users int) {
	t.Helper()
	const soon, clients = 6 * time.Second, 6
	status, data := f.second.send(t.Context(), "POST", api.Root+"/receivers", `{"name":"fleet","kind":"webhook","url":"`+f.hook.URL+`"}`)
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(data, &made); err != nil || status != http.StatusCreated {
		t.Fatalf("the receiver: status %d, %s", status, data)
	}
	f.receiver, f.users = made.ID, make([]timed, users)
	var load sync.WaitGroup
	for client := range clients {
		load.Go(func() {
			at := []*process{f.first, f.second}[client%2]
			for i := client; i < users; i += clients {
				f.users[i].id = at.create(t, "/Users", fmt.Sprintf(`{%s,"userName":"timed-%d"}`, userSchemas, i))
			}
		})
	}
	load.Wait()
	f.begin = time.Now().Add(soon)
	for client := range clients {
		load.Go(func() {
			at := []*process{f.first, f.second}[client%2]
			for i := client; i < users; i += clients {
				one := &f.users[i]
				one.kind, one.due = timerKinds[i/clients%len(timerKinds)], f.begin.Add(time.Duration(i)*timersApart).UTC().Truncate(time.Millisecond)
				path := api.Root + "/users/" + one.id + "/actions/" + one.kind.action
				if status, data := at.send(t.Context(), "POST", path, fmt.Sprintf(one.kind.body, one.due.Format(time.RFC3339Nano))); status != http.StatusOK {
					t.Errorf("%s of number %d: status %d, %s", one.kind.action, i, status, data)
				}
			}
		})
	}
	load.Wait()
	if t.Failed() {
		t.FailNow()
	}
}
