package lifecycle_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/lifecycle"
)

// watch is a guard that lets two removals of ten pass in an hour, and what it
// remembers.
type watch struct {
	lifecycle.MassGuard

	tally lifecycle.Tally
}

func newWatch(mode lifecycle.GuardMode) *watch {
	return &watch{MassGuard: lifecycle.MassGuard{Mode: mode, Window: time.Hour, Floor: 2}}
}

// remove weighs a removal and reports whether an incident begins.
func (w *watch) remove(at time.Time) (began bool) {
	var verdict lifecycle.Verdict
	verdict, w.tally = w.Weigh(w.tally, 1, users(10), at)
	began, w.tally = w.Notice(w.tally, verdict, 1, at)
	return began
}

// TestIncidentBegins: the first removal beyond the limit begins an incident, which
// goes on with those that follow within the window.
func TestIncidentBegins(t *testing.T) {
	t.Parallel()
	for mode, want := range map[lifecycle.GuardMode][]bool{
		lifecycle.GuardHold:  {false, false, true, false, false, false, false, true},
		lifecycle.GuardAlert: {false, false, true, false, false, false, false, true},
		// What is refused is tried again, and is told once in a window.
		lifecycle.GuardReject: {false, false, true, false, false, false, false, false},
		lifecycle.GuardOff:    make([]bool, 8),
	} {
		w := newWatch(mode)
		for i, after := range []time.Duration{0, time.Second, 2 * time.Second, 30 * time.Minute, 50 * time.Minute, 80 * time.Minute, 120 * time.Minute, 200 * time.Minute} {
			if i == 7 && mode != lifecycle.GuardReject {
				w.remove(now.Add(after))
				w.remove(now.Add(after))
			}
			if got := w.remove(now.Add(after)); got != want[i] {
				t.Errorf("%s: %v after the first: an incident begins: %t", mode, after, got)
			}
		}
	}
}

// TestIncidentCovers: it is about all that counted when it began, up to what came
// last.
func TestIncidentCovers(t *testing.T) {
	t.Parallel()
	w := newWatch(lifecycle.GuardHold)
	for _, after := range []time.Duration{0, 70 * time.Minute, 100 * time.Minute, 110 * time.Minute, 112 * time.Minute} {
		w.remove(now.Add(after))
	}
	incident := w.tally.Incident()
	if incident == nil || incident.State != lifecycle.IncidentOpen || incident.Removals != 4 || incident.Limit != 2 || !incident.Began.Equal(now.Add(110*time.Minute)) {
		t.Fatalf("%+v", incident)
	}
	for after, want := range map[time.Duration]bool{
		0: false, 65 * time.Minute: false, 70 * time.Minute: true, 100 * time.Minute: true, 112 * time.Minute: true, 115 * time.Minute: false,
	} {
		if got := incident.Covers(now.Add(after)); got != want {
			t.Errorf("what began after %v belongs to it: %t", after, got)
		}
	}
}

// TestIncidentIsDecided: what an administrator decided on is no part of the next
// incident, and what came meanwhile waits.
func TestIncidentIsDecided(t *testing.T) {
	t.Parallel()
	w := newWatch(lifecycle.GuardHold)
	for range 3 {
		w.remove(now)
	}
	w.remove(now.Add(2 * time.Minute))
	if w.tally = w.tally.Decide(lifecycle.IncidentRestored, now, now.Add(3*time.Minute)); len(w.tally.Open()) != 1 {
		t.Error("it is decided although it went on")
	}
	w.tally = w.tally.Decide(lifecycle.IncidentRestored, now.Add(2*time.Minute), now.Add(3*time.Minute))
	if last := w.tally.Incident(); len(w.tally.Open()) != 0 || last.State != lifecycle.IncidentRestored || !last.Decided.Equal(now.Add(3*time.Minute)) {
		t.Errorf("%+v", last)
	}
	if !w.remove(now.Add(4 * time.Minute)) {
		t.Error("what comes after the decision is no incident")
	}
	if last := w.tally.Incident(); last.Covers(now.Add(2*time.Minute)) || !last.Covers(now.Add(4*time.Minute)) || len(w.tally.Incidents) != 1 {
		t.Errorf("%+v", w.tally.Incidents)
	}
	w.tally = w.tally.Forget(w.tally, now.Add(5*time.Minute), now.Add(5*time.Minute))
	if last := w.tally.Incident(); len(w.tally.Open()) != 0 || last.State != lifecycle.IncidentReleased {
		t.Errorf("%+v", last)
	}
}

// TestIncidentOfABlock: nobody is told of what an administrator decided.
func TestIncidentOfABlock(t *testing.T) {
	t.Parallel()
	w := newWatch(lifecycle.GuardHold)
	w.tally = w.tally.Block(now.Add(time.Hour))
	if verdict, _ := w.Weigh(w.tally, 1, users(10), now); w.remove(now) || verdict.Action != lifecycle.GuardReject {
		t.Error("somebody is told of what an administrator decided")
	}
}

// TestIncidentsAreExact: whatever happens, open incidents cover each removal that
// was done beyond the limit and is not decided on, and none that was decided on
// before; their number is bounded.
func TestIncidentsAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newWatch(lifecycle.GuardHold)
		clock := now
		var beyond, settled []time.Time
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			clock = clock.Add(time.Duration(rapid.IntRange(2, 90*60).Draw(r, "seconds")) * time.Second)
			if rapid.IntRange(0, 9).Draw(r, "what") == 0 {
				w.tally = w.tally.Decide(lifecycle.IncidentRestored, clock, clock)
				settled, beyond = append(settled, beyond...), nil
				continue
			}
			verdict, next := w.Weigh(w.tally, 1, users(10), clock)
			if _, w.tally = w.Notice(next, verdict, 1, clock); verdict.Action == lifecycle.GuardHold {
				beyond = append(beyond, clock)
			}
		}
		open := w.tally.Open()
		covered := func(at time.Time) bool {
			for _, incident := range open {
				if incident.Covers(at) {
					return true
				}
			}
			return false
		}
		if len(w.tally.Incidents) > 10 {
			r.Fatalf("%d incidents", len(w.tally.Incidents))
		}
		for _, at := range beyond {
			if !covered(at) && len(open) < 10 {
				r.Fatalf("%v is in none of %+v", at, open)
			}
		}
		for _, at := range settled {
			if covered(at) {
				r.Fatalf("%v was decided on and is in %+v", at, open)
			}
		}
	})
}
