package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrTransition says that a command does not apply to an account's facts.
var ErrTransition = errors.New("transition is not possible")

// Command asks for a transition: Enroll, Suspend, Resume or Deprovision.
type Command interface{ command() }

type (
	// Enroll makes an account out of nothing, or of a staged one.
	Enroll struct{}
	// Suspend adds the source's suspension. Where the source has a live one,
	// nothing changes.
	Suspend struct{ Suspension Suspension }
	// Resume removes the source's own suspension; others stay. A staged
	// account is enrolled by it.
	Resume struct{ Source string }
	// Deprovision ends the account; it stays restorable until it is purged.
	Deprovision struct{}
)

func (Enroll) command()      {}
func (Suspend) command()     {}
func (Resume) command()      {}
func (Deprovision) command() {}

// Decision is what became of a command.
type Decision struct {
	Facts Facts
	// Changed is false where the facts already are as asked for.
	Changed bool
	// From and To are the effective statuses around the command; an event
	// follows where they differ.
	From, To Status
}

// Decide applies a command to facts. The facts given are not modified.
func Decide(facts Facts, command Command, now time.Time) (Decision, error) {
	next := Facts{Stage: facts.Stage, Suspensions: slices.Clone(facts.Suspensions)}
	if facts.Stage == Deprovisioned {
		return Decision{}, fmt.Errorf("%T of a deprovisioned account: %w", command, ErrTransition)
	}
	changed := false
	switch c := command.(type) {
	case Enroll:
		changed = next.enroll()
	case Suspend:
		changed = next.suspend(c.Suspension, now)
	case Resume:
		before := len(next.Suspensions)
		next.Suspensions = slices.DeleteFunc(next.Suspensions, func(s Suspension) bool { return s.Source == c.Source })
		changed = len(next.Suspensions) != before
		if next.Stage == Staged {
			changed = next.enroll() || changed
		}
	case Deprovision:
		next.Stage, changed = Deprovisioned, true
	}
	return Decision{Facts: next, Changed: changed, From: facts.Status(now), To: next.Status(now)}, nil
}

func (f *Facts) enroll() bool {
	if f.Stage == Enrolled {
		return false
	}
	f.Stage = Enrolled
	return true
}

func (f *Facts) suspend(added Suspension, now time.Time) bool {
	for _, s := range f.Suspensions {
		if s.Source == added.Source && s.Live(now) {
			return false
		}
	}
	f.Suspensions = slices.DeleteFunc(f.Suspensions, func(s Suspension) bool { return s.Source == added.Source })
	f.Suspensions = append(f.Suspensions, added)
	return true
}
