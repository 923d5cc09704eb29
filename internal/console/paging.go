package console

import (
	"net/http"
	"net/url"

	"rollcall/scim/fault"
)

// rowsOnPage is how many rows a page of a list has.
const rowsOnPage = 50

// beside is the address of a page beside the one that is shown, by its cursor
// and what the list was asked for; empty for none. It writes into kept.
func beside(kept url.Values, cursor string) string {
	if cursor == "" {
		return ""
	}
	kept.Set("cursor", cursor)
	return "?" + kept.Encode()
}

// ended reports whether the walk that a cursor stands for is over.
func ended(cursor string, err error) bool {
	told, ok := fault.As(err)
	return ok && cursor != "" && (told.Type == fault.InvalidCursor || told.Type == fault.ExpiredCursor)
}

// anew begins a list again whose walk is over.
func (c *call) anew(path string, kept url.Values) error {
	return c.Redirect(http.StatusSeeOther, c.face.root+path+"?"+kept.Encode())
}
