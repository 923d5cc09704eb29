package api

import (
	"net/http"
	"slices"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

func (f *face) deletedRoutes(r *routes) {
	r.get("/deleted", (*call).deleted, "type", "label", "count", "cursor")
	r.add(http.MethodPost, "/deleted/:type/:id/restore", auth.ScopeAdminWrite, (*call).restore)
}

// deletedRow is a deleted resource.
type deletedRow struct {
	ID         string    `json:"id"`
	Type       string    `json:"type"`
	Label      string    `json:"label,omitzero"`
	At         time.Time `json:"at"`
	PurgeAfter time.Time `json:"purgeAfter,omitzero"`
	Held       bool      `json:"held"`
	Groups     int       `json:"groups"`
	Members    int       `json:"members"`
}

// deletedPage is a page of deleted resources.
type deletedPage struct {
	Deleted []deletedRow `json:"deleted"`
	Next    string       `json:"next,omitzero"`
}

// deleted lists deleted resources of a type, those deleted last first.
func (c *call) deleted() error {
	name := c.QueryParam("type")
	if name == "" {
		name = scim.UserType
	}
	t, ok := c.face.Provider.Types().Type(name)
	if !ok {
		return invalid("type", "there is no such resource type")
	}
	count, err := c.count()
	if err != nil {
		return err
	}
	after, err := store.ParseDepartedPosition(c.QueryParam("cursor"))
	if err != nil {
		return errCursor
	}
	found, err := c.face.Provider.Deleted(c.Request().Context(), c.caller(), t, c.QueryParam("label"), after, count)
	if err != nil {
		return err
	}
	page := deletedPage{Deleted: []deletedRow{}, Next: found.Next.String()}
	for i := range found.Deleted {
		page.Deleted = append(page.Deleted, deletedRow(found.Deleted[i]))
	}
	return c.reply(http.StatusOK, page)
}

// restore brings a deleted resource back, whatever its type.
func (c *call) restore() error {
	var body struct {
		Reason string `json:"reason"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	t, ok := c.face.Provider.Types().Type(c.part("type"))
	if !ok {
		return newProblem(http.StatusNotFound, "there is no such resource type")
	}
	action, _ := admin.Lookup("restore")
	request := admin.Request{Reason: body.Reason, By: c.by()}
	order, err := action.Order(c.part("id"), request, c.precondition(), false)
	if err != nil {
		return err
	}
	done, err := c.restored(t, order)
	return c.outcome(action.Name, false, done, err)
}

func (c *call) restored(t *schema.ResourceType, order scim.Order) (*scim.Transition, error) {
	ctx, p := c.Request().Context(), c.face.Provider
	switch {
	case !slices.Contains(p.Restorable(), t):
		return nil, newProblem(http.StatusNotFound, "resources of this type cannot be restored here")
	case t.Active == nil:
		return p.RestoreVersion(ctx, c.caller(), t, order.ID, order.Reason, order.Match)
	}
	return p.Carry(ctx, c.caller(), order)
}
