package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
)

// massRemoval is a connection with 1,000 users that removes 500, all of whom are
// in a group.
type massRemoval struct {
	*office
	group string
	going []string
}

// removals are the ways in which a connection removes; each returns the statuses
// in the order of the ids.
var removals = map[string]func(t *testing.T, s *server, ids []string) []string{
	"DELETE": func(t *testing.T, s *server, ids []string) (statuses []string) {
		for _, id := range ids {
			status, header, document := s.do(t, "DELETE", "/Users/"+id, "")
			if status == http.StatusTooManyRequests && (header.Get("Retry-After") == "" || document["detail"] == "") {
				t.Errorf("a refusal without a reason or a time to wait: %v", document)
			}
			statuses = append(statuses, fmt.Sprint(status))
		}
		return statuses
	},
	"Bulk": func(t *testing.T, s *server, ids []string) (statuses []string) {
		var operations []string
		for _, id := range ids {
			operations = append(operations, `{"method":"DELETE","path":"/Users/`+id+`"}`)
		}
		for _, one := range s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))["Operations"].([]any) {
			statuses = append(statuses, one.(map[string]any)["status"].(string))
		}
		return statuses
	},
}

// TestMassRemoval: a deprovision of 500 users by a connection with 1,000 is held
// or stopped by the mass guard after its limit, allowed by an administrator,
// done, and undone; memberships are back.
func TestMassRemoval(t *testing.T) {
	t.Parallel()
	for way, remove := range removals {
		for mode, allow := range map[string]func(*massRemoval, *testing.T, []string, func(*testing.T, *server, []string) []string){
			"hold": (*massRemoval).held, "reject": (*massRemoval).rejected,
		} {
			if testing.Short() && (way == "Bulk") != (mode == "reject") {
				continue // each way and each mode once: the race detector makes them slow
			}
			t.Run(way+"/"+mode, func(t *testing.T) {
				t.Parallel()
				onEachStore(t, func(t *testing.T, s *server) {
					o := s.desk()
					o.ask(t, 200, "PUT", "/policy", `{"guard":{"mode":"`+mode+`"}}`)
					ids := s.crowd(t, "mass", 1000)
					m := &massRemoval{o, s.group(t, "mass", ids[:500]...), slices.Sorted(slices.Values(ids[:500]))}
					state := o.ask(t, 200, "GET", "/connections/default/guard", "")
					report(t, map[string]any{"mode": mode, "limit": 100.0, "armed": true}, state)
					statuses := remove(t, s, m.going)
					allow(m, t, statuses, remove)
					m.restored(t, s)
				})
			})
		}
	}
}

// held: beyond the limit access is cut and the rest waits, until an administrator
// says that it was meant.
func (m *massRemoval) held(t *testing.T, statuses []string, _ func(*testing.T, *server, []string) []string) {
	t.Helper()
	m.all(t, statuses, "204")
	held := 0
	for cursor := ""; ; {
		page := m.ask(t, 200, "GET", "/deleted?count=200"+cursor, "")
		for _, row := range page["deleted"].([]any) {
			if row := row.(map[string]any); row["held"] == true {
				held++
				if row["groups"] != 1.0 {
					t.Fatalf("a held user lost its memberships: %v", row)
				}
			}
		}
		next, more := page["next"].(string)
		if !more {
			break
		}
		cursor = "&cursor=" + next
	}
	if held != 400 {
		t.Errorf("%d of 500 are held, want 400", held)
	}
	if explained := m.ask(t, 200, "GET", "/users/"+m.going[499], ""); explained["status"] != "Deprovisioned" || explained["active"] != false {
		t.Errorf("a held user: %s", brief(explained))
	}
	report(t, map[string]any{"done": 400.0, "failed": "$len:0"}, m.ask(t, 200, "POST", "/connections/default/guard/release", `{"reason":"it was meant"}`))
}

// rejected: beyond the limit nothing is removed, until an administrator allows
// as many more.
func (m *massRemoval) rejected(t *testing.T, statuses []string, remove func(*testing.T, *server, []string) []string) {
	t.Helper()
	m.all(t, statuses[:100], "204")
	m.all(t, statuses[100:], "429")
	for _, i := range []int{100, 499} {
		if got := m.status(t, m.going[i]); got != "Active" {
			t.Errorf("a refused removal left the account %s", got)
		}
	}
	m.ask(t, 200, "POST", "/connections/default/guard/allow", `{"removals":400,"for":"1h","reason":"it is meant"}`)
	connection := *m.server
	connection.Base = connection.Base[:len(connection.Base)-len("/api/v1")] + "/scim/v2"
	m.all(t, remove(t, &connection, m.going[100:]), "204")
}

func (m *massRemoval) all(t *testing.T, statuses []string, want string) {
	t.Helper()
	if i := slices.IndexFunc(statuses, func(status string) bool { return status != want }); i >= 0 {
		t.Fatalf("removal %d of %d answers %s, want %s", i, len(statuses), statuses[i], want)
	}
}

// restored undoes it for all that were deleted.
func (m *massRemoval) restored(t *testing.T, s *server) {
	t.Helper()
	if left := s.members(t, m.group); len(left) != 0 {
		t.Errorf("%d members are left", len(left))
	}
	m.brought(t, s, 500)
}

// brought restores those that are still deleted with a batch. It brings them back
// suspended by the administrators, who activate them with another one: then all
// accounts are as they were.
func (m *massRemoval) brought(t *testing.T, s *server, n int) {
	t.Helper()
	dry := m.ask(t, 200, "POST", "/batches?dryRun=true", batchBody("restore", `{"deleted":true}`, -1))
	counts(t, dry, n, 0, 0)
	counts(t, m.done(t, batchBody("restore", `{"deleted":true}`, int(dry["users"].(float64)))), n, 0, 0)
	if back := s.members(t, m.group); !slices.Equal(back, m.going) {
		t.Errorf("%d members are back", len(back))
	}
	if got := s.total(t, "/Users", suspendedFilter); got != float64(n) {
		t.Errorf("%v are suspended when they are restored, want %d", got, n)
	}
	counts(t, m.done(t, batchBody("activate", `{"filter":`+strconv.Quote(suspendedFilter)+`}`, n)), n, 0, 0)
	if got := s.total(t, "/Users", activeFilter); got != 1000 {
		t.Errorf("%v are as they were", got)
	}
}

const (
	statusName      = "urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User:status"
	suspendedFilter = statusName + ` eq "Suspended"`
	activeFilter    = statusName + ` eq "Active"`
)

// TestMassRemovalUndone: one request brings back what the mass guard holds, as it
// was before; what went below the limit is restored by a batch.
func TestMassRemovalUndone(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		ids := s.crowd(t, "mass", 1000)
		m := &massRemoval{o, s.group(t, "mass", ids[:500]...), slices.Sorted(slices.Values(ids[:500]))}
		m.all(t, removals["Bulk"](t, s, m.going), "204")
		report(t, map[string]any{"done": 400.0, "suspensions": 0.0, "failed": "$len:0", "more": false}, o.ask(t, 200, "POST", defaultGuard+"/restore", `{"reason":"a filter typo"}`))
		if back := s.members(t, m.group); !slices.Equal(back, m.going[100:]) {
			t.Errorf("%d members are back", len(back))
		}
		if got := s.total(t, "/Users", activeFilter); got != 900 {
			t.Errorf("%v are as they were", got)
		}
		report(t, map[string]any{"incident": map[string]any{"state": "restored", "removals": 500.0}}, o.ask(t, 200, "GET", defaultGuard, ""))
		m.brought(t, s, 100)
	})
}

// TestMassRemovalByBatch: an administrator who confirms the number removes 500 at
// once, no connection pays for it, and it is undone: with all memberships, and
// each account as it was.
func TestMassRemovalByBatch(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		ids := s.crowd(t, "mass", 1000)
		going := slices.Sorted(slices.Values(ids[:500]))
		group := s.group(t, "mass", going...)
		filter := `{"filter":"groups.value eq \"` + group + `\""}`
		dry := o.ask(t, 200, "POST", "/batches?dryRun=true", batchBody("deprovision", filter, -1))
		counts(t, dry, 500, 0, 0)
		o.ask(t, 409, "POST", "/batches", batchBody("deprovision", filter, 499))
		done := o.done(t, batchBody("deprovision", filter, 500))
		counts(t, done, 500, 0, 0)
		if left := s.members(t, group); len(left) != 0 {
			t.Errorf("%d members are left", len(left))
		}
		report(t, map[string]any{"removals": 0.0}, o.ask(t, 200, "GET", "/connections/default/guard", ""))
		report(t, map[string]any{"removals": 0.0}, o.ask(t, 200, "GET", "/timers/guard", ""))
		// Batches are counted by themselves: who confirms the number allows it.
		report(t, map[string]any{"removals": 500.0, "limit": 50.0, "livingUsers": 500.0, "allowance": 0.0, "armed": true, "openIncidents": 0.0},
			o.ask(t, 200, "GET", "/batches/guard", ""))

		// One is purged and one restored by others: the purged one is
		// reported, the restored one stays as they left it.
		o.act(t, 200, going[0], "purge", `{"confirm":"`+going[0]+`"}`)
		o.act(t, 200, going[1], "restore", `{"reason":"mine"}`)
		undo := o.undone(t, done)
		counts(t, undo, 498, 1, 1)
		refused, unchanged := o.rowsOf(t, undo, "refused"), o.rowsOf(t, undo, "unchanged")
		if refused[going[0]]["why"] != "purged" || unchanged[going[1]] == nil || o.status(t, going[1]) != "Suspended" {
			t.Errorf("refused %v, unchanged %v", refused, unchanged)
		}
		if back := s.members(t, group); !slices.Equal(back, going[1:]) {
			t.Errorf("%d members are back", len(back))
		}
		for _, i := range []int{2, 250, 499} {
			if got := o.status(t, going[i]); got != "Active" {
				t.Errorf("account %d is %s", i, got)
			}
		}
	})
}
