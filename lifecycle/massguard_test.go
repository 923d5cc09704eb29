package lifecycle_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/lifecycle"
)

func guard(mode lifecycle.GuardMode) lifecycle.MassGuard {
	g := lifecycle.DefaultPolicy().Guard
	g.Mode = mode
	return g
}

// users are those that a connection made.
func users(n int) lifecycle.Living { return lifecycle.Living{Users: n} }

// remove weighs removals one by one until one does not pass.
func remove(g lifecycle.MassGuard, t lifecycle.Tally, most, living int, at time.Time) (int, lifecycle.Verdict, lifecycle.Tally) {
	var verdict lifecycle.Verdict
	for i := range most {
		if verdict, t = g.Weigh(t, 1, users(living-i), at); verdict.Action != lifecycle.GuardOff {
			return i, verdict, t
		}
	}
	return most, verdict, t
}

func TestMassGuard(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name           string
		living, passes int
	}{
		{"not armed", 199, 199},
		{"the floor", 200, 50},
		{"the floor is the larger one", 499, 50},
		{"a share that does not shrink with what is removed", 1000, 100},
		{"a large connection", 100_000, 10_000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, mode := range []lifecycle.GuardMode{lifecycle.GuardHold, lifecycle.GuardReject, lifecycle.GuardAlert} {
				passed, verdict, _ := remove(guard(mode), lifecycle.Tally{}, tc.living, tc.living, now)
				if passed != tc.passes || passed < tc.living && verdict.Action != mode {
					t.Errorf("%s: %d passed, then %+v; want %d", mode, passed, verdict, tc.passes)
				}
			}
			if passed, _, _ := remove(guard(lifecycle.GuardOff), lifecycle.Tally{}, tc.living, tc.living, now); passed != tc.living {
				t.Errorf("off: %d passed", passed)
			}
		})
	}
}

// TestShareStays: what the limit is a share of when removals begin to count, it is while
// they count. Below 200 users of its own a connection is measured by all of the tenant.
func TestShareStays(t *testing.T) {
	t.Parallel()
	g := guard(lifecycle.GuardHold)
	whole := lifecycle.Living{Users: 10_000, Whole: true}
	passed, _, tally := remove(g, lifecycle.Tally{}, 21, 220, now)
	for ; passed < 300; passed++ {
		var verdict lifecycle.Verdict
		if verdict, tally = g.Weigh(tally, 1, whole, now.Add(2*time.Minute)); verdict.Action != lifecycle.GuardOff {
			break
		}
	}
	if passed != 50 {
		t.Errorf("%d of 220 pass, because there are too few left", passed)
	}
	if removals, limit, of := g.State(tally, whole, now.Add(2*time.Minute)); removals != 51 || limit != 50 || of != users(220) {
		t.Errorf("%d of %d, a share of %+v", removals, limit, of)
	}
	// Who has taken over what others made, and makes some of its own then, goes on to be
	// measured by all.
	_, tally = g.Weigh(lifecycle.Tally{}, 100, whole, now)
	if verdict, _ := g.Weigh(tally, 100, users(250), now); verdict.Limit != 1000 || verdict.Living != whole.Users {
		t.Errorf("%+v", verdict)
	}
	// Once nothing counts any more, it is looked at anew.
	if verdict, _ := g.Weigh(tally, 1, users(250), now.Add(2*time.Hour)); verdict.Limit != 50 || verdict.Living != 250 {
		t.Errorf("%+v", verdict)
	}
}

// TestIncidentKeepsItsShare: an incident says what its limit was a share of when it began.
func TestIncidentKeepsItsShare(t *testing.T) {
	t.Parallel()
	g := guard(lifecycle.GuardHold)
	_, verdict, tally := remove(g, lifecycle.Tally{}, 201, 2000, now)
	_, tally = g.Notice(tally, verdict, 1, now)
	later, tally := g.Weigh(tally, 1, users(1799), now.Add(30*time.Minute))
	_, tally = g.Notice(tally, later, 1, now.Add(30*time.Minute))
	if i := tally.Incident(); i.Living != 2000 || i.Percent != 10 || i.Limit != 200 || i.Removals != 202 {
		t.Errorf("%+v", i)
	}
}

func TestMassGuardAnswers(t *testing.T) {
	t.Parallel()
	g := guard(lifecycle.GuardReject)
	_, verdict, full := remove(g, lifecycle.Tally{}, 1000, 1000, now)
	t.Run("what is refused is not counted and may come back when it fits", func(t *testing.T) {
		t.Parallel()
		if verdict.Removals != 100 || verdict.Limit != 100 || verdict.RetryAfter < time.Hour || verdict.RetryAfter > 61*time.Minute {
			t.Errorf("%+v", verdict)
		}
		if later, _ := g.Weigh(full, 1, users(900), now.Add(verdict.RetryAfter)); later.Action != lifecycle.GuardOff {
			t.Errorf("after that time: %+v", later)
		}
	})
	t.Run("what never fits is told the whole window", func(t *testing.T) {
		t.Parallel()
		if v, _ := g.Weigh(lifecycle.Tally{}, 101, users(1000), now); v.Action != lifecycle.GuardReject || v.RetryAfter != time.Hour {
			t.Errorf("%+v", v)
		}
	})
	t.Run("an allowance is for so many and so long", func(t *testing.T) {
		t.Parallel()
		allowed := full.Allow(30, now.Add(time.Hour))
		if passed, _, _ := remove(g, allowed, 100, 900, now); passed != 30 {
			t.Errorf("%d passed of 30 allowed", passed)
		}
		if v, left := g.Weigh(lifecycle.Tally{}.Allow(5, now.Add(time.Hour)), 105, users(1000), now); v.Action != lifecycle.GuardOff || left.Allowance != 0 {
			t.Errorf("the allowance pays for more than what is beyond the limit: %+v", v)
		}
		if passed, _, _ := remove(g, full.Allow(30, now), 100, 900, now); passed != 0 {
			t.Errorf("%d passed when the allowance was over", passed)
		}
	})
	t.Run("forgetting begins anew", func(t *testing.T) {
		t.Parallel()
		if passed, _, _ := remove(g, full.Forget(full, now, now), 1000, 1000, now); passed != 100 {
			t.Errorf("%d passed", passed)
		}
	})
	t.Run("the tally given is not modified", func(t *testing.T) {
		t.Parallel()
		_, t1 := g.Weigh(lifecycle.Tally{}, 1, users(1000), now)
		count := t1.Counts[0]
		g.Weigh(t1, 1, users(1000), now)
		if t1.Counts[0] != count {
			t.Error("it is")
		}
	})
}

// TestMassGuardSlides: never more than the limit passes in any hour, and what
// is older than an hour and a minute is forgotten.
func TestMassGuardSlides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		g := guard(lifecycle.GuardReject)
		g.Floor, g.ArmedFrom = rapid.IntRange(1, 20).Draw(r, "floor"), 0
		var tally lifecycle.Tally
		type removal struct {
			at time.Time
			n  int
		}
		var done []removal
		clock := now
		since := func(age time.Duration) int {
			sum := 0
			for _, d := range done {
				if clock.Sub(d.at) < age {
					sum += d.n
				}
			}
			return sum
		}
		for range rapid.IntRange(1, 60).Draw(r, "removals") {
			clock = clock.Add(time.Duration(rapid.IntRange(0, 30*60).Draw(r, "seconds")) * time.Second)
			n := rapid.IntRange(1, 8).Draw(r, "n")
			var verdict lifecycle.Verdict
			verdict, tally = g.Weigh(tally, n, users(10), clock)
			if verdict.Action == lifecycle.GuardOff {
				done = append(done, removal{clock, n})
				if since(time.Hour) > g.Floor {
					r.Fatalf("%d in an hour, the limit is %d", since(time.Hour), g.Floor)
				}
				continue
			}
			if since(61*time.Minute)+n <= g.Floor {
				r.Fatalf("%d and %d more are refused, the limit is %d", since(61*time.Minute), n, g.Floor)
			}
			if n <= g.Floor {
				if again, _ := g.Weigh(tally, n, users(10), clock.Add(verdict.RetryAfter)); again.Action != lifecycle.GuardOff {
					r.Fatalf("refused until %v, and then again", verdict.RetryAfter)
				}
			}
		}
		if len(tally.Counts) > 62 {
			r.Fatalf("the tally has %d parts", len(tally.Counts))
		}
	})
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	if err := lifecycle.DefaultPolicy().Validate(); err != nil {
		t.Error(err)
	}
	if err := (lifecycle.Policy{}).Validate(); !errors.Is(err, lifecycle.ErrPolicy) {
		t.Errorf("the zero policy: %v", err)
	}
	for name, change := range map[string]func(p *lifecycle.Policy){
		"a warning after the fact":   func(p *lifecycle.Policy) { p.Stale.WarnAfter = p.Stale.After },
		"a purge at once":            func(p *lifecycle.Policy) { p.PurgeAfter = 0 },
		"locks that overflow":        func(p *lifecycle.Policy) { p.Lockout.PermanentAfter = 60 },
		"a lock without a failure":   func(p *lifecycle.Policy) { p.Lockout.Failures = 0 },
		"an unknown mode":            func(p *lifecycle.Policy) { p.Guard.Mode = "maybe" },
		"a share above all":          func(p *lifecycle.Policy) { p.Guard.Percent = 101 },
		"a negative escalation":      func(p *lifecycle.Policy) { p.Escalation.Expired = -1 },
		"a warning without the fact": func(p *lifecycle.Policy) { p.Stale.After = 0 },
	} {
		p := lifecycle.DefaultPolicy()
		if change(&p); !errors.Is(p.Validate(), lifecycle.ErrPolicy) {
			t.Errorf("%s is valid", name)
		}
	}
}
