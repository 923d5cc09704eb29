package console

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/internal/validation"
	"rollcall/internal/web"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
)

func (f *face) guardRoutes(r *routes) {
	for _, guard := range []string{"/connections/:id/guard", "/timers/guard"} {
		r.show(guard, operator.ViewSettings, (*call).guard)
		r.do(guard+"/:decision", operator.ManageSettings, (*call).decide)
	}
}

// guardView is how the mass guard stands to a connection or the timers.
type guardView struct {
	connectionTop
	*scim.GuardState
	sentForm

	// By is who decided about the incident, or has begun to.
	By string
	// Path is the page below the root.
	Path    string
	Problem string
	// Done is what became of what was held, nil where nothing was asked for.
	Done *guardDone
}

// Timers says that it is about the timers and no connection.
func (v *guardView) Timers() bool { return v.Connection == nil }

// State is what became of the incident, in a word.
func (v *guardView) State() string {
	return map[lifecycle.IncidentState]string{
		lifecycle.IncidentOpen: "Waits for a decision", lifecycle.IncidentReleased: "Was meant", lifecycle.IncidentRestored: "Was undone",
	}[v.Incident.State]
}

// Earlier is how many incidents before the last one wait for a decision.
func (v *guardView) Earlier() int { return v.Open - 1 }

// Most is the end of the scale on which removals are shown.
func (v *guardView) Most() int { return max(v.Removals, 2*v.Limit, 1) }

// Does are the words for what is done beyond the limit.
func (v *guardView) Does() string {
	return map[lifecycle.GuardMode]string{
		lifecycle.GuardHold: "holds what is beyond it", lifecycle.GuardReject: "refuses what is beyond it",
		lifecycle.GuardAlert: "tells of what is beyond it and lets it pass",
	}[v.Mode]
}

// Share says what the limit is a share of.
func (v *guardView) Share() string { return share(v.Limit, v.Percent, v.Living) }

// IncidentShare says what the limit of the incident was a share of, empty where that was
// not kept.
func (v *guardView) IncidentShare() string {
	if v.Incident.Living == 0 {
		return ""
	}
	return share(v.Incident.Limit, v.Incident.Percent, v.Incident.Living)
}

// share says what of so many users a limit is.
func share(limit, percent, living int) string {
	part := living * percent / 100
	switch {
	case percent == 0:
		return thousands(limit) + ", however many users there are"
	case part == limit:
		return fmt.Sprintf("%d %% of %s users = %s", percent, thousands(living), thousands(limit))
	}
	return fmt.Sprintf("%s at the least; %d %% of %s users = %s", thousands(limit), percent, thousands(living), thousands(part))
}

// Span is how long removals count.
func (v *guardView) Span() string {
	text := strings.TrimSuffix(v.Window.String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Offers says that a decision can be made: any, or the one that was begun.
func (v *guardView) Offers(state string) bool {
	return v.Claimed == nil || string(v.Claimed.State) == state
}

// Confirm is the number that has to be sent with a decision about an incident.
func (v *guardView) Confirm() int {
	if v.Incident == nil {
		return 0
	}
	return v.Incident.Removals
}

// guardDone is what became of what the mass guard held.
type guardDone struct {
	*scim.Held
	Restored bool
	Failures []guardFailure
	// Back are users that came back under another name, Lost groups that are gone.
	Back, Gone []guardFailure
}

// guardFailure is a resource and what is to be said of it.
type guardFailure struct{ ID, Why string }

// guarded reads how the guard stands to whose removals the path names.
func (c *call) guarded() (*guardView, scim.Guarded, error) {
	view, whose := &guardView{Path: "/timers/guard"}, scim.GuardedTimers()
	if slices.Contains(c.ParamNames(), "id") {
		top, err := c.aboutConnection("/guard")
		if err != nil {
			return nil, whose, err
		}
		view.connectionTop, view.Path, whose = top, "/connections/"+top.ID.String()+"/guard", scim.GuardedConnection(top.Connection)
	}
	state, err := c.face.Provider.Guard(c.Request().Context(), c.caller(), whose)
	if view.GuardState = state; err != nil {
		return view, whose, err
	}
	view.By, err = c.decider(state)
	return view, whose, err
}

// decider is what who decided about the incident is called, or has begun to; empty
// for nobody.
func (c *call) decider(state *scim.GuardState) (string, error) {
	kind, id := "", ""
	if state.Claimed != nil {
		kind, id = state.Claimed.ByKind, state.Claimed.ByID
	} else if state.Incident != nil {
		kind, id = state.Incident.ByKind, state.Incident.ByID
	}
	if id == "" {
		return "", nil
	}
	names, err := c.names()
	return names.who(kind, id), err
}

func (c *call) showGuard(status int, view *guardView) error {
	title := "Mass guard of the timers"
	if !view.Timers() {
		title = view.Name
	}
	return c.page(status, "guard", title, view)
}

func (c *call) guard() error {
	view, _, err := c.guarded()
	if err != nil {
		return err
	}
	return c.showGuard(http.StatusOK, view)
}

// decide does what the path names about the guard.
func (c *call) decide() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	view, whose, err := c.guarded()
	if err != nil {
		return err
	}
	said, err := c.decision(view, whose, sent)
	if problem := refused(c.Param("decision"), err); problem != "" {
		// How it stands now: somebody else may have been faster.
		if view, _, err = c.guarded(); err != nil {
			return err
		}
		view.sentForm, view.Problem = c.again(), problem
		return c.showGuard(http.StatusUnprocessableEntity, view)
	}
	if err != nil {
		return err
	}
	if view.Done != nil {
		// How it stands now, with what was done.
		done := view.Done
		if view, _, err = c.guarded(); err != nil {
			return err
		}
		view.Done = done
		return c.showGuard(http.StatusOK, view)
	}
	return c.back(view.Path, said)
}

// decision carries out what was asked for.
func (c *call) decision(view *guardView, whose scim.Guarded, sent url.Values) (notice, error) {
	ctx, caller, reason := c.Request().Context(), c.caller(), typed(sent.Get("reason"))
	if err := admin.CheckText("reason", reason); err != nil {
		return "", err
	}
	switch c.Param("decision") {
	case "allow":
		n, err := strconv.Atoi(typed(sent.Get("removals")))
		if err != nil {
			return "", validation.Errorf("removals", "is a number")
		}
		until, err := admin.When("for", lasting(sent), c.face.Provider.Now())
		if err == nil {
			_, err = c.face.Provider.AllowRemovals(ctx, caller, whose, n, until.Sub(c.face.Provider.Now()), reason)
		}
		return noticeGuardAllows, err
	case "block":
		until, err := admin.When("for", lasting(sent), c.face.Provider.Now())
		if err == nil {
			_, err = c.face.Provider.BlockRemovals(ctx, caller, whose, until.Sub(c.face.Provider.Now()), reason)
		}
		return noticeGuardBlocks, err
	case "unblock":
		_, err := c.face.Provider.BlockRemovals(ctx, caller, whose, 0, reason)
		return noticeGuardUnblocked, err
	case "release":
		return "", c.settle(view, whose, reason, sent, (*scim.Provider).ReleaseHeld, false)
	case "restore":
		return "", c.settle(view, whose, reason, sent, (*scim.Provider).RestoreHeld, true)
	}
	return "", errNotFound
}

// lasting is how long a decision is meant for, an hour by itself.
func lasting(sent url.Values) string {
	if text := typed(sent.Get("for")); text != "" {
		return text
	}
	return "1h"
}

// settle decides about what is held, for the number that the operator saw.
func (c *call) settle(view *guardView, whose scim.Guarded, reason string, sent url.Values, do func(*scim.Provider, context.Context, *scim.Caller, scim.Guarded, string) (*scim.Held, error), restored bool) error {
	seen, err := strconv.Atoi(sent.Get("confirm"))
	if err != nil {
		return validation.Errorf("confirm", "is the number of removals")
	}
	held, err := do(c.face.Provider, c.Request().Context(), c.caller(), whose.Expecting(seen), reason)
	if err != nil {
		return err
	}
	done := &guardDone{Held: held, Restored: restored}
	for _, id := range slices.Sorted(maps.Keys(held.Failed)) {
		done.Failures = append(done.Failures, guardFailure{id, whyFailed(held.Failed[id])})
	}
	for _, id := range slices.Sorted(maps.Keys(held.Renamed)) {
		done.Back = append(done.Back, guardFailure{id, held.Renamed[id]})
	}
	for _, id := range slices.Sorted(maps.Keys(held.Lost)) {
		for _, group := range held.Lost[id] {
			done.Gone = append(done.Gone, guardFailure{id, group})
		}
	}
	view.Done = done
	return nil
}

// whyFailed says why one resource could not be dealt with.
func whyFailed(err error) string {
	if problem := refused("release or restore", err); problem != "" {
		return problem
	}
	if told, ok := fault.As(err); ok && told.Status < http.StatusInternalServerError {
		return sentence(told.Detail)
	}
	return "It was not possible at the moment."
}
