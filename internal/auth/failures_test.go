package auth

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestFailureLimit(t *testing.T) {
	t.Parallel()
	c := newClock()
	limit := NewFailureLimit(6, c.Now)
	fail := func(remote string, want bool) {
		t.Helper()
		if wait, tooOften := limit.Failed(remote); tooOften != want || tooOften && (wait <= 0 || wait > 10*time.Second) {
			t.Errorf("%s: too often %v, wait %v", remote, tooOften, wait)
		}
	}
	for range 6 {
		fail("192.0.2.1:1000", false)
	}
	for range 100 { // does not push the time away
		fail("192.0.2.1:1001", true)
	}
	fail("[::ffff:192.0.2.1]:1000", true)
	fail("192.0.2.2:1000", false)
	c.advance(10 * time.Second)
	fail("192.0.2.1:1002", false)
	fail("192.0.2.1:1002", true)
	for n := range 6 {
		fail(fmt.Sprintf("[2001:db8::%x%%eth0]:1", n), false)
	}
	fail("[2001:db8:0:0:1::1]:1", true)
	fail("[2001:db8:0:1::1]:1", false)
	for range 6 {
		fail("@", false)
	}
	fail("", true)
}

// TestFailureLimitIsBounded: many addresses cost bounded memory, and who goes
// on failing among them is not forgotten.
func TestFailureLimitIsBounded(t *testing.T) {
	t.Parallel()
	c := newClock()
	limit := NewFailureLimit(2, c.Now)
	const stubborn = "192.0.2.1:1"
	limit.Failed(stubborn)
	limit.Failed(stubborn)
	for n := range 20 * failingAddresses {
		limit.Failed(fmt.Sprintf("10.%d.%d.%d:1", n>>16, n>>8&255, n&255))
		if n%1000 == 0 {
			if _, tooOften := limit.Failed(stubborn); !tooOften {
				t.Fatalf("forgotten after %d others", n)
			}
		}
	}
	if held := len(limit.young) + len(limit.old); held > 2*failingAddresses {
		t.Errorf("%d addresses are held", held)
	}
}

func TestFailureLimitConcurrently(t *testing.T) {
	t.Parallel()
	limit := NewFailureLimit(100, newClock().Now)
	var group sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for range 8 {
		group.Go(func() {
			for range 100 {
				if _, tooOften := limit.Failed("192.0.2.1:1"); !tooOften {
					mu.Lock()
					passed++
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	if passed != 100 {
		t.Errorf("%d of 800 failures were within 100", passed)
	}
}
