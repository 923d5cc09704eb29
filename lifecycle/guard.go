package lifecycle

import (
	"slices"
	"strings"
	"time"
)

// guard is a named condition of the table.
type guard struct {
	// name completes the sentence "if ...".
	name  string
	holds func(d *decider) bool
	// asks says that the guard looks at the command: whether it holds cannot be
	// said before there is one.
	asks bool
}

// ofFacts is a guard over facts, policy and time.
func ofFacts(name string, holds func(d *decider) bool) *guard { return &guard{name, holds, false} }

// ofCommand is a guard over a command, too.
func ofCommand[C Command](name string, holds func(c C, d *decider) bool) *guard {
	return &guard{name, func(d *decider) bool {
		c, ok := d.command.(C)
		return ok && holds(c, d)
	}, true}
}

// Guards over the facts.
var (
	isStaged       = ofFacts("staged", func(d *decider) bool { return d.facts.Stage == Staged })
	isPending      = ofFacts("pending", func(d *decider) bool { return d.facts.Stage == Pending })
	isAPIOnly      = ofFacts("API-only", func(d *decider) bool { return d.facts.APIOnly })
	isHeld         = ofFacts("held by the mass guard", func(d *decider) bool { return d.facts.Held })
	onLegalHold    = ofFacts("on legal hold", func(d *decider) bool { return d.facts.LegalHold })
	hasLock        = ofFacts("locked beneath", func(d *decider) bool { return !d.facts.Lockout.At.IsZero() })
	hasAttempts    = ofFacts("failures or locks are counted", func(d *decider) bool { return d.facts.hasAttempts() })
	awaitsEmail    = ofFacts("waiting for the email address", func(d *decider) bool { return d.facts.awaits(Email) })
	awaitsApproval = ofFacts("waiting for an approval", func(d *decider) bool { return d.facts.awaits(Approval) })
	linkExpired    = ofFacts("the link has expired", func(d *decider) bool {
		return d.facts.awaits(Email) && !d.now.Before(d.facts.InviteExpires)
	})
	onlyExpired = ofFacts("past the last day and nobody suspends", func(d *decider) bool { return len(d.facts.Suspensions) == 0 })
)

// awaits reports whether a pending account waits for something.
func (f Facts) awaits(what Wait) bool { return f.Stage == Pending && f.PendingOn.on(what) }

func (f Facts) hasAttempts() bool {
	return !f.Lockout.At.IsZero() || !f.Attempts.equal(Attempts{})
}

// isDue is the second look of a timer that fires.
func isDue(kind TimerKind) *guard {
	return ofFacts("due", func(d *decider) bool { return d.facts.due(kind, d.policy, d.now) })
}

// Guards over suspensions.
var (
	noSource = ofCommand("no source is named", func(c Suspend, _ *decider) bool { return c.Suspension.Source == "" })
	noReason = &guard{"no reason is given", func(d *decider) bool {
		switch c := d.command.(type) {
		case Suspend:
			return c.Suspension.Source == Administrators && blank(c.Suspension.Reason)
		case Override:
			return blank(c.Reason)
		case TakeOver:
			return blank(c.Reason)
		case Lock:
			return blank(c.Reason)
		}
		return false
	}, true}
	endsInPast = &guard{"it ends before it begins", func(d *decider) bool {
		switch c := d.command.(type) {
		case Suspend:
			return reached(c.Suspension.Until, d.now)
		case Lock:
			return reached(c.Until, d.now)
		}
		return false
	}, true}
	isExempt = ofCommand("a policy asks and the account is break-glass", func(c Suspend, d *decider) bool {
		return d.facts.BreakGlass && c.Suspension.byPolicy()
	})
	sameSuspension = ofCommand("its source suspends with the same words and end, or as long where that is enough", func(c Suspend, d *decider) bool {
		own, found := d.facts.suspensionOf(c.Suspension.Source, d.now)
		return found && (own.Reason == c.Suspension.Reason && own.Until.Equal(c.Suspension.Until) || c.Keep && lastsAs(own.Until, c.Suspension.Until))
	})
	suspendsItself = ofCommand("its source suspends", func(c Resume, d *decider) bool {
		_, found := d.facts.suspensionOf(c.Source, d.now)
		return found
	})
	byAdministrators         = ofCommand("the administrators ask", func(c Resume, _ *decider) bool { return c.Source == Administrators })
	expiredForAdministrators = ofCommand("the administrators ask and nobody suspends", func(c Resume, d *decider) bool {
		return c.Source == Administrators && len(d.facts.Suspensions) == 0
	})
	driftsAlready = ofCommand("noted already", func(c Resume, d *decider) bool { return d.facts.drifts(c.Source) })
	notSuspending = &guard{"that source does not suspend", func(d *decider) bool {
		switch c := d.command.(type) {
		case Override:
			return c.Source != "" && !d.facts.suspends(c.Source, d.now)
		case TakeOver:
			return c.Source == Administrators || !d.facts.suspends(c.Source, d.now)
		}
		return false
	}, true}
)

func (f Facts) suspends(source string, now time.Time) bool {
	_, found := f.suspensionOf(source, now)
	return found
}

func blank(words string) bool { return strings.TrimSpace(words) == "" }

func reached(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

// Guards over the other commands.
var (
	noEmail = &guard{"it has no email address", func(d *decider) bool {
		switch c := d.command.(type) {
		case Invite:
			return !c.Email
		case SendReset:
			return !c.Email
		}
		return false
	}, true}
	endsFirst = ofCommand("it ends before it begins", func(c Schedule, _ *decider) bool {
		return !c.ValidUntil.IsZero() && !c.ValidUntil.After(c.ValidFrom)
	})
	sameSchedule = ofCommand("it is so", func(c Schedule, d *decider) bool {
		return c.ValidFrom.Equal(d.facts.ValidFrom) && c.ValidUntil.Equal(d.facts.ValidUntil)
	})
	sameLock = ofCommand("it is so, or as long where that is enough", func(c Lock, d *decider) bool {
		l := d.facts.Lockout
		return !l.At.IsZero() && l.By != "" && (l.Reason == c.Reason && l.Until.Equal(c.Until) || c.Keep && lastsAs(l.Until, c.Until))
	})
	tooMany = ofCommand("there are too many, and not API-only", func(c FailSignIn, d *decider) bool {
		recent := d.facts.Attempts.counted(d.notAfterNow(c.At), d.now, d.policy.Lockout.Within)
		return !d.facts.APIOnly && len(recent) >= d.policy.Lockout.Failures
	})
	nothingNew = &guard{"it says nothing new", func(d *decider) bool {
		switch c := d.command.(type) {
		case SignIn:
			known := d.facts.clone()
			known.succeed(d.notAfterNow(c.At), d.now)
			return known.Equal(d.facts)
		case UseToken:
			return !d.notAfterNow(c.At).After(d.facts.Activity.LastTokenUse)
		}
		return false
	}, true}
	noReset = ofCommand("there is no link", func(c ResetPassword, d *decider) bool {
		return !c.ByAdministrator && d.facts.ResetExpires.IsZero()
	})
	noPurpose   = ofCommand("API-only without a purpose", func(c SetMark, _ *decider) bool { return c.Mark == MarkAPIOnly && blank(c.Purpose) })
	needsPerson = ofCommand("API-only and waiting for the email address", func(c SetMark, d *decider) bool {
		return c.Mark == MarkAPIOnly && d.facts.awaits(Email)
	})
	sameMark      = ofCommand("it is so", func(c SetMark, d *decider) bool { return d.facts.marked(c.Mark) })
	notMarked     = ofCommand("it is so", func(c Unmark, d *decider) bool { return !d.facts.marked(c.Mark) })
	setsLegalHold = ofCommand("legal hold", func(c SetMark, _ *decider) bool { return c.Mark == MarkLegalHold })
	takesHold     = ofCommand("legal hold", func(c Unmark, _ *decider) bool { return c.Mark == MarkLegalHold })
	notConfirmed  = ofCommand("nobody has confirmed", func(c Purge, _ *decider) bool { return !c.Confirmed })
	notWaiting    = ofCommand("there is no such timer", func(c Cancel, d *decider) bool {
		return !slices.ContainsFunc(d.facts.Timers(d.policy), func(t Timer) bool { return t.Kind == c.Kind })
	})
	cannotUndo = ofCommand("there was no account before", func(c Undo, _ *decider) bool {
		return c.Before.Stage == Absent || c.Before.Stage == Purged || c.After.Stage == Purged
	})
	changedSince = ofCommand("others changed it since", func(c Undo, d *decider) bool {
		_, possible := c.undone(d.facts)
		return !possible
	})
	sameAsBefore = ofCommand("it is so", func(c Undo, d *decider) bool {
		undone, _ := c.undone(d.facts)
		return undone.tidied(d.now).Equal(d.facts)
	})
)

// lastsAs reports whether what ends at a time lasts as long as what ends at another;
// zero is no end.
func lastsAs(until, wanted time.Time) bool {
	return until.IsZero() || !wanted.IsZero() && !until.Before(wanted)
}
