package api

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"github.com/google/uuid"

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
		name = scim.SubjectType
	}
	t, ok := c.face.Provider.Types().Type(name)
	if !ok {
		return invalid("type", "there is no such resource type")
	}
	count, err := c.count()
	if err != nil {
		return err
	}
	after, err := readPlace(c.QueryParam("cursor"))
	if err != nil {
		return err
	}
	found, err := c.face.Provider.Deleted(c.Request().Context(), c.caller(), t, c.QueryParam("label"), after, count)
	if err != nil {
		return err
	}
	page := deletedPage{Deleted: []deletedRow{}, Next: place(found.Next)}
	for i := range found.Deleted {
		page.Deleted = append(page.Deleted, deletedRow(found.Deleted[i]))
	}
	return c.reply(http.StatusOK, page)
}

// place is a position as text for a URL; empty for the zero one.
func place(p store.DepartedPosition) string {
	if p.At.IsZero() {
		return ""
	}
	raw := binary.BigEndian.AppendUint64(make([]byte, 0, 24), uint64(p.At.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(raw, p.ID[:]...))
}

func readPlace(text string) (store.DepartedPosition, error) {
	if text == "" {
		return store.DepartedPosition{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 8+len(uuid.UUID{}) {
		return store.DepartedPosition{}, errCursor
	}
	return store.DepartedPosition{At: time.UnixMicro(int64(binary.BigEndian.Uint64(raw))).UTC(), ID: uuid.UUID(raw[8:])}, nil
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
	case t.Active == nil:
		return p.RestoreVersion(ctx, c.caller(), t, order.ID, order.Reason, order.Match)
	case t.Name == scim.SubjectType:
		return p.Carry(ctx, c.caller(), order)
	}
	return nil, newProblem(http.StatusNotFound, "resources of this type cannot be restored here")
}
