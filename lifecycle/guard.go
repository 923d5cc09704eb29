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
	holds func(h *hearing) bool
	// asks says that the guard looks at the command: whether it holds cannot be
	// said before there is one.
	asks bool
}

// ofFacts is a guard over facts, policy and time.
func ofFacts(name string, holds func(h *hearing) bool) *guard { return &guard{name, holds, false} }

// ofCommand is a guard over a command, too.
func ofCommand[C Command](name string, holds func(c C, h *hearing) bool) *guard {
	return &guard{name, func(h *hearing) bool {
		c, ok := h.command.(C)
		return ok && holds(c, h)
	}, true}
}

// Guards over the facts.
var (
	isStaged       = ofFacts("staged", func(h *hearing) bool { return h.facts.Stage == Staged })
	isPending      = ofFacts("pending", func(h *hearing) bool { return h.facts.Stage == Pending })
	isAPIOnly      = ofFacts("API-only", func(h *hearing) bool { return h.facts.APIOnly })
	isHeld         = ofFacts("held by the mass guard", func(h *hearing) bool { return h.facts.Held })
	onLegalHold    = ofFacts("on legal hold", func(h *hearing) bool { return h.facts.LegalHold })
	hasLock        = ofFacts("locked beneath", func(h *hearing) bool { return !h.facts.Lockout.At.IsZero() })
	hasAttempts    = ofFacts("failures or locks are counted", func(h *hearing) bool { return h.facts.hasAttempts() })
	awaitsEmail    = ofFacts("waiting for the email address", func(h *hearing) bool { return h.facts.awaits(Email) })
	awaitsApproval = ofFacts("waiting for an approval", func(h *hearing) bool { return h.facts.awaits(Approval) })
	linkExpired    = ofFacts("the link has expired", func(h *hearing) bool {
		return h.facts.awaits(Email) && !h.now.Before(h.facts.InviteExpires)
	})
	onlyExpired = ofFacts("past the last day and nobody suspends", func(h *hearing) bool { return len(h.facts.Suspensions) == 0 })
)

// awaits reports whether a pending account waits for something.
func (f Facts) awaits(what Wait) bool { return f.Stage == Pending && f.PendingOn.on(what) }

func (f Facts) hasAttempts() bool {
	return !f.Lockout.At.IsZero() || !f.Attempts.equal(Attempts{})
}

// isDue is the second look of a timer that fires.
func isDue(kind TimerKind) *guard {
	return ofFacts("due", func(h *hearing) bool { return h.facts.due(kind, h.policy, h.now) })
}

// Guards over suspensions.
var (
	noSource = ofCommand("no source is named", func(c Suspend, _ *hearing) bool { return c.Suspension.Source == "" })
	noReason = &guard{"no reason is given", func(h *hearing) bool {
		switch c := h.command.(type) {
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
	endsInPast = &guard{"it ends before it begins", func(h *hearing) bool {
		switch c := h.command.(type) {
		case Suspend:
			return reached(c.Suspension.Until, h.now)
		case Lock:
			return reached(c.Until, h.now)
		}
		return false
	}, true}
	isExempt = ofCommand("a policy asks and the account is break-glass", func(c Suspend, h *hearing) bool {
		return h.facts.BreakGlass && c.Suspension.byPolicy()
	})
	sameSuspension = ofCommand("its source suspends with the same words and end", func(c Suspend, h *hearing) bool {
		own, found := h.facts.suspensionOf(c.Suspension.Source, h.now)
		return found && own.Reason == c.Suspension.Reason && own.Until.Equal(c.Suspension.Until)
	})
	suspendsItself = ofCommand("its source suspends", func(c Resume, h *hearing) bool {
		_, found := h.facts.suspensionOf(c.Source, h.now)
		return found
	})
	byAdministrators         = ofCommand("the administrators ask", func(c Resume, _ *hearing) bool { return c.Source == Administrators })
	expiredForAdministrators = ofCommand("the administrators ask and nobody suspends", func(c Resume, h *hearing) bool {
		return c.Source == Administrators && len(h.facts.Suspensions) == 0
	})
	driftsAlready = ofCommand("noted already", func(c Resume, h *hearing) bool { return h.facts.drifts(c.Source) })
	notSuspending = &guard{"that source does not suspend", func(h *hearing) bool {
		switch c := h.command.(type) {
		case Override:
			return c.Source != "" && !h.facts.suspends(c.Source, h.now)
		case TakeOver:
			return c.Source == Administrators || !h.facts.suspends(c.Source, h.now)
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
	noEmail = &guard{"it has no email address", func(h *hearing) bool {
		switch c := h.command.(type) {
		case Invite:
			return !c.Email
		case SendReset:
			return !c.Email
		}
		return false
	}, true}
	endsFirst = ofCommand("it ends before it begins", func(c Schedule, _ *hearing) bool {
		return !c.ValidUntil.IsZero() && !c.ValidUntil.After(c.ValidFrom)
	})
	sameSchedule = ofCommand("it is so", func(c Schedule, h *hearing) bool {
		return c.ValidFrom.Equal(h.facts.ValidFrom) && c.ValidUntil.Equal(h.facts.ValidUntil)
	})
	sameLock = ofCommand("it is so", func(c Lock, h *hearing) bool {
		l := h.facts.Lockout
		return !l.At.IsZero() && l.By != "" && l.Reason == c.Reason && l.Until.Equal(c.Until)
	})
	tooMany = ofCommand("there are too many, and not API-only", func(c FailSignIn, h *hearing) bool {
		recent := h.facts.Attempts.counted(h.notAfterNow(c.At), h.now, h.policy.Lockout.Within)
		return !h.facts.APIOnly && len(recent) >= h.policy.Lockout.Failures
	})
	nothingNew = &guard{"it says nothing new", func(h *hearing) bool {
		switch c := h.command.(type) {
		case SignIn:
			known := h.facts.clone()
			known.succeed(h.notAfterNow(c.At), h.now)
			return known.Equal(h.facts)
		case UseToken:
			return !h.notAfterNow(c.At).After(h.facts.Activity.LastTokenUse)
		}
		return false
	}, true}
	noReset = ofCommand("there is no link", func(c ResetPassword, h *hearing) bool {
		return !c.ByAdministrator && h.facts.ResetExpires.IsZero()
	})
	noPurpose   = ofCommand("API-only without a purpose", func(c SetMark, _ *hearing) bool { return c.Mark == MarkAPIOnly && blank(c.Purpose) })
	needsPerson = ofCommand("API-only and waiting for the email address", func(c SetMark, h *hearing) bool {
		return c.Mark == MarkAPIOnly && h.facts.awaits(Email)
	})
	sameMark      = ofCommand("it is so", func(c SetMark, h *hearing) bool { return h.facts.marked(c.Mark) })
	notMarked     = ofCommand("it is so", func(c Unmark, h *hearing) bool { return !h.facts.marked(c.Mark) })
	setsLegalHold = ofCommand("legal hold", func(c SetMark, _ *hearing) bool { return c.Mark == MarkLegalHold })
	takesHold     = ofCommand("legal hold", func(c Unmark, _ *hearing) bool { return c.Mark == MarkLegalHold })
	notConfirmed  = ofCommand("nobody has confirmed", func(c Purge, _ *hearing) bool { return !c.Confirmed })
	notWaiting    = ofCommand("there is no such timer", func(c Cancel, h *hearing) bool {
		return !slices.ContainsFunc(h.facts.Timers(h.policy), func(t Timer) bool { return t.Kind == c.Kind })
	})
	cannotUndo = ofCommand("there was no account before", func(c Undo, _ *hearing) bool {
		return c.Before.Stage == Absent || c.Before.Stage == Purged || c.After.Stage == Purged
	})
	changedSince = ofCommand("others changed it since", func(c Undo, h *hearing) bool {
		_, possible := c.undone(h.facts)
		return !possible
	})
	sameAsBefore = ofCommand("it is so", func(c Undo, h *hearing) bool {
		undone, _ := c.undone(h.facts)
		return undone.tidied(h.now).Equal(h.facts)
	})
)
