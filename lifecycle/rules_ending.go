package lifecycle

import "slices"

// endingRules are about the end of an account, and about taking back.
var endingRules = slices.Concat(
	of(TriggerDeprovision,
		applies(TriggerDeprovision, living, nil, StatusDeprovisioned),
		nothing(TriggerDeprovision, deprovisioned, nil),
	),
	of(TriggerRelease,
		applies(TriggerRelease, deprovisioned, isHeld),
		nothing(TriggerRelease, present, nil),
	),
	of(TriggerRestore,
		applies(TriggerRestore, deprovisioned, nil, StatusSuspended),
		nothing(TriggerRestore, living, nil),
	),
	of(TriggerRevive,
		applies(TriggerRevive, deprovisioned, nil, living...),
		refuses(TriggerRevive, living, nil, WhyLiving),
	),
	of(TriggerPurge,
		refuses(TriggerPurge, living, nil, WhyLiving, TriggerDeprovision),
		refuses(TriggerPurge, deprovisioned, onLegalHold, WhyLegalHold, TriggerUnmark),
		refuses(TriggerPurge, deprovisioned, isHeld, WhyHeld, TriggerRelease, TriggerRestore),
		refuses(TriggerPurge, deprovisioned, notConfirmed, WhyNotConfirmed, TriggerPurge),
		applies(TriggerPurge, deprovisioned, nil, StatusPurged),
		nothing(TriggerPurge, purged, nil),
	),
	of(TriggerCancel,
		nothing(TriggerCancel, present, notWaiting),
		applies(TriggerCancel, present, nil),
	),
	of(TriggerUndo,
		refuses(TriggerUndo, present, cannotUndo, WhyCannotBeUndone, TriggerDeprovision, TriggerPurge),
		refuses(TriggerUndo, present, changedSince, WhyChangedSince),
		nothing(TriggerUndo, present, sameAsBefore),
		applies(TriggerUndo, present, nil, present...),
	),
)

// timerRules are about timers. The first six tell what the clock did: their
// status is the one that was told last. A timer that comes too late, or outlives
// its account, does nothing.
var timerRules = slices.Concat(
	timer(TimerValidFrom,
		applies(TimerValidFrom.Trigger(), inactive, isDue(TimerValidFrom), StatusActive, StatusLocked),
		applies(TimerValidFrom.Trigger(), []Status{StatusPending, StatusSuspended}, isDue(TimerValidFrom)),
	),
	timer(TimerValidUntil,
		applies(TimerValidUntil.Trigger(), unsuspended, isDue(TimerValidUntil), StatusSuspended),
		applies(TimerValidUntil.Trigger(), suspended, isDue(TimerValidUntil)),
	),
	timer(TimerSuspendedUntil,
		applies(TimerSuspendedUntil.Trigger(), suspended, isDue(TimerSuspendedUntil), unsuspended...),
	),
	timer(TimerLock,
		applies(TimerLock.Trigger(), locked, isDue(TimerLock), StatusActive),
		applies(TimerLock.Trigger(), living, isDue(TimerLock)),
	),
	timer(TimerInvite,
		applies(TimerInvite.Trigger(), []Status{StatusPending, StatusSuspended}, isDue(TimerInvite)),
	),
	timer(TimerReset,
		applies(TimerReset.Trigger(), living, isDue(TimerReset)),
	),
	timer(TimerStaleWarning,
		applies(TimerStaleWarning.Trigger(), living, isDue(TimerStaleWarning)),
	),
	timer(TimerStale,
		applies(TimerStale.Trigger(), active, isDue(TimerStale), StatusActive, StatusSuspended),
		applies(TimerStale.Trigger(), locked, isDue(TimerStale), StatusLocked, StatusSuspended),
		applies(TimerStale.Trigger(), living, isDue(TimerStale)),
	),
	timer(TimerDeprovision,
		applies(TimerDeprovision.Trigger(), suspended, isDue(TimerDeprovision), StatusDeprovisioned),
	),
	timer(TimerPurge,
		applies(TimerPurge.Trigger(), deprovisioned, isDue(TimerPurge), StatusPurged),
	),
)

// timer closes the rules of a timer: what is not due does nothing.
func timer(kind TimerKind, rules ...rule) []rule {
	return append(rules, nothing(kind.Trigger(), anything, nil))
}
