package await_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/internal/await"
)

// ending is a test that notes how it ends.
type ending struct {
	testing.TB
	problem string
}

func (e *ending) Fatalf(format string, args ...any) {
	e.problem = fmt.Sprintf(format, args...)
	panic(e)
}

// TestFor: what comes in time is returned, and who waits in vain is told what was
// seen instead.
func TestFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		late := func() (string, bool) {
			after := time.Since(began)
			return after.String(), after >= time.Minute
		}
		if got := await.For(t, time.Minute, "a minute", late); got != "1m0s" {
			t.Errorf("saw %s", got)
		}
		began = time.Now()
		e := &ending{TB: t}
		func() {
			defer func() { _ = recover() }()
			await.For(e, time.Second, "the end", late)
			t.Error("it goes on")
		}()
		if took := time.Since(began); took > 2*time.Second || !strings.Contains(e.problem, "the end: not within 1s; seen last: 1.0") {
			t.Errorf("after %v: %s", took, e.problem)
		}
		await.That(t, 0, "what is so already", func() bool { return true })
	})
}
