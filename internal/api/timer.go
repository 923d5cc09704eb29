package api

import (
	"net/http"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/lifecycle"
	"rollcall/scim"
)

func (f *face) timerRoutes(r *routes) {
	r.get("/users/:id/timers", (*call).timers)
	r.add(http.MethodDelete, "/users/:id/timers/:kind", auth.ScopeAdminWrite, (*call).cancel, "reason", "dryRun")
}

// timerPage is all that will happen to an account by itself.
type timerPage struct {
	Timers []admin.TimerView `json:"timers"`
}

func (c *call) timers() error {
	found, err := c.explained()
	if err != nil {
		return err
	}
	c.tag(found.Version)
	return c.reply(http.StatusOK, timerPage{admin.ViewTimers(found.Timers)})
}

// cancel takes back what a timer waits for.
func (c *call) cancel() error {
	kind := lifecycle.TimerKind(c.part("kind"))
	dry, err := c.flag("dryRun")
	if err != nil {
		return err
	}
	order, err := admin.CancelTimer(scim.Order{ID: c.part("id"), Reason: c.QueryParam("reason"), Match: c.precondition(), Dry: dry}, kind)
	if err != nil {
		return err
	}
	done, err := c.face.Provider.Carry(c.Request().Context(), c.caller(), order)
	return c.outcome("cancel", dry, done, err)
}
