package api

import (
	"net/http"
	"time"
)

// pingView is what came of a test event.
type pingView struct {
	Taken        bool   `json:"taken"`
	Status       int    `json:"status,omitzero"`
	Error        string `json:"error,omitzero"`
	Milliseconds int64  `json:"milliseconds"`
}

// pingReceiver sends a test event and tells what came of it.
func (c *call) pingReceiver() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	if err := c.read(&struct{}{}); err != nil {
		return err
	}
	found, err := c.face.Events.PingReceiver(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return hindered(err)
	}
	return c.reply(http.StatusOK, pingView{found.Taken, found.Status, found.Error, found.Took.Milliseconds()})
}

// rotateSecret gives a webhook a new secret, beside which the one before goes on
// for a time.
func (c *call) rotateSecret() error {
	id, err := c.receiverID()
	if err != nil {
		return err
	}
	var body struct {
		Overlap string `json:"overlap"`
		Reason  string `json:"reason"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	var overlap time.Duration
	switch body.Overlap {
	case "":
	case "0s", "0":
		overlap = -1 // at once
	default:
		now := c.face.Provider.Now()
		until, err := span{For: body.Overlap}.end(now)
		if err != nil {
			return invalid("overlap", "is a length such as 12h, or 0s")
		}
		overlap = until.Sub(now)
	}
	row, err := c.about(body.Reason)
	if err != nil {
		return err
	}
	secret, err := c.face.Events.RotateSecret(c.Request().Context(), c.identity.Tenant.ID, id, overlap, row)
	if err != nil {
		return hindered(err)
	}
	return c.reply(http.StatusOK, map[string]string{"secret": secret})
}
