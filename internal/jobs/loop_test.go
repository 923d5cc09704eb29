package jobs_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"rollcall/internal/jobs"
)

// sourceFunc is a source that is a function.
type sourceFunc func(ctx context.Context, most int) ([]jobs.Work, error)

func (f sourceFunc) Claim(ctx context.Context, most int) ([]jobs.Work, error) { return f(ctx, most) }

// asked is a source that has nothing, and when it was asked.
type asked struct {
	mu      sync.Mutex
	times   []time.Time
	failure error
}

func (a *asked) Claim(context.Context, int) ([]jobs.Work, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.times = append(a.times, time.Now())
	return nil, a.failure
}

// since returns when it was asked since it was last looked at, and what it
// fails with from now on.
func (a *asked) since(failure error) []time.Time {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	times := a.times
	a.times, a.failure = nil, failure
	return times
}

// TestLoopAsks: at the start, when it is woken, and from time to time.
func TestLoopAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &asked{}
		loop := jobs.NewLoop(jobs.LoopOptions{Poll: time.Minute, Source: source})
		begin := time.Now()
		loop.Start()
		loop.Start()
		if times := source.since(nil); len(times) != 1 || !times[0].Equal(begin) {
			t.Fatalf("asked at the start: %v", times)
		}
		time.Sleep(10 * time.Second)
		loop.Wake()
		if times := source.since(nil); len(times) != 1 || !times[0].Equal(begin.Add(10*time.Second)) {
			t.Fatalf("asked when it was woken: %v", times)
		}
		time.Sleep(time.Hour)
		times := source.since(nil)
		if len(times) < 45 || len(times) > 81 {
			t.Errorf("asked %d times in an hour", len(times))
		}
		for i := 1; i < len(times); i++ {
			if gap := times[i].Sub(times[i-1]); gap < 45*time.Second || gap > 75*time.Second {
				t.Errorf("pause of %s", gap)
			}
		}
		loop.Close()
		loop.Close()
		loop.Start()
		loop.Wake()
		time.Sleep(time.Hour)
		if times := source.since(nil); len(times) > 0 {
			t.Error("a loop that was closed asks")
		}
	})
}

// TestLoopRests: a source that fails is asked less and less often, and as
// often as before when it is well again.
func TestLoopRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &asked{failure: errors.New("down")}
		loop := jobs.NewLoop(jobs.LoopOptions{Poll: time.Second, Source: source})
		loop.Start()
		time.Sleep(10 * time.Minute)
		if times := source.since(nil); len(times) < 15 || len(times) > 35 {
			t.Errorf("a source that fails was asked %d times in ten minutes", len(times))
		}
		time.Sleep(time.Minute) // the longest pause
		source.since(nil)
		time.Sleep(time.Minute)
		if times := source.since(nil); len(times) < 45 {
			t.Errorf("asked %d times in a minute after it was well again", len(times))
		}
		loop.Close()
	})
}

// TestLoopDoesEverythingOnce: whatever there is to be done and however long it
// takes, each piece is done once and never more at a time than allowed.
func TestLoopDoesEverythingOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		durations := rapid.SliceOfN(rapid.IntRange(0, 5000), 0, 40).Draw(rt, "durations")
		concurrency := rapid.IntRange(1, 6).Draw(rt, "concurrency")
		panics := rapid.IntRange(0, 5).Draw(rt, "panics")
		done, at, most := map[int]int{}, 0, 0
		synctest.Test(t, func(*testing.T) {
			var mu sync.Mutex
			next := 0
			loop := jobs.NewLoop(jobs.LoopOptions{Concurrency: concurrency, Source: sourceFunc(func(_ context.Context, free int) ([]jobs.Work, error) {
				var claimed []jobs.Work
				for ; next < len(durations) && len(claimed) < free; next++ {
					n := next
					claimed = append(claimed, func(context.Context) {
						mu.Lock()
						at++
						most = max(most, at)
						mu.Unlock()
						time.Sleep(time.Duration(durations[n]) * time.Millisecond)
						mu.Lock()
						at--
						done[n]++
						mu.Unlock()
						if n < panics {
							panic("piece")
						}
					})
				}
				return claimed, nil
			})})
			loop.Start()
			time.Sleep(time.Hour)
			loop.Close()
		})
		for n := range durations {
			if done[n] != 1 {
				rt.Errorf("piece %d was done %d times", n, done[n])
			}
		}
		if most > concurrency {
			rt.Errorf("%d at a time, allowed are %d", most, concurrency)
		}
	})
}

// TestLoopCloses: work is given the grace, then told, then left behind.
func TestLoopCloses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		takes  time.Duration // without being told
		heeds  bool
		wanted time.Duration
	}{
		"in time":       {3 * time.Second, false, 3 * time.Second},
		"told":          {time.Hour, true, 7 * time.Second},
		"deaf for ever": {time.Hour, false, 12 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var told atomic.Value
				begun := make(chan struct{})
				once := false
				loop := jobs.NewLoop(jobs.LoopOptions{Grace: 7 * time.Second, Source: sourceFunc(func(context.Context, int) ([]jobs.Work, error) {
					if once {
						return nil, nil
					}
					once = true
					return []jobs.Work{func(ctx context.Context) {
						close(begun)
						heard := ctx.Done()
						if !test.heeds {
							heard = nil
						}
						select {
						case <-heard:
							told.Store(context.Cause(ctx))
						case <-time.After(test.takes):
						}
					}}, nil
				})})
				loop.Start()
				<-begun
				begin := time.Now()
				var closers sync.WaitGroup
				for range 3 {
					closers.Go(loop.Close)
				}
				closers.Wait()
				if took := time.Since(begin); took != test.wanted {
					t.Errorf("closing took %s, want %s", took, test.wanted)
				}
				if cause, _ := told.Load().(error); test.heeds && !errors.Is(cause, jobs.ErrDraining) {
					t.Errorf("work was told %v", cause)
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

// TestLoopThatNeverStarted closes.
func TestLoopThatNeverStarted(t *testing.T) {
	t.Parallel()
	loop := jobs.NewLoop(jobs.LoopOptions{Source: sourceFunc(func(context.Context, int) ([]jobs.Work, error) {
		t.Error("asked")
		return nil, nil
	})})
	loop.Close()
	loop.Start()
	loop.Close()
}
