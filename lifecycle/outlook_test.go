package lifecycle

import (
	"testing"
	"time"
)

// The outlook says at any later time what Standing says.
func TestOutlook(t *testing.T) {
	t.Parallel()
	for _, facts := range accounts() {
		decision, err := Decide(facts, strict(), noon)
		if err != nil {
			t.Fatal(err)
		}
		facts = decision.Facts
		if facts.Settled.Before(noon) {
			facts.Settled = noon
		}
		periods := facts.Outlook()
		if len(periods) == 0 || !periods[0].From.IsZero() {
			t.Fatalf("%+v: outlook %+v", facts, periods)
		}
		for minutes := 0; minutes < 200; minutes += 5 {
			at := noon.Add(time.Duration(minutes) * time.Minute)
			then := periods[0]
			for _, period := range periods {
				if !period.From.After(at) {
					then = period
				}
			}
			want := facts.Standing(at)
			if then.Status != want.Status || then.Cause != want.Cause || !then.Changed.Equal(facts.ChangedAt(at)) {
				t.Fatalf("%+v\nat %s: %+v, want %+v changed %s", facts, at, then, want, facts.ChangedAt(at))
			}
		}
	}
}

// An account is stale from when it was idle for long enough, whoever computes.
func TestIdleFrom(t *testing.T) {
	t.Parallel()
	policy := strict()
	for _, facts := range accounts() {
		from, never := facts.IdleFrom()
		for hours := -3; hours < 24*200; hours += 7 {
			at := in(hours)
			stale := !never && !later(from, facts.LastUse()).Add(policy.Stale.After).After(at)
			if got := facts.Stale(policy, at); got != stale && (facts.Stage != Staged || !at.Before(facts.ValidFrom)) {
				t.Fatalf("%+v at %s: stale %v, and by the columns %v", facts, at, got, stale)
			}
		}
	}
}
