package lifecycle

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestCourse follows accounts to where nothing comes any more.
func TestCourse(t *testing.T) {
	t.Parallel()
	policy := DefaultPolicy()
	policy.Stale.Suspend, policy.Escalation = true, Escalation{Expired: 14 * day, Suspended: 60 * day}
	made := noon.Add(-10 * day)
	idle := Facts{Stage: Enrolled, Settled: made, Activity: Activity{Created: made}}
	leaving := idle
	leaving.ValidUntil = noon.Add(5 * day)
	kept := idle
	kept.BreakGlass = true
	far := idle
	far.ValidUntil = noon.Add(1000 * day)
	gone := Facts{Stage: Deprovisioned, Was: Enrolled, Settled: noon, PurgeAfter: noon.Add(3 * day)}
	suspended := made.Add(90 * day)
	for name, test := range map[string]struct {
		facts Facts
		want  []Step
	}{
		"nobody uses it": {idle, []Step{
			{Timer{TimerStaleWarning, made.Add(76 * day)}, "stale.warnAfter", StatusActive, true, noon.Add(76 * day)},
			{Timer{TimerStale, suspended}, "stale.after", StatusSuspended, true, noon.Add(90 * day)},
			{Timer{TimerDeprovision, suspended.Add(60 * day)}, "escalation.suspended", StatusDeprovisioned, false, time.Time{}},
			{Timer{TimerPurge, suspended.Add(90 * day)}, "purgeAfter", StatusPurged, false, time.Time{}},
		}},
		"it does not come to its last day": {far, []Step{
			{Timer{TimerStaleWarning, made.Add(76 * day)}, "stale.warnAfter", StatusActive, true, noon.Add(76 * day)},
			{Timer{TimerStale, suspended}, "stale.after", StatusSuspended, true, noon.Add(90 * day)},
			{Timer{TimerDeprovision, suspended.Add(60 * day)}, "escalation.suspended", StatusDeprovisioned, false, time.Time{}},
			{Timer{TimerPurge, suspended.Add(90 * day)}, "purgeAfter", StatusPurged, false, time.Time{}},
			{Timer{TimerValidUntil, noon.Add(1000 * day)}, "", "", true, time.Time{}},
		}},
		"its last day": {leaving, []Step{
			{Timer{TimerValidUntil, noon.Add(5 * day)}, "", StatusSuspended, true, time.Time{}},
			{Timer{TimerDeprovision, noon.Add(19 * day)}, "escalation.expired", StatusDeprovisioned, true, noon.Add(19 * day)},
			{Timer{TimerPurge, noon.Add(49 * day)}, "purgeAfter", StatusPurged, false, time.Time{}},
		}},
		"policies leave it alone": {kept, []Step{
			{Timer{TimerStaleWarning, made.Add(76 * day)}, "stale.warnAfter", StatusActive, true, noon.Add(76 * day)},
			{Timer{TimerStale, suspended}, "stale.after", StatusActive, true, noon.Add(90 * day)},
		}},
		"deleted": {gone, []Step{{Timer{TimerPurge, noon.Add(3 * day)}, "purgeAfter", StatusPurged, true, time.Time{}}}},
	} {
		if diff := cmp.Diff(test.want, test.facts.Course(policy, noon)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCourseIsWhatHappens: who fires what is due at each time that a course names
// finds each status that it names, and nothing after its end; and what is cancelled
// comes when it says.
func TestCourseIsWhatHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		facts, clock := draw(r)
		course := facts.Course(strict(), clock)
		if !slices.IsSortedFunc(course, func(a, b Step) int { return a.Due.Compare(b.Due) }) {
			r.Fatalf("not in its order: %+v", course)
		}
		for _, step := range course {
			if !step.Armed {
				continue
			}
			cancelled, err := Decide(facts, strict(), clock, Cancel{Kind: step.Kind})
			if err != nil {
				r.Fatal(err)
			}
			i := slices.IndexFunc(cancelled.Timers, func(timer Timer) bool { return timer.Kind == step.Kind })
			if (i < 0) != step.Again.IsZero() || i >= 0 && !cancelled.Timers[i].Due.Equal(step.Again) {
				r.Fatalf("%+v, cancelled: %+v", step, cancelled.Timers)
			}
		}
		for _, step := range course {
			if step.To == "" {
				continue
			}
			clock = later(clock, step.Due)
			var fire []Command
			for _, timer := range facts.Timers(strict()) {
				if !timer.Due.After(clock) {
					fire = append(fire, Fire{Kind: timer.Kind})
				}
			}
			happened, err := Decide(facts, strict(), clock, fire...)
			if err != nil {
				r.Fatal(err)
			}
			if facts = happened.Facts; happened.To != step.To {
				r.Fatalf("%s at %s, not %s: %+v", happened.To, clock, step.To, course)
			}
		}
		for _, timer := range facts.Timers(strict()) {
			if happened, err := Decide(facts, strict(), later(clock, timer.Due), Fire{Kind: timer.Kind}); err == nil && happened.Noted && happened.From != happened.To {
				r.Fatalf("%s comes after the end of the course: %+v", timer.Kind, course)
			}
		}
	})
}
