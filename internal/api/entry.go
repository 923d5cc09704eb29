package api

import (
	"bytes"
	"net/http"

	"rollcall/internal/admin"
	"rollcall/lifecycle"
)

// entries are the ways in which an administrator lets an account begin.
var entries = map[string]lifecycle.Command{
	"enrolled":  lifecycle.Enroll{},
	"staged":    lifecycle.Create{},
	"submitted": lifecycle.Submit{},
	"invited":   lifecycle.Invite{},
}

// createUser makes a user from the body of a SCIM resource.
func (c *call) createUser() error {
	name := c.QueryParam("entry")
	if name == "" {
		name = "enrolled"
	}
	entry, ok := entries[name]
	if !ok {
		return invalid("entry", "is one of enrolled, staged, submitted, invited")
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
