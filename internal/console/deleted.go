package console

import (
	"net/http"
	"net/url"
	"time"

	"rollcall/internal/operator"
	"rollcall/internal/web"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

func (f *face) deletedRoutes(r *routes) {
	r.show("/deleted", operator.ViewAccounts, (*call).deleted)
	r.do("/deleted/:type/:id/restore", operator.ManageAccounts, (*call).restoreDeleted)
}

// deletedView is a page of what was deleted and can be brought back.
type deletedView struct {
	Type  string
	Types []string
	Label string
	Rows  []deletedRow
	Next  string
}

// deletedRow is a deleted resource.
type deletedRow struct {
	scim.Deleted
	// DaysLeft is until it is purged; negative for not by itself.
	DaysLeft int
	// Account says that it has a page of its own.
	Account bool
}

// deletedType is the type of that name whose resources can be brought back, with
// the names of all of them.
func (c *call) deletedType(name string) (found *schema.ResourceType, names []string, err error) {
	for _, t := range c.face.Provider.Restorable() {
		if names = append(names, t.Name); t.Name == name {
			found = t
		}
	}
	if found == nil {
		return nil, names, errNotFound
	}
	return found, names, nil
}

func (c *call) deleted() error {
	name := c.QueryParam("type")
	if name == "" {
		name = scim.UserType
	}
	t, names, err := c.deletedType(name)
	if err != nil {
		return err
	}
	after, err := store.ParseDepartedPosition(c.QueryParam("after"))
	if err != nil {
		return errNotFound
	}
	view := &deletedView{Type: t.Name, Types: names, Label: c.QueryParam("q")}
	found, err := c.face.Provider.Deleted(c.Request().Context(), c.caller(), t, view.Label, after, rowsOnPage)
	if err != nil {
		return err
	}
	now := c.face.Provider.Now()
	for i := range found.Deleted {
		d := &found.Deleted[i]
		view.Rows = append(view.Rows, deletedRow{*d, daysLeft(d.PurgeAfter, now), t.Active != nil})
	}
	if !found.Next.At.IsZero() {
		view.Next = "?" + url.Values{"type": {view.Type}, "q": {view.Label}, "after": {found.Next.String()}}.Encode()
	}
	return c.page(http.StatusOK, "deleted", "Deleted", view)
}

// daysLeft counts days that have begun.
func daysLeft(end, now time.Time) int {
	const whole = 24 * time.Hour
	switch {
	case end.IsZero():
		return -1
	case !end.After(now):
		return 0
	}
	return int((end.Sub(now) + whole - 1) / whole)
}

// restoreDeleted brings back what has no page of its own; users are restored on
// theirs.
func (c *call) restoreDeleted() error {
	if _, err := web.Fields(c, maxForm); err != nil {
		return err
	}
	t, _, err := c.deletedType(c.Param("type"))
	if err != nil {
		return err
	}
	if t.Active != nil {
		return errNotFound
	}
	_, err = c.face.Provider.RestoreResource(c.Request().Context(), c.caller(), t, c.Param("id"), "")
	told, isFault := fault.As(err)
	if refused("restore", err) != "" || isFault && told.Status == http.StatusNotFound {
		return c.back("/deleted?type="+url.QueryEscape(t.Name), noticeNotRestored)
	}
	if err != nil {
		return err
	}
	return c.back("/deleted?type="+url.QueryEscape(t.Name), noticeRestored)
}
