package console

import (
	"cmp"
	"errors"
	"net/url"
	"slices"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/scim"
)

func (f *face) userScheduleRoutes(r *routes) {
	r.show("/users/:id/schedule", operator.ViewAccounts, (*call).userSchedule)
	r.do("/users/:id/timers/:kind/cancel", operator.ManageAccounts, (*call).cancelTimer)
}

// stepRow is what will happen to a user by itself.
type stepRow struct {
	lifecycle.Step
	Title string
	// Class is how the status after it looks.
	Class string
	// Unless says that it comes only if nobody uses the account.
	Unless bool
	// Policy is the value of the policy that it follows from, empty for none.
	Policy string
	// Meant is what becomes of it where it is cancelled, empty where that is not
	// possible.
	Meant string
}

// Postpones reports whether it comes later where it is cancelled.
func (r stepRow) Postpones() bool { return r.Again.After(r.Due) }

// timerTitles say what will happen.
var timerTitles = map[lifecycle.TimerKind]string{
	lifecycle.TimerValidFrom: "It can be used", lifecycle.TimerValidUntil: "It cannot be used any more",
	lifecycle.TimerSuspendedUntil: "The suspension ends", lifecycle.TimerLock: "The lock ends",
	lifecycle.TimerInvite: "The invitation ends", lifecycle.TimerReset: "The link for a new password ends",
	lifecycle.TimerStaleWarning: "The owner is warned that it is unused", lifecycle.TimerStale: "It counts as unused",
	lifecycle.TimerDeprovision: "It is deprovisioned", lifecycle.TimerPurge: "It is purged for good",
}

// cancelMeans say what becomes of it where a timer is cancelled and comes no more.
var cancelMeans = map[lifecycle.TimerKind]string{
	lifecycle.TimerValidFrom: "It then waits until somebody activates it.", lifecycle.TimerValidUntil: "It then has no last day.",
	lifecycle.TimerSuspendedUntil: "It then stays suspended until somebody lifts that.", lifecycle.TimerLock: "It then stays locked until somebody unlocks it.",
	lifecycle.TimerInvite: "The invitation then stops working at once.", lifecycle.TimerReset: "The link then stops working at once.",
	lifecycle.TimerPurge: "It is then kept until somebody purges it.",
}

// stepsOf is what will happen to an account, soonest first.
func stepsOf(found *scim.Explanation) []stepRow {
	var rows []stepRow
	status := found.Standing.Status
	for _, step := range found.Course() {
		row := stepRow{Step: step, Title: timerTitles[step.Kind], Class: statusClass(step.To), Policy: policyFields[step.Rule].Title}
		if step.Kind == lifecycle.TimerStale && step.To != status && step.To != "" {
			row.Title = "It is suspended, because nobody uses it"
		}
		row.Unless = step.Kind == lifecycle.TimerStale || step.Kind == lifecycle.TimerStaleWarning
		switch {
		case !step.Armed:
		case row.Postpones():
			row.Meant = "It then comes on " + when(step.Again) + "."
		case step.Again.IsZero():
			row.Meant = cancelMeans[step.Kind]
		}
		rows, status = append(rows, row), cmp.Or(step.To, status)
	}
	return rows
}

func (c *call) userSchedule() error {
	view, err := c.account("/schedule")
	if err != nil {
		return err
	}
	return c.showUser(view)
}

// cancelTimer takes back what a timer waits for, or lets it begin to wait anew.
func (c *call) cancelTimer() error {
	kind := lifecycle.TimerKind(c.Param("kind"))
	order, err := admin.CancelTimer(scim.Order{ID: c.Param("id")}, kind)
	if err != nil {
		return err
	}
	done, err := c.face.Provider.Carry(c.Request().Context(), c.caller(), order)
	path := "/users/" + url.PathEscape(c.Param("id")) + "/schedule"
	switch {
	case errors.Is(err, admin.ErrNoTimer):
		return c.back(path, noticeNoTimer)
	case errors.Is(err, admin.ErrTimerFollows), refused("cancel", err) != "":
		return c.back(path, noticeNotCancelled)
	case err != nil:
		return err
	case slices.ContainsFunc(done.Timers, func(t lifecycle.Timer) bool { return t.Kind == kind }):
		return c.back(path, noticeTimerPostponed)
	}
	return c.back(path, noticeTimerCancelled)
}
