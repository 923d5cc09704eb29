package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"rollcall/internal/operator"
	"rollcall/internal/web"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

func (f *face) groupRoutes(r *routes) {
	r.show("/groups", operator.ViewAccounts, (*call).groups)
	r.do("/groups", operator.ManageAccounts, (*call).createGroup)
	r.show("/groups/:id", operator.ViewAccounts, (*call).group)
	r.do("/groups/:id", operator.ManageAccounts, (*call).renameGroup)
	r.do("/groups/:id/add", operator.ManageAccounts, (*call).addMember)
	r.do("/groups/:id/remove", operator.ManageAccounts, (*call).removeMember)
	r.do("/groups/:id/delete", operator.ManageAccounts, (*call).deleteGroup)
}

// groupsView is a page of the list of groups.
type groupsView struct {
	Text string
	// Total is how many groups match, counted up to a bound.
	Total          string
	One            bool
	Rows           []scim.ListedGroup
	Next, Previous string
	Problem        string
	// Name is what was sent for a new group.
	Name string
}

// Many reports whether a number of members is not counted to its end.
func (v *groupsView) Many(n int) bool { return n >= scim.MostCounted }

func (c *call) groups() error { return c.listGroups(http.StatusOK, &groupsView{}) }

func (c *call) listGroups(status int, view *groupsView) error {
	query := c.QueryParams()
	cursor, count := query.Get("cursor"), rowsOnPage
	view.Text = typed(query.Get("q"))
	search := scim.Search{Count: &count, Cursor: &cursor, SortBy: "displayName", Capped: true}
	if view.Text != "" {
		search.Filter, search.HasFilter = "displayName co "+filter.Quote(view.Text)+" or externalId eq "+filter.Quote(view.Text), true
	}
	found, err := c.face.Provider.Groups(c.Request().Context(), c.caller(), search)
	if ended(cursor, err) {
		return c.anew("/groups", url.Values{"q": {view.Text}})
	}
	if err != nil {
		return err
	}
	view.Rows, view.Total, view.One = found.Groups, total(found.Total, found.Many), found.Total == 1
	view.Next, view.Previous = beside(url.Values{"q": {view.Text}}, found.Next), beside(url.Values{"q": {view.Text}}, found.Previous)
	return c.page(status, "groups", "Groups", view)
}

// groupView is one group with a page of its members.
type groupView struct {
	*scim.ListedMembers
	sentForm

	Rows    []memberRow
	After   string
	Problem string
	// Many says that the members were not counted to their end.
	Many bool
}

// memberRow is a member of a group.
type memberRow struct{ scim.ListedMember }

// Class is how the status of a member looks.
func (r memberRow) Class() string { return statusClass(r.Status) }

// Path is the page of a member, empty for what has none.
func (r memberRow) Path() string { return resourcePath(r.Type, r.ID) }

func (c *call) group() error { return c.showGroup(http.StatusOK, "") }

// showGroup answers with the page of the group that the path names.
func (c *call) showGroup(status int, problem string) error {
	after := uuid.Nil
	if text := c.QueryParam("after"); text != "" {
		var ok bool
		if after, ok = store.ParseID(text); !ok {
			return errNotFound
		}
	}
	found, err := c.face.Provider.GroupMembers(c.Request().Context(), c.caller(), c.Param("id"), after, rowsOnPage)
	if err != nil {
		return err
	}
	view := &groupView{ListedMembers: found, sentForm: c.again(), Problem: problem, Many: found.Members >= scim.MostCounted}
	for _, member := range found.List {
		view.Rows = append(view.Rows, memberRow{member})
	}
	if found.Next != uuid.Nil {
		// The page may be the answer to a form, which was sent elsewhere.
		view.After = c.face.root + "/groups/" + found.ID + "?after=" + found.Next.String()
	}
	title := found.DisplayName
	if title == "" {
		title = found.ID
	}
	return c.page(status, "group", title, view)
}

func (c *call) createGroup() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	t, err := c.resourceType(scim.GroupType)
	if err != nil {
		return err
	}
	name := typed(sent.Get("displayName"))
	body, err := json.Marshal(map[string]any{"schemas": []string{schema.GroupURN}, "displayName": name})
	if err != nil {
		return err
	}
	made, err := c.face.Provider.Create(c.Request().Context(), c.caller(), t, bytes.NewReader(body), scim.View{})
	if problem := refused("create", err); problem != "" {
		return c.listGroups(http.StatusUnprocessableEntity, &groupsView{Problem: problem, Name: name})
	}
	if err != nil {
		return err
	}
	return c.back("/groups/"+made.ID(), noticeGroupMade)
}

// changeGroup makes one change to the group that the path names, as a PATCH
// does.
func (c *call) changeGroup(change operation, done notice) error {
	t, err := c.resourceType(scim.GroupType)
	if err != nil {
		return err
	}
	err = c.patch(t, c.Param("id"), scim.Precondition{}, change)
	if problem := refused("change", err); problem != "" {
		return c.showGroup(http.StatusUnprocessableEntity, problem)
	}
	if err != nil {
		return err
	}
	return c.back("/groups/"+url.PathEscape(c.Param("id")), done)
}

func (c *call) renameGroup() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	return c.changeGroup(operation{"op": "replace", "path": "displayName", "value": typed(sent.Get("displayName"))}, noticeGroupChanged)
}

// addMember takes up who is named by a userName or an id, be it a user or a
// group.
func (c *call) addMember() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	member := typed(sent.Get("member"))
	if _, ok := store.ParseID(member); !ok {
		id, err := c.face.Provider.FindLiving(c.Request().Context(), c.caller(), member)
		told, isFault := fault.As(err)
		if errors.Is(err, store.ErrNotFound) || isFault && told.Status < http.StatusInternalServerError {
			return c.showGroup(http.StatusUnprocessableEntity, "There is no user of this name.")
		}
		if err != nil {
			return err
		}
		member = id.String()
	}
	return c.changeGroup(operation{"op": "add", "path": "members", "value": []any{map[string]any{"value": member}}}, noticeGroupChanged)
}

func (c *call) removeMember() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	return c.changeGroup(operation{"op": "remove", "path": "members[value eq " + filter.Quote(sent.Get("member")) + "]"}, noticeGroupChanged)
}

// confirmation is what has to be typed to delete a group, and what that is: its id
// where nobody can type the name.
func confirmation(group *scim.ListedMembers) (text, what string) {
	if name := typed(group.DisplayName); name != "" {
		return name, "name"
	}
	return group.ID, "id"
}

// Confirm is what has to be typed to delete the group.
func (v *groupView) Confirm() string {
	text, _ := confirmation(v.ListedMembers)
	return text
}

// deleteGroup deletes a group whose name was typed.
func (c *call) deleteGroup() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	t, err := c.resourceType(scim.GroupType)
	if err != nil {
		return err
	}
	ctx, id := c.Request().Context(), c.Param("id")
	found, err := c.face.Provider.GroupMembers(ctx, c.caller(), id, uuid.Nil, 1)
	if err != nil {
		return err
	}
	confirm, what := confirmation(found)
	if typed(sent.Get("confirm")) != confirm {
		return c.showGroup(http.StatusUnprocessableEntity, "To delete the group, type its "+what+".")
	}
	if err := c.face.Provider.Delete(ctx, c.caller(), t, id, scim.Precondition{}); err != nil {
		return err
	}
	return c.back("/groups", noticeGroupDeleted)
}
