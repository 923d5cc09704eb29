package console

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

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

// few is a page of a list that is read as a whole: the list of a user's groups, or
// of its roles.
type few[T any] struct {
	Rows []T
	// Next is the page behind it, First the first one where it is not that: empty
	// for none.
	Next, First string
}

// fewOf is the page that a parameter of an address tells from others. It names the
// row that comes before the page; where there is no such row, the first page is
// meant. Other parameters stay as they are.
func fewOf[T any](rows []T, query url.Values, parameter string, name func(T) string) few[T] {
	after := query.Get(parameter)
	begin := 1 + slices.IndexFunc(rows, func(row T) bool { return name(row) == after })
	page := few[T]{Rows: rows[begin:min(begin+rowsOnPage, len(rows))]}
	others := maps.Clone(query)
	if others.Del(parameter); begin > 0 {
		page.First = "?" + others.Encode()
	}
	if begin+rowsOnPage < len(rows) {
		others.Set(parameter, name(page.Rows[rowsOnPage-1]))
		page.Next = "?" + others.Encode()
	}
	return page
}

// inCell is how many of several things a cell, or a line, names.
const inCell = 5

// inLine is as many of several things as a line names, and how many there are
// beside those.
func inLine[T any](all []T) (first []T, more int) {
	first = all[:min(inCell, len(all))]
	return first, len(all) - len(first)
}
