package scim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/scim/fault"
	"rollcall/store"
)

// TestLinesTakeTurns: whoever comes with many waits for itself. A slot goes to
// the lines in turn, and in each to who came first.
func TestLinesTakeTurns(t *testing.T) {
	t.Parallel()
	slots := newFairSlots(1)
	if slots.stand(line{tenant: 9}) != nil {
		t.Fatal("a free slot was not given")
	}
	crowd, other, writes := line{tenant: 1, check: true}, line{tenant: 2, check: true}, line{tenant: 1}
	waiting := map[string]chan struct{}{}
	for _, join := range []struct {
		name string
		in   line
		many int
	}{{"crowd", crowd, 5}, {"other", other, 2}, {"write", writes, 1}} {
		for i := range join.many {
			waiting[fmt.Sprint(join.name, i+1)] = slots.stand(join.in)
		}
	}
	var order []string
	for range len(waiting) {
		slots.give()
		for name, turn := range waiting {
			if isClosed(turn) {
				order = append(order, name)
				delete(waiting, name)
			}
		}
	}
	if got, want := strings.Join(order, " "), "crowd1 other1 write1 crowd2 other2 crowd3 crowd4 crowd5"; got != want {
		t.Errorf("turns of %s, want %s", got, want)
	}
}

func isClosed(turn chan struct{}) bool {
	select {
	case <-turn:
		return true
	default:
		return false
	}
}

// waiter is one that stands in a line.
type waiter struct {
	in   line
	turn chan struct{}
	// passed counts the turns that other lines had since it came to be the first
	// of its line.
	passed map[line]int
}

// TestTurnsAreFair: whatever comes and goes, all slots are used, none twice, and
// the first of a line is passed at most once by each other line.
func TestTurnsAreFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		const slots = 2
		shared, held := newFairSlots(slots), 0
		var waiting []*waiter
		// granted finds whose turn came, which is one waiter or nobody.
		granted := func() {
			before := len(waiting)
			for i, one := range waiting {
				if !isClosed(one.turn) {
					continue
				}
				first := slices.IndexFunc(waiting, func(w *waiter) bool { return w.in == one.in })
				if first != i {
					r.Fatalf("%v: number %d was before number %d", one.in, i, first)
				}
				waiting = slices.Delete(waiting, i, i+1)
				held++
				heads := map[line]*waiter{}
				for _, w := range waiting {
					if heads[w.in] == nil {
						heads[w.in] = w
					}
				}
				delete(heads, one.in)
				for w := range maps.Values(heads) {
					if w.passed[one.in]++; w.passed[one.in] > 1 {
						r.Fatalf("%v waits while %v has its second turn", w.in, one.in)
					}
				}
				break
			}
			if held > slots || len(waiting) > 0 && held < slots {
				r.Fatalf("%d of %d slots are held, %d wait (before %d)", held, slots, len(waiting), before)
			}
		}
		r.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { granted() },
			"come": func(r *rapid.T) {
				in := line{tenant: store.TenantID(rapid.IntRange(1, 3).Draw(r, "tenant")), check: rapid.Bool().Draw(r, "check")}
				if turn := shared.stand(in); turn == nil {
					held++
				} else {
					waiting = append(waiting, &waiter{in: in, turn: turn, passed: map[line]int{}})
				}
			},
			"give": func(r *rapid.T) {
				if held == 0 {
					r.Skip("nobody has a slot")
				}
				held--
				shared.give()
			},
			"go away": func(r *rapid.T) {
				if len(waiting) == 0 {
					r.Skip("nobody waits")
				}
				i := rapid.IntRange(0, len(waiting)-1).Draw(r, "who")
				shared.leave(waiting[i].in, waiting[i].turn)
				waiting = slices.Delete(waiting, i, i+1)
			},
			"go away at the turn": func(r *rapid.T) {
				if held == 0 || len(waiting) == 0 {
					r.Skip("nobody has a slot, or waits")
				}
				held--
				shared.give()
				i := slices.IndexFunc(waiting, func(w *waiter) bool { return isClosed(w.turn) })
				shared.leave(waiting[i].in, waiting[i].turn)
				waiting = slices.Delete(waiting, i, i+1)
			},
		})
		for ; held > 0; granted() {
			held--
			shared.give()
		}
		if len(waiting)+len(shared.waiting)+len(shared.round) > 0 || shared.free != slots {
			r.Fatalf("%d wait, %d lines are left, %d slots are free", len(waiting), len(shared.waiting), shared.free)
		}
	})
}

// TestPlaces: a tenant has so many, all have so many, and who leaves makes room.
func TestPlaces(t *testing.T) {
	t.Parallel()
	checks := newCheckLimit(2, 3)
	enter := func(tenant store.TenantID, want bool) func() {
		t.Helper()
		leave, err := checks.enter(tenant)
		if (err == nil) != want {
			t.Fatalf("tenant %d: %v", tenant, err)
		}
		if refused, ok := fault.As(err); err != nil && (!ok || refused.Status != 429 || refused.RetryAfter <= 0) {
			t.Errorf("refused with %+v", err)
		}
		return leave
	}
	first, second := enter(1, true), enter(1, true)
	enter(1, false)
	third := enter(2, true)
	enter(2, false)
	second()
	fourth := enter(1, true)
	for _, leave := range []func(){first, third, fourth} {
		leave()
	}
	if checks.all != 0 || len(checks.taken) != 0 {
		t.Errorf("%d places are taken by nobody, of %v", checks.all, checks.taken)
	}
}
