package api

import (
	"net/http"
	"slices"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/scim"
)

func (f *face) guardRoutes(r *routes) {
	r.get("/batches/guard", (*call).batchesGuard)
	for _, guard := range []string{"/connections/:name/guard", "/timers/guard"} {
		r.get(guard, (*call).guard)
		r.add(http.MethodPost, guard+"/allow", auth.ScopeAdminWrite, (*call).allow)
		r.add(http.MethodPost, guard+"/block", auth.ScopeAdminWrite, (*call).block)
		r.add(http.MethodPost, guard+"/unblock", auth.ScopeAdminWrite, (*call).unblock)
		r.add(http.MethodPost, guard+"/release", auth.ScopeAdminWrite, (*call).releaseHeld)
		r.add(http.MethodPost, guard+"/restore", auth.ScopeAdminWrite, (*call).restoreHeld)
	}
}

// guarded is whose removals the path is about: those of a connection, or of the
// timers where it names none.
func (c *call) guarded() (scim.Guarded, error) {
	if !slices.Contains(c.ParamNames(), "name") {
		return scim.GuardedTimers(), nil
	}
	connection, err := c.named(c.part("name"))
	if err != nil {
		return scim.Guarded{}, err
	}
	return scim.GuardedConnection(&connection), nil
}

// guardView is how the mass guard stands to a connection or the timers.
type guardView struct {
	Mode     string `json:"mode"`
	Armed    bool   `json:"armed"`
	Removals int    `json:"removals"`
	// Limit is absent where the guard is not armed.
	Limit          *int      `json:"limit,omitzero"`
	WindowSeconds  int64     `json:"windowSeconds"`
	LivingUsers    int       `json:"livingUsers"`
	Percent        int       `json:"percent"`
	Allowance      int       `json:"allowance"`
	AllowanceUntil time.Time `json:"allowanceUntil,omitzero"`
	BlockedUntil   time.Time `json:"blockedUntil,omitzero"`
	// Incident is the last one, absent where there was none, OpenIncidents how many
	// wait for a decision.
	Incident      *incidentView `json:"incident,omitzero"`
	OpenIncidents int           `json:"openIncidents"`
}

// incidentView is a time in which more was removed than the limit.
type incidentView struct {
	State    string    `json:"state"`
	Since    time.Time `json:"since"`
	Began    time.Time `json:"began"`
	Until    time.Time `json:"until"`
	Removals int       `json:"removals"`
	Limit    int       `json:"limit"`
	// LivingUsers and Percent are what the limit was a share of.
	LivingUsers int       `json:"livingUsers,omitzero"`
	Percent     int       `json:"percent,omitzero"`
	Decided     time.Time `json:"decided,omitzero"`
}

func (c *call) guardReply(state *scim.GuardState) error {
	view := guardView{
		Mode: string(state.Mode), Armed: state.Limit >= 0, Removals: state.Removals, WindowSeconds: int64(state.Window / time.Second),
		LivingUsers: state.Living, Percent: state.Percent, Allowance: state.Allowance, AllowanceUntil: state.AllowanceUntil, BlockedUntil: state.BlockedUntil, OpenIncidents: state.Open,
	}
	if view.Armed {
		view.Limit = &state.Limit
	}
	if i := state.Incident; i != nil {
		view.Incident = &incidentView{string(i.State), i.Since, i.Began, i.Until, i.Removals, i.Limit, i.Living, i.Percent, i.Decided}
	}
	return c.reply(http.StatusOK, view)
}

func (c *call) guard() error {
	whose, err := c.guarded()
	if err != nil {
		return err
	}
	state, err := c.face.Provider.Guard(c.Request().Context(), c.caller(), whose)
	if err != nil {
		return err
	}
	return c.guardReply(state)
}

// batchesGuard tells what batches remove beside what the mass guard would let pass.
func (c *call) batchesGuard() error {
	state, err := c.face.Batches.Guard(c.Request().Context(), c.caller())
	if err != nil {
		return err
	}
	return c.guardReply(state)
}

// permission is the body of what changes the guard for a time.
type permission struct {
	span `json:",inline"`

	Removals *int   `json:"removals"`
	Reason   string `json:"reason"`
}

// lasts is how long it is meant for.
func (p *permission) lasts(now time.Time) (time.Duration, error) {
	end, err := p.end(now)
	if err == nil && end.IsZero() {
		err = invalid("for", "or until is required")
	}
	return end.Sub(now), err
}

// permit changes the guard that the path names for a time.
func (c *call) permit(change func(scim.Guarded, *permission, time.Duration) (*scim.GuardState, error)) error {
	var body permission
	if err := c.read(&body); err != nil {
		return err
	}
	if err := admin.CheckText("reason", body.Reason); err != nil {
		return err
	}
	lasts, err := body.lasts(c.face.Provider.Now())
	if err != nil {
		return err
	}
	whose, err := c.guarded()
	if err != nil {
		return err
	}
	state, err := change(whose, &body, lasts)
	if err != nil {
		return err
	}
	return c.guardReply(state)
}

func (c *call) allow() error {
	return c.permit(func(whose scim.Guarded, p *permission, lasts time.Duration) (*scim.GuardState, error) {
		if p.Removals == nil {
			return nil, invalid("removals", "is required")
		}
		return c.face.Provider.AllowRemovals(c.Request().Context(), c.caller(), whose, *p.Removals, lasts, p.Reason)
	})
}

func (c *call) block() error {
	return c.permit(func(whose scim.Guarded, p *permission, lasts time.Duration) (*scim.GuardState, error) {
		if p.Removals != nil {
			return nil, invalid("removals", "a block lets nothing pass")
		}
		return c.face.Provider.BlockRemovals(c.Request().Context(), c.caller(), whose, lasts, p.Reason)
	})
}

// reasoned reads a body that holds a reason alone, and whose guard the path
// names.
func (c *call) reasoned() (scim.Guarded, string, error) {
	var body struct {
		Reason string `json:"reason"`
	}
	if err := c.read(&body); err != nil {
		return scim.Guarded{}, "", err
	}
	if err := admin.CheckText("reason", body.Reason); err != nil {
		return scim.Guarded{}, "", err
	}
	whose, err := c.guarded()
	return whose, body.Reason, err
}

func (c *call) unblock() error {
	whose, reason, err := c.reasoned()
	if err != nil {
		return err
	}
	state, err := c.face.Provider.BlockRemovals(c.Request().Context(), c.caller(), whose, 0, reason)
	if err != nil {
		return err
	}
	return c.guardReply(state)
}
