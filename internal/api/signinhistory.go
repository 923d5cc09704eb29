package api

import (
	"net/http"
	"time"

	"rollcall/lifecycle"
	"rollcall/store"
)

// signInRow is one row of the history of sign-ins.
type signInRow struct {
	At          time.Time `json:"at"`
	Succeeded   bool      `json:"succeeded"`
	Application string    `json:"application,omitzero"`
	Address     string    `json:"address,omitzero"`
	Detail      string    `json:"detail,omitzero"`
}

// signInPage is a page of the history of sign-ins.
type signInPage struct {
	SignIns []signInRow `json:"signIns"`
	Next    string      `json:"next,omitzero"`
}

func (c *call) signIns() error {
	count, err := c.count()
	if err != nil {
		return err
	}
	before, err := store.ParseTimePosition(c.QueryParam("cursor"))
	if err != nil {
		return errCursor
	}
	found, err := c.explained()
	if err != nil {
		return err
	}
	page := signInPage{SignIns: []signInRow{}}
	if found.Standing.Status == lifecycle.StatusPurged {
		return c.reply(http.StatusOK, page)
	}
	rows, err := c.face.Provider.SignIns(c.Request().Context(), c.caller(), found.ID, before, count)
	if err != nil {
		return err
	}
	for _, row := range rows {
		page.SignIns = append(page.SignIns, signInRow{row.At, row.Succeeded, row.Application, row.Address, row.Detail})
	}
	if len(rows) == count {
		page.Next = rows[count-1].Position().String()
	}
	return c.reply(http.StatusOK, page)
}

var errCursor = invalid("cursor", "the cursor is not one that was handed out here")
