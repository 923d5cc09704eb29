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

// TestLoopAsks: at the start, when it is woken, and from time to time.
func TestLoopAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []time.Time
		failing := false
		loop := jobs.NewLoop(jobs.LoopOptions{Poll: time.Minute, Source: sourceFunc(func(context.Context, int) ([]jobs.Work, error) {
			asked = append(asked, time.Now())
			if failing {
				return nil, errors.New("down")
			}
			return nil, nil
		})})
		begin := time.Now()
		loop.Start()
		loop.Start()
		synctest.Wait()
		if len(asked) != 1 || !asked[0].Equal(begin) {
			t.Fatalf("asked at the start: %v", asked)
		}
		time.Sleep(10 * time.Second)
		loop.Wake()
		synctest.Wait()
		if len(asked) != 2 || !asked[1].Equal(begin.Add(10*time.Second)) {
			t.Fatalf("asked when it was woken: %v", asked)
		}
		time.Sleep(time.Hour)
		polls := len(asked) - 2
		if polls < 45 || polls > 81 {
			t.Errorf("asked %d times in an hour", polls)
		}
		for i := 3; i < len(asked); i++ {
			if gap := asked[i].Sub(asked[i-1]); gap < 45*time.Second || gap > 75*time.Second {
				t.Errorf("pause of %s", gap)
			}
		}
		loop.Close()
		loop.Close()
		loop.Start()
		loop.Wake()
		after := len(asked)
		time.Sleep(time.Hour)
		if len(asked) != after {
			t.Error("a loop that was closed asks")
		}
	})
}

// TestLoopRests: a source that fails is asked less and less often, and as
// often as before when it is well again.
func TestLoopRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, failing := 0, true
		loop := jobs.NewLoop(jobs.LoopOptions{Poll: time.Second, Source: sourceFunc(func(context.Context, int) ([]jobs.Work, error) {
			asked++
			if failing {
				return nil, errors.New("down")
			}
			return nil, nil
		})})
		loop.Start()
		time.Sleep(10 * time.Minute)
		if asked < 15 || asked > 35 {
			t.Errorf("a source that fails was asked %d times in ten minutes", asked)
		}
		failing = false
		time.Sleep(time.Minute) // the longest pause
		asked = 0
		time.Sleep(time.Minute)
		if asked < 45 {
			t.Errorf("asked %d times in a minute after it was well again", asked)
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
		done, at, most, next := map[int]int{}, 0, 0, 0
		synctest.Test(t, func(*testing.T) {
			var mu sync.Mutex
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
