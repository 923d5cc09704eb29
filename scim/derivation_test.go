package scim

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestTwoKeysAtATime: of fifty checks two derive a key, the others wait, and who
// goes away waits no longer.
func TestTwoKeysAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var within, most, done atomic.Int32
		release := make(chan struct{})
		p := newPasswords()
		p.key = func(_, _ []byte) []byte {
			most.Store(max(most.Load(), within.Add(1)))
			<-release
			within.Add(-1)
			return make([]byte, argonKey)
		}
		const checks, gone = 50, 20
		leaving, leave := context.WithCancel(t.Context())
		defer leave()
		failed := make(chan error, gone)
		check := func(ctx context.Context) error {
			_, err := p.derive(ctx, line{}, "x", make([]byte, argonSalt))
			done.Add(1)
			return err
		}
		for range checks - gone {
			go func() {
				if err := check(t.Context()); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		for range gone {
			go func() { failed <- check(leaving) }()
		}
		synctest.Wait()
		if n := within.Load(); n != argonAtOnce || done.Load() != 0 {
			t.Errorf("%d derive a key, %d are done", n, done.Load())
		}
		leave()
		synctest.Wait()
		for range gone {
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Errorf("who went away got %v", err)
			}
		}
		close(release)
		synctest.Wait()
		if done.Load() != checks || most.Load() != argonAtOnce {
			t.Errorf("%d of %d are done, %d at a time", done.Load(), checks, most.Load())
		}
	})
}
