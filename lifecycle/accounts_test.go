package lifecycle

import (
	"sync"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// in is an instant so many hours from noon.
func in(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }

// accounts are facts in all combinations that may matter to a rule. The last
// decision about them was five hours ago.
var accounts = sync.OnceValue(func() []Facts {
	accounts := []Facts{{}, {Stage: Purged}}
	for _, base := range []Facts{
		{Stage: Staged},
		{Stage: Pending, PendingOn: Email, InviteExpires: in(1)},
		{Stage: Pending, PendingOn: Email, InviteExpires: in(-1)},
		{Stage: Pending, PendingOn: Approval},
		{Stage: Pending, PendingOn: EmailAndApproval, InviteExpires: in(1)},
		{Stage: Enrolled},
		{Stage: Enrolled, APIOnly: true},
		{Stage: Enrolled, BreakGlass: true, ResetExpires: in(1)},
		{Stage: Enrolled, ResetExpires: in(-1), Attempts: Attempts{Failed: 9, Recent: recent(9), Last: noon}},
		{Stage: Enrolled, Activity: Activity{Created: in(-24 * 100)}},
		{Stage: Deprovisioned, Was: Enrolled, PurgeAfter: in(1)},
		{Stage: Enrolled, Drifts: []Drift{{"connection:b", in(-7)}}},
		{Stage: Deprovisioned, Was: Staged, PurgeAfter: in(-1), APIOnly: true},
		{Stage: Deprovisioned, Was: Pending, PendingOn: Email, PurgeAfter: in(-1), LegalHold: true},
		{Stage: Deprovisioned, Was: Enrolled, Held: true},
	} {
		base.Settled = in(-5)
		for _, lock := range []Lockout{{}, {At: in(-9), Until: in(1)}, {At: in(-9), Until: in(-1)}, {At: in(-9), By: "ann", Reason: "odd"}} {
			for _, valid := range [][2]time.Time{{}, {in(-1)}, {in(1)}, {{}, in(-1)}, {{}, in(1)}, {in(-2), in(-1)}, {in(1), in(2)}} {
				for _, rows := range suspensions() {
					facts := base
					facts.Lockout, facts.ValidFrom, facts.ValidUntil, facts.Suspensions = lock, valid[0], valid[1], rows
					accounts = append(accounts, facts)
				}
			}
		}
	}
	return accounts
})

func suspensions() [][]Suspension {
	mine := Suspension{Source: "connection:a", Since: in(-8)}
	theirs := Suspension{Source: Administrators, Reason: "asked", By: "ann", Since: in(-9)}
	ending, ended := mine, mine
	ending.Until, ended.Until = in(1), in(-1)
	return [][]Suspension{nil, {mine}, {theirs}, {mine, theirs}, {ending}, {ended}, {ended, theirs}}
}

func recent(n int) []time.Time {
	times := make([]time.Time, n)
	for i := range times {
		times[i] = noon.Add(time.Duration(i-n) * time.Second)
	}
	return times
}

// commands are commands of every trigger, with what matters to a rule.
func commands() []Command {
	all := []Command{
		Create{},
		Enroll{},
		Submit{},
		Invite{},
		Invite{Email: true},
		Invite{Email: true, Approval: true},
		Accept{},
		Approve{},
		Schedule{},
		Schedule{ValidFrom: in(1)},
		Schedule{ValidUntil: in(-1)},
		Schedule{ValidFrom: in(2), ValidUntil: in(1)},
		Schedule{ValidFrom: in(-1)},
		Suspend{},
		Suspend{Suspension: Suspension{Source: "connection:a", Since: noon}},
		Suspend{Suspension: Suspension{Source: "connection:b", Since: noon}},
		Suspend{Suspension: Suspension{Source: Administrators, Since: noon}},
		Suspend{Suspension: Suspension{Source: Administrators, Reason: "asked", Since: noon}},
		Suspend{Suspension: Suspension{Source: Administrators, Reason: "asked", Since: noon, Until: in(-1)}},
		Suspend{Suspension: Suspension{Source: StalePolicy, Since: noon}},
		Suspend{Suspension: Suspension{Source: Administrators, Reason: "asked of many", Since: noon}, Keep: true},
		Suspend{Suspension: Suspension{Source: Administrators, Reason: "asked of many", Since: noon, Until: in(1)}, Keep: true},
		Resume{"connection:a"},
		Resume{"connection:b"},
		Resume{Administrators},
		Override{},
		Override{"", "an owner"},
		Override{"connection:a", "an owner"},
		Override{"connection:b", "an owner"},
		TakeOver{"connection:a", "ann", ""},
		TakeOver{"connection:a", "ann", "an owner"},
		TakeOver{"connection:b", "ann", "an owner"},
		Lock{},
		Lock{By: "ann", Reason: "odd"},
		Lock{By: "ann", Reason: "odd", Until: in(-1)},
		Lock{By: "ann", Reason: "odd", Until: in(1)},
		Lock{By: "ann", Reason: "odd for many", Keep: true},
		Unlock{},
		ResetAttempts{},
		SignIn{noon},
		SignIn{time.Time{}},
		FailSignIn{noon},
		UseToken{noon},
		UseToken{time.Time{}},
		SendReset{},
		SendReset{true},
		ResetPassword{},
		ResetPassword{true},
		ChangePassword{},
		SetMark{MarkAPIOnly, ""},
		SetMark{MarkAPIOnly, "backup"},
		SetMark{MarkBreakGlass, ""},
		SetMark{MarkLegalHold, ""},
		Unmark{MarkAPIOnly},
		Unmark{MarkBreakGlass},
		Unmark{MarkLegalHold},
		Deprovision{},
		Deprovision{Hold: true},
		Release{},
		Restore{By: "ann", Reason: "back"},
		Revive{},
		Revive{Approval: true},
		Purge{},
		Purge{Confirmed: true},
		Undo{},
		Undo{Facts{Stage: Staged}, Facts{Stage: Enrolled}},
		Undo{Facts{Stage: Enrolled}, Facts{Stage: Staged}},
		Undo{Facts{Stage: Enrolled}, Facts{Stage: Deprovisioned, Was: Enrolled, PurgeAfter: in(1)}},
		Undo{Facts{Stage: Deprovisioned, Was: Staged}, Facts{Stage: Staged}},
		Undo{Facts{Stage: Pending, PendingOn: Approval}, Facts{Stage: Enrolled}},
		Undo{Facts{Stage: Enrolled, Suspensions: suspensions()[1]}, Facts{Stage: Enrolled}},
		Undo{Facts{Stage: Enrolled}, Facts{Stage: Enrolled, Suspensions: suspensions()[1]}},
		Undo{Facts{Stage: Enrolled, ValidFrom: in(1)}, Facts{Stage: Enrolled}},
		Undo{Facts{Stage: Enrolled}, Facts{Stage: Enrolled, ValidFrom: in(1)}},
		Undo{Facts{Stage: Enrolled}, Facts{Stage: Pending, PendingOn: Approval}},
		Undo{Facts{Stage: Enrolled, Lockout: Lockout{At: in(-9), By: "ann", Reason: "odd"}}, Facts{Stage: Enrolled}},
		Undo{Facts{Stage: Enrolled}, Facts{Stage: Enrolled, Lockout: Lockout{At: in(-9), By: "ann", Reason: "odd"}}},
	}
	for _, kind := range TimerKinds() {
		all = append(all, Cancel{kind}, Fire{Kind: kind})
	}
	return all
}

// strict is a policy in which everything can happen.
func strict() Policy {
	p := DefaultPolicy()
	p.Stale.Suspend = true
	p.Escalation = Escalation{Expired: time.Minute, Suspended: 2 * time.Hour}
	return p
}
