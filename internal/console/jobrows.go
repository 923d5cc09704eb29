package console

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"rollcall/internal/batch"
)

// rowsPage is which rows of a job its page shows.
type rowsPage struct {
	// Outcome is one of Outcomes, empty for all.
	Outcome  string
	Outcomes []batch.Outcome
	// Next is the address of the next page, empty for none.
	Next string
}

// rowsOf reads the rows of a job that the address asks for. What it does not
// understand of that asks for nothing.
func (c *call) rowsOf(id uuid.UUID, page *rowsPage) ([]batch.Row, error) {
	page.Outcomes, page.Outcome = batch.Outcomes(), c.QueryParam("outcome")
	if !slices.Contains(page.Outcomes, batch.Outcome(page.Outcome)) {
		page.Outcome = ""
	}
	after, _ := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	rows, next, err := c.face.Batches.Rows(c.Request().Context(), c.identity.Tenant.ID, id, batch.Outcome(page.Outcome), max(after, 0), rowsOnPage)
	if next != 0 {
		page.Next = "?" + url.Values{"outcome": {page.Outcome}, "after": {strconv.FormatInt(next, 10)}}.Encode()
	}
	return rows, err
}
