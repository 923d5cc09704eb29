package admin

import (
	"rollcall/lifecycle"
	"rollcall/scim"
)

// actions are all there are, by name.
var actions = map[string]Action{
	"activate": {Trigger: lifecycle.TriggerResume, commands: activate},
	"suspend":  {Takes: []string{TakesUntil}, Trigger: lifecycle.TriggerSuspend, AsksReason: true, Removes: true, commands: suspend},
	"override": {Takes: []string{TakesSource}, Trigger: lifecycle.TriggerOverride, AsksReason: true, commands: func(r Request, _ *scim.Explanation) ([]lifecycle.Command, error) {
		return one(lifecycle.Override{Source: r.Source, Reason: r.Reason})
	}},
	"take-over":   {Takes: []string{TakesSource}, Trigger: lifecycle.TriggerTakeOver, AsksReason: true, commands: takeOver},
	"lock":        {Takes: []string{TakesUntil}, Trigger: lifecycle.TriggerLock, AsksReason: true, Removes: true, commands: lock},
	"unlock":      {Trigger: lifecycle.TriggerUnlock, Assists: true, commands: simply(lifecycle.Unlock{})},
	"approve":     {Trigger: lifecycle.TriggerApprove, commands: simply(lifecycle.Approve{})},
	"submit":      {Trigger: lifecycle.TriggerSubmit, commands: simply(lifecycle.Submit{})},
	"deprovision": {Trigger: lifecycle.TriggerDeprovision, AsksReason: true, Removes: true, Deletes: true, commands: simply(lifecycle.Deprovision{})},
	// What it lets go on was counted when the mass guard held it.
	"release": {Trigger: lifecycle.TriggerRelease, Deletes: true, commands: simply(lifecycle.Release{})},
	"restore": {Trigger: lifecycle.TriggerRestore, commands: func(r Request, _ *scim.Explanation) ([]lifecycle.Command, error) {
		return one(lifecycle.Restore{By: r.By, Reason: r.Reason})
	}},
	"purge": {
		Takes: []string{TakesConfirm}, Trigger: lifecycle.TriggerPurge,
		AsksReason: true, Removes: true, Deletes: true, Irreversible: true, commands: purge,
	},
	"invite": {Takes: []string{TakesApproval}, Trigger: lifecycle.TriggerInvite, Assists: true, commands: func(r Request, _ *scim.Explanation) ([]lifecycle.Command, error) {
		return one(lifecycle.Invite{Approval: r.Approval})
	}},
	"reset-attempts": {Trigger: lifecycle.TriggerResetAttempts, Assists: true, commands: simply(lifecycle.ResetAttempts{})},
	"reset-password": {Trigger: lifecycle.TriggerSendReset, Assists: true, commands: simply(lifecycle.SendReset{})},
	"set-password":   {Takes: []string{TakesPassword}, Trigger: lifecycle.TriggerResetPassword, commands: setPassword},
	"mark": {Takes: []string{TakesMark, TakesPurpose}, Trigger: lifecycle.TriggerMark, commands: func(r Request, _ *scim.Explanation) ([]lifecycle.Command, error) {
		return one(lifecycle.SetMark{Mark: r.Mark, Purpose: r.Purpose})
	}},
	"unmark": {Takes: []string{TakesMark}, Trigger: lifecycle.TriggerUnmark, commands: func(r Request, _ *scim.Explanation) ([]lifecycle.Command, error) {
		return one(lifecycle.Unmark{Mark: r.Mark})
	}},
	"schedule": {Takes: []string{TakesFrom, TakesTo}, Trigger: lifecycle.TriggerSchedule, commands: schedule},
}

func one(command lifecycle.Command) ([]lifecycle.Command, error) {
	return []lifecycle.Command{command}, nil
}

func simply(command lifecycle.Command) func(Request, *scim.Explanation) ([]lifecycle.Command, error) {
	return func(Request, *scim.Explanation) ([]lifecycle.Command, error) { return one(command) }
}
