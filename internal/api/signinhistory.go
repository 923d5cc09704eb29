package api

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"rollcall/lifecycle"
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
	before, err := c.before()
	if err != nil {
		return err
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
		page.SignIns = append(page.SignIns, signInRow(row))
	}
	if len(rows) == count {
		page.Next = base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(rows[count-1].At.UnixMicro())))
	}
	return c.reply(http.StatusOK, page)
}

// before reads the cursor of a history of sign-ins.
func (c *call) before() (time.Time, error) {
	text := c.QueryParam("cursor")
	if text == "" {
		return time.Time{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 8 {
		return time.Time{}, errCursor
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(raw))).UTC(), nil
}

var errCursor = invalid("cursor", "the cursor is not one that was handed out here")
