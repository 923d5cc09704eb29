package lifecycle_test

import (
	"errors"
	"testing"
	"time"

	"rollcall/lifecycle"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return now.Add(d) }

func TestStatus(t *testing.T) {
	t.Parallel()
	past := lifecycle.Suspension{Source: "a", Until: at(-time.Hour)}
	live := lifecycle.Suspension{Source: "a", Until: at(time.Hour)}
	open := lifecycle.Suspension{Source: "b"}
	for _, tc := range []struct {
		name  string
		facts lifecycle.Facts
		want  lifecycle.Status
	}{
		{"enrolled", lifecycle.Facts{Stage: lifecycle.Enrolled}, lifecycle.StatusActive},
		{"suspension over", lifecycle.Facts{Stage: lifecycle.Enrolled, Suspensions: []lifecycle.Suspension{past}}, lifecycle.StatusActive},
		{"suspension live", lifecycle.Facts{Stage: lifecycle.Enrolled, Suspensions: []lifecycle.Suspension{past, live}}, lifecycle.StatusSuspended},
		{"suspended while staged", lifecycle.Facts{Stage: lifecycle.Staged, Suspensions: []lifecycle.Suspension{open}}, lifecycle.StatusSuspended},
		{"pending", lifecycle.Facts{Stage: lifecycle.Pending}, lifecycle.StatusPending},
		{"staged", lifecycle.Facts{Stage: lifecycle.Staged}, lifecycle.StatusInactive},
		{"deprovisioned wins", lifecycle.Facts{Stage: lifecycle.Deprovisioned, Suspensions: []lifecycle.Suspension{open}}, lifecycle.StatusDeprovisioned},
	} {
		if got := tc.facts.Status(now); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
		if got := tc.facts.Active(now); got != (tc.want == lifecycle.StatusActive) {
			t.Errorf("%s: active %v", tc.name, got)
		}
	}
}

func TestSourcesDoNotTouchEachOther(t *testing.T) {
	t.Parallel()
	facts := lifecycle.Facts{Stage: lifecycle.Enrolled}
	step := func(c lifecycle.Command) lifecycle.Decision {
		t.Helper()
		d, err := lifecycle.Decide(facts, lifecycle.DefaultPolicy(), now, c)
		if err != nil {
			t.Fatal(err)
		}
		facts = d.Facts
		return d
	}
	if d := step(lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: "connection:okta", Since: now}}); !d.Changed || d.To != lifecycle.StatusSuspended {
		t.Fatalf("suspend: %+v", d)
	}
	if d := step(lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: "connection:entra", Since: now}}); !d.Changed || d.From != d.To {
		t.Fatalf("a second source: %+v", d)
	}
	if d := step(lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: "connection:entra", Since: now.Add(time.Hour)}}); d.Changed {
		t.Fatal("a repeated suspension changed the facts")
	}
	if d := step(lifecycle.Resume{Source: "connection:entra"}); !d.Changed || d.To != lifecycle.StatusSuspended {
		t.Fatalf("one source's resume lifted another's suspension: %+v", d)
	}
	if d := step(lifecycle.Resume{Source: "connection:entra"}); d.Changed {
		t.Fatal("a repeated resume changed the facts")
	}
	if d := step(lifecycle.Resume{Source: "connection:okta"}); d.To != lifecycle.StatusActive {
		t.Fatalf("resume: %+v", d)
	}
	step(lifecycle.Deprovision{})
	if _, err := lifecycle.Decide(facts, lifecycle.DefaultPolicy(), now, lifecycle.Enroll{}); !errors.Is(err, lifecycle.ErrTransition) {
		t.Fatalf("enroll of a deprovisioned account: %v", err)
	}
}
