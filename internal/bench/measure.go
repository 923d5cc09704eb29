package main

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// rounds is how often floor and subject take turns; the median ratio of the
// rounds is the figure, so that a machine whose speed drifts misleads nobody.
const (
	rounds    = 7
	roundTime = 1500 * time.Millisecond
)

// rate runs op on all clients for a while and returns how many ended a second.
func rate(ctx context.Context, d time.Duration, op func(ctx context.Context, n int) error) (float64, error) {
	var ended atomic.Int64
	var next atomic.Int64
	begin := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for range clients {
		group.Go(func() error {
			for time.Since(begin) < d {
				if err := op(ctx, int(next.Add(1))); err != nil {
					return err
				}
				ended.Add(1)
			}
			return nil
		})
	}
	err := group.Wait()
	return float64(ended.Load()) / time.Since(begin).Seconds(), err
}

// compareRates interleaves two operations and returns the median of the ratios
// subject/floor and the median rates.
func compareRates(ctx context.Context, floor, subject func(context.Context, int) error) (ratio, floorRate, subjectRate float64, err error) {
	var ratios, floors, subjects []float64
	for round := range rounds + 1 {
		f, err := rate(ctx, roundTime, floor)
		if err != nil {
			return 0, 0, 0, err
		}
		s, err := rate(ctx, roundTime, subject)
		if err != nil {
			return 0, 0, 0, err
		}
		if round == 0 {
			continue // warms caches and prepared statements up
		}
		ratios, floors, subjects = append(ratios, s/f), append(floors, f), append(subjects, s)
	}
	return median(ratios), median(floors), median(subjects), nil
}

// latencies times op one after the other; the first ten are not counted,
// because that is when planners change their mind.
func latencies(ctx context.Context, count int, op func(ctx context.Context, n int) error) ([]float64, error) {
	times := make([]float64, 0, count)
	for n := range count + 10 {
		begin := time.Now()
		if err := op(ctx, n); err != nil {
			return nil, err
		}
		if n >= 10 {
			times = append(times, float64(time.Since(begin))/float64(time.Millisecond))
		}
	}
	return times, nil
}

func median(values []float64) float64 { return percentile(values, 0.5) }

func percentile(values []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}
