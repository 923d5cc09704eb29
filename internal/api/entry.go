package api

import (
	"bytes"
	"net/http"

	"rollcall/internal/admin"
)

// createUser makes a user from the body of a SCIM resource.
func (c *call) createUser() error {
	name := c.QueryParam("entry")
	if name == "" {
		name = admin.EntryEnrolled
	}
	entry, err := admin.Entry("entry", name)
	if err != nil {
		return err
	}
	text, err := c.body()
	if err != nil {
		return err
	}
	done, err := c.face.Provider.Enter(c.Request().Context(), c.caller(), bytes.NewReader(text), entry)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", c.face.PublicURL+Root+"/users/"+done.ID)
	c.tag(done.Version)
	return c.reply(http.StatusCreated, admin.ViewOutcome("create", false, done, c.link))
}
