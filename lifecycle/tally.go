package lifecycle

import (
	"slices"
	"time"
)

// parts is in how many parts a window slides. A removal counts for up to one
// part longer than the window, never shorter.
const parts = 60

// Tally is what the guard remembers of one connection. Who changes it holds it
// locked from reading to writing.
type Tally struct {
	Counts []TallyCount `json:"counts,omitempty"`
	// Allowance is what an administrator allowed beyond the limit.
	Allowance      int       `json:"allowance,omitempty"`
	AllowanceUntil time.Time `json:"allowanceUntil,omitzero"`
	// BlockedUntil is up to when an administrator lets nothing pass.
	BlockedUntil time.Time `json:"blockedUntil,omitzero"`
	// Incidents are those that wait for an administrator, oldest first, and the last
	// one that was decided on.
	Incidents []Incident `json:"incidents,omitempty"`
	// Claimed is the decision on them that was begun and is not carried out whole,
	// nil for none.
	Claimed *Claim `json:"claimed,omitempty"`
	// Settled is when an administrator last decided on an incident, or said that
	// what counted was meant.
	Settled time.Time `json:"settled,omitzero"`
}

// TallyCount is the removals of one part of the window.
type TallyCount struct {
	Start    time.Time `json:"start"`
	Removals int       `json:"removals"`
	// Living is the most users that the connection had in it: the limit must
	// not shrink with what is removed. Whole is as in Living.
	Living int  `json:"living"`
	Whole  bool `json:"whole,omitzero"`
}

// Allow lets n more removals pass until a time.
func (t Tally) Allow(n int, until time.Time) Tally {
	t.Allowance, t.AllowanceUntil = n, until
	return t
}

// Block lets nothing pass until a time; the zero one ends that.
func (t Tally) Block(until time.Time) Tally {
	t.BlockedUntil = until
	return t
}

// State is what the guard would say to one removal more: how many count, of at
// most how many, and what that is a share of; the limit is -1 where it is not armed.
func (g MassGuard) State(t Tally, living Living, now time.Time) (removals, limit int, of Living) {
	t = t.within(g.Window, now)
	of = t.share(living)
	if g.Mode == GuardOff || of.Users < g.ArmedFrom {
		return t.removals(), -1, of
	}
	return t.removals(), g.limit(of.Users), of
}

// Forget notes that what counted up to a time, at which the tally was seen, was
// meant. What was counted since goes on to count, and an incident that went on
// stays open.
func (t Tally) Forget(seen Tally, upTo, now time.Time) Tally {
	t = t.Decide(IncidentReleased, upTo, now)
	meant := map[time.Time]int{}
	for _, count := range seen.Counts {
		meant[count.Start.UTC()] = count.Removals
	}
	var later []TallyCount
	for _, count := range t.Counts {
		if count.Removals -= meant[count.Start.UTC()]; count.Removals > 0 {
			later = append(later, count)
		}
	}
	t.Counts, t.Settled = later, upTo
	return t
}

// within is the tally without what is over.
func (t Tally) within(window time.Duration, now time.Time) Tally {
	t.Counts = slices.DeleteFunc(slices.Clone(t.Counts), func(c TallyCount) bool { return !c.over(window).After(now) })
	if !t.AllowanceUntil.After(now) {
		t.Allowance, t.AllowanceUntil = 0, time.Time{}
	}
	if !t.BlockedUntil.After(now) {
		t.BlockedUntil = time.Time{}
	}
	return t
}

// over is when the removals of a part stop to count.
func (c TallyCount) over(window time.Duration) time.Time { return c.Start.Add(window + window/parts) }

func (t Tally) removals() int {
	sum := 0
	for _, count := range t.Counts {
		sum += count.Removals
	}
	return sum
}

func (t Tally) plus(n int, living Living, window time.Duration, now time.Time) Tally {
	if n == 0 {
		return t
	}
	start := now.Truncate(window / parts)
	if i := slices.IndexFunc(t.Counts, func(c TallyCount) bool { return c.Start.Equal(start) }); i >= 0 {
		t.Counts[i].Removals += n
		t.Counts[i].Living = max(t.Counts[i].Living, living.Users)
		return t
	}
	t.Counts = append(t.Counts, TallyCount{start, n, living.Users, living.Whole})
	return t
}

// fits is the time until no more than room removals count.
func (t Tally) fits(room int, window time.Duration, now time.Time) time.Duration {
	left := t.removals()
	counts := slices.SortedFunc(slices.Values(t.Counts), func(a, b TallyCount) int { return a.Start.Compare(b.Start) })
	for _, count := range counts {
		if left -= count.Removals; left <= room {
			return count.over(window).Sub(now)
		}
	}
	return window
}
