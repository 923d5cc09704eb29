package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"rollcall/internal/operator"
	"rollcall/internal/web"
	"rollcall/lifecycle"
	"rollcall/store"
)

func (f *face) savedViewRoutes(r *routes) {
	// A view says no more than its operator sees anyway; to share it is asked of
	// the role where it is known.
	r.do("/views", operator.ViewAccounts, (*call).saveView)
	r.do("/views/:id/delete", operator.ViewAccounts, (*call).removeView)
}

// savedView is a saved view above its list.
type savedView struct {
	store.SavedView

	// Link leads to the list, Here says that this is what is shown.
	Link string
	Here bool
	// Own says that it is the operator's, Removable that it can be removed.
	Own, Removable bool
}

// savedViews are the views that the operator sees; shown is what the list shows.
func (c *call) savedViews(shown url.Values) ([]savedView, error) {
	found, err := c.face.Operators.Views(c.Request().Context(), c.identity)
	if err != nil {
		return nil, err
	}
	views := make([]savedView, len(found))
	for i := range found {
		views[i] = savedView{
			found[i], "?" + found[i].Query, found[i].Query == shown.Encode(),
			found[i].Operator == c.identity.Operator.ID, c.identity.MayRemoveView(&found[i]),
		}
	}
	return views, nil
}

// Saved is what a view of the list would keep.
func (v *usersView) Saved() []parameter { return all(v.address()) }

// listed is what an address or a form says of a list of users, in the one way in
// which its address has it. A *validation.Error where its filter is not understood.
func (c *call) listed(sent url.Values) (*usersView, error) {
	filter, err := readUserFilter(sent, c.face.Provider.Now())
	return &usersView{Filter: filter, Statuses: lifecycle.LivingStatuses(), order: readUserOrder(sent), chosen: readColumns(sent)}, err
}

// backToList goes back to the list that a form came from.
func (c *call) backToList(sent url.Values, why notice) error {
	view, err := c.listed(sent)
	if err != nil {
		return c.back("/users", why)
	}
	return c.back(listPath(view.address().Encode()), why)
}

// listPath is the page of the list that shows something.
func listPath(query string) string {
	if query == "" {
		return "/users"
	}
	return "/users?" + query
}

// viewForm is the form of a view that was not saved, with what was typed.
type viewForm struct {
	Name   string
	Shared bool
	// Problems are by field; those of the field "list" are about what is saved.
	Problems problems
	// List leads back to what the list shows.
	List  string
	Saved []parameter
}

// saveView keeps what the list shows under a name.
func (c *call) saveView() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	list, wrong := c.listed(sent)
	if wrong != nil {
		return c.noList(list, wrong)
	}
	shown := list.address().Encode()
	draft := operator.ViewDraft{Name: typed(sent.Get("name")), Query: shown, Shared: sent.Get("shared") != ""}
	_, err = c.face.Operators.SaveView(c.Request().Context(), c.identity, draft, c.trail())
	if wrong := viewProblems(err); wrong != nil {
		return c.page(http.StatusUnprocessableEntity, "view-form", "Save this view", &viewForm{draft.Name, draft.Shared, wrong, listPath(shown), list.Saved()})
	}
	switch {
	case errors.Is(err, operator.ErrRole):
		return errForbidden
	case err != nil:
		return err
	}
	return c.back(listPath(shown), noticeViewSaved)
}

// viewProblems is what has to be said of a view that was not saved.
func viewProblems(err error) problems {
	wrong := problemsOf(err)
	switch {
	case wrong.At("query") != "":
		return problems{"list": "What the list shows is too long to be kept: look for less at once."}
	case errors.Is(err, store.ErrUniqueness):
		return problems{"name": "You have a view of this name. Remove it first, or choose another name."}
	case errors.Is(err, operator.ErrViews):
		return problems{"list": fmt.Sprintf("You have %d views. Remove one first.", operator.MostViews)}
	}
	return wrong
}

// removeView removes a view, and goes back to the list.
func (c *call) removeView() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	id, ok := store.ParseID(c.Param("id"))
	if !ok {
		return errNotFound
	}
	err = c.face.Operators.RemoveView(c.Request().Context(), c.identity, id, c.trail())
	switch {
	case errors.Is(err, operator.ErrRole):
		return errForbidden
	case err != nil:
		return err
	}
	return c.backToList(sent, noticeViewRemoved)
}
