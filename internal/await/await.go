// Package await owns how tests wait for what gives them no signal: they look until
// it is so, within a limit.
package await

import (
	"fmt"
	"testing"
	"time"
)

// pause is how long nobody looks after a look.
const pause = 5 * time.Millisecond

// For looks until it sees what is wanted, and returns that. The test ends where it
// does not within a limit; what says what was waited for. A look may end the test
// itself.
func For[T any](t testing.TB, limit time.Duration, what string, look func() (seen T, wanted bool)) T {
	t.Helper()
	timer := time.NewTicker(pause)
	defer timer.Stop()
	for deadline := time.Now().Add(limit); ; {
		seen, wanted := look()
		if wanted {
			return seen
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v; seen last: %.1000s", what, limit, fmt.Sprint(seen))
		}
		select {
		case <-timer.C:
		case <-t.Context().Done():
			t.Fatalf("%s: the test is over", what)
		}
	}
}

// That looks until something holds.
func That(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	For(t, limit, what, func() (bool, bool) {
		so := holds()
		return so, so
	})
}
