package console

import (
	"net/url"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/internal/validation"
	"rollcall/internal/web"
	"rollcall/scim"
	"rollcall/scim/filter"
	"rollcall/store"
)

func (f *face) userGroupRoutes(r *routes) {
	r.show("/users/:id/groups", operator.ViewAccounts, (*call).userGroups)
	r.do("/users/:id/groups/add", operator.ManageAccounts, (*call).joinGroup)
	r.do("/users/:id/groups/remove", operator.ManageAccounts, (*call).leaveGroup)
	r.do("/users/:id/roles/add", operator.ManageAccounts, (*call).giveRole)
	r.do("/users/:id/roles/remove", operator.ManageAccounts, (*call).takeRole)
}

// userRole is a role of a user, and the connection that gave it: empty where it is
// the administrators' to take.
type userRole struct{ Value, Giver string }

// rolesOf are roles with who gave them.
func (v *accountView) rolesOf(roles []scim.GivenRole) []userRole {
	rows := make([]userRole, 0, len(roles))
	for _, role := range roles {
		rows = append(rows, userRole{role.Value, v.names.giver(role)})
	}
	return rows
}

func (c *call) userGroups() error { return c.showUserGroups("") }

// showUserGroups answers with the groups and roles of the user that the path names.
func (c *call) showUserGroups(problem string) error {
	view, err := c.account("/groups")
	if err != nil {
		return err
	}
	view.Problem, view.sentForm = problem, c.again()
	query := c.QueryParams()
	view.InGroups = fewOf(view.Groups, query, "group", func(group admin.GroupView) string { return group.ID })
	view.Roles = fewOf(view.rolesOf(view.found.Roles), query, "role", func(role userRole) string { return role.Value })
	if c.identity.Role.May(operator.ManageAccounts) {
		if view.GroupNames, err = c.groupNames(); err != nil {
			return err
		}
	}
	return c.showUser(view)
}

// assign adds the user that the path names to a group, or takes it out.
func (c *call) assign(take bool) error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	id, ok := store.ParseID(c.Param("id"))
	if !ok {
		return errNotFound
	}
	of := scim.Assignment{Take: take}
	text := typed(sent.Get("group"))
	// A button names a group by its id, which means no other group, whatever that
	// is called.
	if of.Group, ok = store.ParseID(text); !take || !ok {
		group, err := c.groupCalled(text)
		if err != nil {
			return c.groupsRefused(err)
		}
		of.Group = group.ID
	}
	_, err = c.face.Provider.Assign(c.Request().Context(), c.caller(), id, of)
	return c.groupsRefused(err)
}

// groupsRefused answers what became of a change of groups or roles.
func (c *call) groupsRefused(err error) error {
	if problem := refused("change", err); problem != "" {
		return c.showUserGroups(problem)
	}
	if err != nil {
		return err
	}
	return c.back("/users/"+url.PathEscape(c.Param("id"))+"/groups", noticeUserChanged)
}

func (c *call) joinGroup() error { return c.assign(false) }

func (c *call) leaveGroup() error { return c.assign(true) }

// changeRole makes one change to the roles of the user that the path names.
func (c *call) changeRole(change func(role string) operation) error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	role := typed(sent.Get("role"))
	if role == "" {
		return c.groupsRefused(validation.Errorf("role", "is needed"))
	}
	t, err := c.resourceType(scim.UserType)
	if err != nil {
		return err
	}
	return c.groupsRefused(c.patch(t, c.Param("id"), scim.Precondition{}, change(role)))
}

func (c *call) giveRole() error {
	return c.changeRole(func(role string) operation {
		return operation{"op": "add", "path": "roles", "value": []any{map[string]any{"value": role}}}
	})
}

// takeRole takes a role that no connection gave.
func (c *call) takeRole() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	view, err := c.account("/groups")
	if err != nil {
		return err
	}
	for _, role := range view.found.Roles {
		if giver := view.names.giver(role); giver != "" && typed(role.Value) == typed(sent.Get("role")) {
			return c.groupsRefused(validation.Errorf("role", "was given by %s: take it there", giver))
		}
	}
	return c.changeRole(func(role string) operation {
		return operation{"op": "remove", "path": "roles[value eq " + filter.Quote(role) + "]"}
	})
}
