package lifecycle

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// draw picks an account that has been through some commands, and a time.
func draw(r *rapid.T) (Facts, time.Time) {
	facts := rapid.SampledFrom(accounts()).Draw(r, "account")
	clock := noon
	for range rapid.IntRange(0, 6).Draw(r, "commands") {
		clock = clock.Add(time.Duration(rapid.IntRange(0, 90).Draw(r, "minutes")) * time.Minute)
		if d, err := Decide(facts, strict(), clock, drawCommand(r)); err == nil {
			facts = d.Facts
		}
	}
	return facts, clock.Add(time.Duration(rapid.IntRange(0, 300).Draw(r, "later")) * time.Minute)
}

func drawCommand(r *rapid.T) Command {
	all := commands()
	return all[rapid.IntRange(0, len(all)-1).Draw(r, "command")]
}

// TestRepeatsAreSilent: who asks twice gets what is there, and nobody hears of
// it. What is counted or sent again is not a repeat.
func TestRepeatsAreSilent(t *testing.T) {
	t.Parallel()
	again := []Trigger{TriggerInvite, TriggerSendReset, TriggerFailSignIn, TriggerChangePassword, TriggerResetPassword}
	rapid.Check(t, func(r *rapid.T) {
		facts, clock := draw(r)
		command := drawCommand(r)
		first, err := Decide(facts, strict(), clock, command)
		if err != nil || slices.Contains(again, command.Trigger()) {
			return
		}
		second, err := Decide(first.Facts, strict(), clock, command)
		if err == nil && !second.Nothing() {
			r.Fatalf("%#v of %+v did something twice: %+v", command, facts, second)
		}
	})
}

// TestUndoRestoresFacts: what a decision changed of the account is put back,
// exactly, and nobody who is told can see a difference.
func TestUndoRestoresFacts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		facts, clock := draw(r)
		done, err := Decide(facts, strict(), clock, drawCommand(r))
		if err != nil || !done.Before.living() && done.Before.Stage != Deprovisioned || done.Facts.Stage == Purged {
			return
		}
		undone, err := Decide(done.Facts, strict(), clock, Undo{done.Before, done.Facts})
		if err != nil {
			r.Fatalf("undo of %+v: %v", done, err)
		}
		if !undone.Facts.sameAccount(done.Before) || !undone.Facts.Lockout.equal(done.Before.Lockout) {
			r.Fatalf("was  %+v\nmade %+v\nback %+v", done.Before, done.Facts, undone.Facts)
		}
		if undone.To != done.From {
			r.Fatalf("%s, undone %s", done.From, undone.To)
		}
	})
}

// TestUndoLeavesOthersAlone: what others did in between stays or stands in the
// way; it is never taken back with it.
func TestUndoLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		facts, clock := draw(r)
		mine, err := Decide(facts, strict(), clock, Suspend{Suspension: Suspension{Source: "connection:mine", Since: clock}})
		if err != nil {
			return
		}
		theirs, err := Decide(mine.Facts, strict(), clock, drawCommand(r))
		if err != nil {
			return
		}
		undone, err := Decide(theirs.Facts, strict(), clock, Undo{mine.Before, mine.Facts})
		if err != nil {
			return
		}
		want := theirs.Facts.clone()
		want.lift("connection:mine")
		if !undone.Facts.sameAccount(want.tidied(clock)) {
			r.Fatalf("with theirs %+v\nundone %+v", theirs.Facts, undone.Facts)
		}
	})
}

// TestTimersInAnyOrder: a scheduler that fires what is due, in whatever order
// and how often it likes, leaves the status that the clock alone makes, and
// everything is told once.
func TestTimersInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		facts, clock := draw(r)
		want := facts.Status(clock)
		told, err := Decide(facts, strict(), clock)
		if err != nil {
			r.Fatal(err)
		}
		var changes []Change
		fired := facts
		kinds := rapid.Permutation(append(TimerKinds()[:6], TimerKinds()[:6]...)).Draw(r, "kinds")
		for _, kind := range kinds {
			d, err := Decide(fired, strict(), clock, Fire{Kind: kind})
			if err != nil {
				r.Fatal(err)
			}
			fired = d.Facts
			changes = append(changes, d.Changes...)
		}
		if got := fired.Status(clock); got != want || !fired.Equal(told.Facts) || !slices.Equal(changes, told.Changes) {
			r.Fatalf("%s, by the clock %s\ntold %+v, %+v\nonce %+v", got, want, fired, changes, told)
		}
		for _, timer := range fired.Timers(strict()) {
			if slices.Contains(TimerKinds()[:6], timer.Kind) && !timer.Due.After(clock) {
				r.Fatalf("%+v is still there after it fired: %+v", timer, fired)
			}
		}
	})
}

// TestEverythingSettles: whatever is due is done after each timer fired often
// enough; no timer comes back at once for ever.
func TestEverythingSettles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		facts, clock := draw(r)
		for range 2 * len(TimerKinds()) {
			timers := facts.Timers(strict())
			if len(timers) == 0 || timers[0].Due.After(clock) {
				return
			}
			d, err := Decide(facts, strict(), clock, Fire{Kind: timers[0].Kind})
			if err != nil || d.Nothing() {
				r.Fatalf("%+v of %+v is due and does nothing: %v", timers[0], facts, err)
			}
			facts = d.Facts
		}
		r.Fatalf("timers of %+v never end", facts)
	})
}

// TestTimersBoundTheClock: between two timers the status stands still, so that
// who waits for the next one misses nothing.
func TestTimersBoundTheClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		facts, clock := draw(r)
		d, err := Decide(facts, strict(), clock)
		if err != nil {
			r.Fatal(err)
		}
		end := clock.Add(1000 * time.Hour)
		if len(d.Timers) > 0 {
			end = d.Timers[0].Due.Add(-1)
		}
		if end.After(clock) {
			between := clock.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(clock))).Draw(r, "between")))
			if got := d.Facts.Status(between); got != d.To {
				r.Fatalf("%s at %v, %s at %v, and no timer before %v: %+v", d.To, clock, got, between, end, d.Facts)
			}
		}
	})
}

// TestSourcesAreApart: no command of one source lifts what another holds, save
// an owner's override and taking over.
func TestSourcesAreApart(t *testing.T) {
	t.Parallel()
	allowed := []Trigger{TriggerOverride, TriggerTakeOver, TriggerPurge, TriggerUndo, TimerPurge.Trigger()}
	rapid.Check(t, func(r *rapid.T) {
		facts, clock := draw(r)
		command := drawCommand(r)
		d, err := Decide(facts, strict(), clock, command)
		if err != nil || slices.Contains(allowed, command.Trigger()) {
			return
		}
		own := ""
		switch c := command.(type) {
		case Suspend:
			own = c.Suspension.Source
		case Resume:
			own = c.Source
		case Restore:
			own = Administrators
		}
		for _, s := range facts.Suspensions {
			if s.Live(clock) && s.Source != own && !d.Facts.suspends(s.Source, clock) {
				r.Fatalf("%#v lifted %+v", command, s)
			}
		}
	})
}

// TestHistoryIsOneLine: the changes that are told follow on each other, from
// the last status that anybody heard of to the one that is.
func TestHistoryIsOneLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		facts, clock := draw(r)
		d, err := Decide(facts, strict(), clock, drawCommand(r))
		if err != nil {
			return
		}
		status, at := facts.Status(facts.Settled), facts.Settled
		for _, c := range d.Changes {
			if c.From != status || c.From == c.To || c.At.Before(at) {
				r.Fatalf("after %s at %v comes %+v", status, at, c)
			}
			status, at = c.To, c.At
		}
		if status != d.To || d.To != d.Facts.Status(clock) {
			r.Fatalf("the changes end with %s, the account is %s, the decision says %s", status, d.Facts.Status(clock), d.To)
		}
		if len(d.Changes) > 0 && !d.Facts.ChangedAt(clock).Equal(at) {
			r.Fatalf("changed at %v, the last change was at %v", d.Facts.ChangedAt(clock), at)
		}
	})
}
