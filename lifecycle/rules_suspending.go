package lifecycle

import "slices"

// suspendingRules are about suspensions, each its source's own.
var suspendingRules = slices.Concat(
	of(TriggerSuspend,
		refuses(TriggerSuspend, living, noSource, WhyNoSource),
		refuses(TriggerSuspend, living, noReason, WhyNoReason, TriggerSuspend),
		refuses(TriggerSuspend, living, endsInPast, WhyEndsInPast, TriggerSuspend),
		refuses(TriggerSuspend, living, isExempt, WhyBreakGlass, TriggerUnmark),
		nothing(TriggerSuspend, suspended, sameSuspension),
		applies(TriggerSuspend, living, nil, StatusSuspended),
	),
	of(TriggerResume,
		applies(TriggerResume, suspended, suspendsItself, living...),
		refuses(TriggerResume, suspended, expiredForAdministrators, WhyExpired, TriggerSchedule),
		refuses(TriggerResume, suspended, byAdministrators, WhyOtherSource, TriggerOverride, TriggerTakeOver),
		applies(TriggerResume, suspended, isStaged),
		nothing(TriggerResume, suspended, driftsAlready),
		applies(TriggerResume, suspended, nil),
		applies(TriggerResume, inactive, isStaged, StatusActive, StatusInactive, StatusLocked),
		nothing(TriggerResume, unsuspended, nil),
	),
	of(TriggerOverride,
		refuses(TriggerOverride, suspended, noReason, WhyNoReason, TriggerOverride),
		refuses(TriggerOverride, suspended, onlyExpired, WhyExpired, TriggerSchedule),
		nothing(TriggerOverride, suspended, notSuspending),
		applies(TriggerOverride, suspended, nil, living...),
		nothing(TriggerOverride, unsuspended, nil),
	),
	of(TriggerTakeOver,
		refuses(TriggerTakeOver, suspended, noReason, WhyNoReason, TriggerTakeOver),
		nothing(TriggerTakeOver, suspended, notSuspending),
		applies(TriggerTakeOver, suspended, nil),
		nothing(TriggerTakeOver, unsuspended, nil),
	),
)
