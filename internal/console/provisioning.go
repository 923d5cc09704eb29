package console

import (
	"time"

	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

func (f *face) provisioningRoutes(r *routes) {
	r.show("/users/:id/provisioning", operator.ViewAudit, (*call).userProvisioning)
}

// provisioningAt is the place of the tab among the others.
const provisioningAt = 3

// provisioningTab is shown to who may see bodies of requests.
var provisioningTab = tab{"Provisioning", "/provisioning"}

// provisioning are the requests of connections about a user.
type provisioning struct {
	Rows []requestRow
	Next string
}

// changesOfPage bounds how many rows of the audit trail are looked at for a page
// of requests. What a request changed beyond them is in the trail itself.
const changesOfPage = 500

func (c *call) userProvisioning() error {
	view, err := c.account(provisioningTab.Path)
	if err != nil {
		return err
	}
	view.Provisioning = &provisioning{}
	id, ok := store.ParseID(view.ID)
	if !ok || view.Status == string(lifecycle.StatusPurged) {
		return c.showUser(view)
	}
	page := view.Provisioning
	if page.Rows, page.Next, err = c.logged(store.RequestSearch{Tenant: c.identity.Tenant.ID, Subject: id}); err != nil || len(page.Rows) == 0 {
		if err != nil {
			return err
		}
		return c.showUser(view)
	}
	newest, oldest := &page.Rows[0], &page.Rows[len(page.Rows)-1]
	found, err := c.face.Store.SearchAudit(c.Request().Context(), store.AuditSearch{
		Tenant: c.identity.Tenant.ID, SubjectType: scim.UserType, Subject: id, Limit: changesOfPage,
		From: oldest.At.Add(-time.Second), Until: newest.At.Add(newest.Took + time.Minute),
	})
	if err != nil {
		return err
	}
	changes := map[string][]change{}
	for i := range found.Rows {
		if row := &found.Rows[i]; row.RequestID != "" && row.Subject.ID == id {
			changes[row.RequestID] = append(changes[row.RequestID], changesOf(row.Changes, view.names)...)
		}
	}
	for i := range page.Rows {
		row := &page.Rows[i]
		row.Client, row.Changes = view.names.connections[row.Connection], listed(changes[row.RequestID])
		row.Unread = unread(&found, row.At)
	}
	return c.showUser(view)
}

// unread reports whether the trail was not read back to a time.
func unread(found *store.AuditPage, at time.Time) bool {
	return found.More && !found.Rows[len(found.Rows)-1].At.Before(at)
}
