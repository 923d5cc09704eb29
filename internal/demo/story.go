package demo

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	day = 24 * time.Hour
	// history is how long ago the company began.
	history = 190 * day
	// foundingDays is in how many days those come who are there from the start.
	foundingDays = 8
	// foundingShare is how many of a hundred do.
	foundingShare = 45
	// groupsAfter is when groups are made.
	groupsAfter = 10 * day
)

// deed is something that happened, to be done when its time comes.
type deed struct {
	at   time.Time
	what string
	do   func(ctx context.Context) error
}

// story is all that happened to all.
type story struct {
	*world
	*rand.Rand
	begin, end time.Time
	deeds      []deed
	teams      *teams
}

// at adds a deed. Nothing happens before the company began or after today.
func (s *story) at(when time.Time, what string, do func(ctx context.Context) error) {
	when = latest(s.begin, earliest(when, s.end)).UTC().Truncate(time.Microsecond)
	s.deeds = append(s.deeds, deed{when, what, do})
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// between is a number of days, both included.
func (s *story) between(low, high int) int { return low + s.IntN(high-low+1) }

// ago is some time on the day so many days before today.
func (s *story) ago(days int) time.Time {
	return s.end.Add(-time.Duration(days) * day).Add(-s.within(9 * time.Hour))
}

// within is some part of a time.
func (s *story) within(whole time.Duration) time.Duration {
	return time.Duration(s.Int64N(int64(whole)))
}

// founds is when somebody came who is there from the start.
func (s *story) founds() time.Time { return s.begin.Add(s.within(foundingDays * day)) }

// joins is when a person came: with the founders, or at any time since.
func (s *story) joins() time.Time {
	if some(s.Rand, foundingShare) {
		return s.founds()
	}
	return s.begin.Add(s.within(history - day))
}

// tell works out what happens to all, and nothing happens yet.
func (s *story) tell(n int) []*person {
	d := &drawer{Rand: s.Rand, taken: map[string]bool{}, heads: map[*department]*person{}}
	all := make([]*person, 0, n)
	for range n {
		all = append(all, d.person())
	}
	s.allot(all)
	for _, p := range all {
		p.joined = s.joins()
		if p.head {
			p.joined = s.begin.Add(time.Duration(p.number) * time.Hour)
		}
		fates[p.fate].live(s, p)
	}
	s.teams.found(s)
	for at := s.begin.Truncate(day).Add(day); at.Before(s.end); at = at.Add(day) {
		s.at(at, "what is due", s.due)
	}
	s.at(s.end, "what is due", s.due)
	slices.SortStableFunc(s.deeds, func(a, b deed) int { return cmp.Compare(a.at.UnixMicro(), b.at.UnixMicro()) })
	return all
}

// allot gives fates to people; heads of departments just work.
func (s *story) allot(all []*person) {
	rest := slices.Clone(all[min(len(departments), len(all)):])
	s.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	for i := range fates {
		f := &fates[i]
		count := min(max(f.least, len(all)*f.permille/1000), len(rest))
		if f.most > 0 {
			count = min(count, f.most)
		}
		for _, p := range rest[:count] {
			p.fate = fate(i)
			switch {
			case f.by == byOperators:
				p.source = -1
			case f.by == byConnections && p.source < 0:
				p.source = s.IntN(len(sources))
			}
		}
		rest = rest[count:]
	}
}

// happen does all deeds in the order of their times.
func (s *story) happen(ctx context.Context) error {
	for i := range s.deeds {
		one := &s.deeds[i]
		s.now.Store(one.at.UnixMicro())
		if err := one.do(ctx); err != nil {
			return fmt.Errorf("%s, as of %s: %w", one.what, one.at.Format(time.DateTime), err)
		}
		if s.progress != nil {
			s.progress(i+1, len(s.deeds))
		}
	}
	return nil
}
