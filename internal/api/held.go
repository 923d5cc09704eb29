package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"rollcall/scim"
)

// heldView is what became of what the mass guard held, and of an incident.
type heldView struct {
	Done        int          `json:"done"`
	Suspensions int          `json:"suspensions"`
	Failed      []heldFailed `json:"failed"`
	More        bool         `json:"more"`
	// Renamed and Lost are by the id of the resource that came back.
	Renamed map[string]string   `json:"renamed,omitempty"`
	Lost    map[string][]string `json:"lost,omitempty"`
}

// heldFailed is a resource that could not be dealt with.
type heldFailed struct {
	ID      string   `json:"id"`
	Problem *problem `json:"problem"`
}

func (c *call) releaseHeld() error { return c.held((*scim.Provider).ReleaseHeld) }
func (c *call) restoreHeld() error { return c.held((*scim.Provider).RestoreHeld) }

func (c *call) held(do func(*scim.Provider, context.Context, *scim.Caller, scim.Guarded, string) (*scim.Held, error)) error {
	whose, reason, err := c.reasoned()
	if err != nil {
		return err
	}
	done, err := do(c.face.Provider, c.Request().Context(), c.caller(), whose, reason)
	if err != nil {
		return err
	}
	view := heldView{Done: done.Done, Suspensions: done.Suspensions, Failed: []heldFailed{}, More: done.More, Renamed: done.Renamed, Lost: done.Lost}
	for _, id := range slices.Sorted(maps.Keys(done.Failed)) {
		view.Failed = append(view.Failed, heldFailed{id, c.face.refusal(c, done.Failed[id])})
	}
	return c.reply(http.StatusOK, view)
}
