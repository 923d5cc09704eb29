package console

import (
	"net/http"
	"net/url"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
)

func (f *face) userRoutes(r *routes) {
	r.show("/users", operator.ViewAccounts, (*call).users)
}

// usersView is a page of the list.
type usersView struct {
	Filter   userFilter
	Statuses []lifecycle.Status
	Rows     []userRow
	Total    int
	// Counted is the total for people, Facets what narrows the list down.
	Counted string
	Facets  *facetsView
	Columns []userHeading
	// Next and Previous are the pages beside it, empty for none.
	Next, Previous string
	// Bulk are the actions that the role may do to many.
	Bulk []actionLink
	// Problem says why there is no list.
	Problem string
	// Views are what was saved of this list.
	Views  []savedView
	order  userOrder
	chosen chosenColumns
}

// address is what the list shows, as parameters of an address.
func (v *usersView) address() url.Values {
	return v.chosen.put(v.order.put(v.Filter.values()))
}

// Kept is what the form of a bulk action keeps of the list: whom it is about, and
// where to go back to.
func (v *usersView) Kept() []parameter { return all(v.address()) }

// userRow is one user in the list.
type userRow struct {
	scim.Account
	// Reason says in a sentence why the status is what it is.
	Reason string
	// Origin is where the account comes from, for people.
	Origin string
}

// users lists users.
func (c *call) users() error {
	query := c.QueryParams()
	view, wrong := c.listed(query)
	if wrong != nil {
		return c.noList(view, wrong)
	}
	if err := c.around(view); err != nil {
		return err
	}
	cursor, count := query.Get("cursor"), rowsOnPage
	search := scim.Search{Filter: view.Filter.scim(), Count: &count, Cursor: &cursor, Capped: true, Counted: view.Facets.counted(&view.Filter)}
	search.HasFilter = search.Filter != ""
	if view.chosen.grouped() {
		search.View.Attributes = []string{"groups"}
	}
	view.order.apply(&search)
	found, err := c.face.Provider.Accounts(c.Request().Context(), c.caller(), search)
	if ended(cursor, err) {
		return c.anew("/users", view.address())
	}
	if told, ok := fault.As(err); ok && told.Status == http.StatusBadRequest {
		if view.Problem = sentence(told.Detail); told.Type == fault.TooMany {
			view.Problem = "There are too many users to look through like this. Narrow the search, or sort by Username."
		}
		return c.page(http.StatusOK, "users", "Users", view)
	}
	if err != nil {
		return err
	}
	if err := view.fill(c, found); err != nil {
		return err
	}
	return c.page(http.StatusOK, "users", "Users", view)
}

// around is what stands around a list: what can be done, saved views, facets.
func (c *call) around(view *usersView) (err error) {
	for _, name := range bulkActions {
		if c.identity.Role.May(operator.ForAction(name)) {
			view.Bulk = append(view.Bulk, actionLink{name, bulkTitle(name), grave(name)})
		}
	}
	view.head()
	if view.Views, err = c.savedViews(view.address()); err != nil {
		return err
	}
	view.Facets, err = c.facets(view)
	return err
}

// noList is the list without users, and why: without the part of its filter that is
// not understood it would be about more of them.
func (c *call) noList(view *usersView, wrong error) error {
	if err := c.around(view); err != nil {
		return err
	}
	// What narrows it down would keep the part that is not understood.
	view.Problem, view.Facets = sentence(wrong.Error()), nil
	return c.page(http.StatusUnprocessableEntity, "users", "Users", view)
}

func (v *usersView) fill(c *call, found *scim.AccountPage) error {
	names, err := c.names()
	if err != nil {
		return err
	}
	now := c.face.Provider.Now()
	for i := range found.Accounts {
		a := &found.Accounts[i]
		v.Rows = append(v.Rows, userRow{
			Account: *a, Reason: admin.Words(&scim.Explanation{At: now, Standing: a.Standing, Facts: a.Facts}, names.sources),
			Origin: origin(a.Source, a.SourceClient),
		})
	}
	v.Total, v.Counted = found.Total, total(max(found.Total, len(found.Accounts)), found.Many)
	v.Next, v.Previous = beside(v.address(), found.Next), beside(v.address(), found.Previous)
	return nil
}

// StatusClass is how a status looks; what it is, its word says.
func (r userRow) StatusClass() string { return statusClass(r.Standing.Status) }
