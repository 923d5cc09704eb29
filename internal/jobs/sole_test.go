package jobs_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"rollcall/internal/jobs"
)

// leases keeps one lease in memory, by a clock of its own.
type leases struct {
	mu    sync.Mutex
	owner string
	until time.Time
}

func (l *leases) Lease(_ context.Context, _, owner string, now, until time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.owner != owner && l.until.After(now) {
		return false, nil
	}
	l.owner, l.until = owner, until
	return true, nil
}

func TestSole(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	shared := &leases{}
	ran := ""
	sole := func(owner string) *jobs.Sole {
		return &jobs.Sole{
			Name: "timers", Owner: owner, Leases: shared, Now: func() time.Time { return now },
			Run: func(context.Context, func() error) error { ran += owner; return nil },
		}
	}
	a, b := sole("a"), sole("b")
	claim := func(s *jobs.Sole) []jobs.Work {
		t.Helper()
		work, err := s.Claim(t.Context(), 4)
		if err != nil {
			t.Fatal(err)
		}
		return work
	}
	first := claim(a)
	if len(first) != 1 || len(claim(a)) != 0 || len(claim(b)) != 0 {
		t.Fatal("the work of one process was handed out twice")
	}
	first[0](t.Context())
	if len(claim(a)) != 0 {
		t.Fatal("what is over was begun again at once")
	}
	now = now.Add(time.Second)
	again := claim(a)
	if ran != "a" || len(again) != 1 || len(claim(b)) != 0 {
		t.Fatalf("ran %q, then %d", ran, len(again))
	}
	again[0](t.Context())
	now = now.Add(16 * time.Second) // a has been killed
	if taken := claim(b); len(taken) != 1 || len(claim(a)) != 0 {
		t.Fatal("nobody took over")
	}
	if err := b.Release(t.Context()); err != nil || len(claim(a)) != 1 {
		t.Fatalf("the lease was not given up: %v", err)
	}
}

// Who lost the lease in the middle stops.
func TestSoleLosesItsLease(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	shared := &leases{}
	var failed error
	sole := &jobs.Sole{
		Name: "timers", Owner: "a", Leases: shared, Now: func() time.Time { return now }, Failed: func(err error) { failed = err },
		Run: func(_ context.Context, hold func() error) error {
			if err := hold(); err != nil {
				return err
			}
			now = now.Add(time.Minute)
			if _, err := shared.Lease(t.Context(), "timers", "b", now, now.Add(time.Minute)); err != nil {
				return err
			}
			return hold()
		},
	}
	work, err := sole.Claim(t.Context(), 1)
	if err != nil || len(work) != 1 {
		t.Fatal(err)
	}
	work[0](t.Context())
	if !errors.Is(failed, jobs.ErrTakenOver) {
		t.Errorf("ended with %v", failed)
	}
}
