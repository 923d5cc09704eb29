package console

import (
	"slices"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
)

func (f *face) userDangerRoutes(r *routes) {
	r.show("/users/:id/danger", operator.ViewAccounts, (*call).userDanger)
}

// dangers are the actions that stand apart from the others, on a page of their
// own; what cannot be taken back comes last.
func dangers() (list []admin.Action) {
	for _, last := range []bool{false, true} {
		for _, name := range admin.Names() {
			if action, _ := admin.Lookup(name); action.Deletes && action.Irreversible == last {
				list = append(list, action)
			}
		}
	}
	return list
}

// danger is one of them.
type danger struct {
	Name, Title, About string
	// Offered says that it can be done, by this role.
	Offered bool
	// Not says why it cannot be.
	Not string
}

func (c *call) userDanger() error {
	view, err := c.account("/danger")
	if err != nil {
		return err
	}
	for _, action := range dangers() {
		name := action.Name
		allowed := slices.Contains(view.Allowed, name)
		if action.Trigger == lifecycle.TriggerRelease && !allowed {
			continue // few accounts are ever held
		}
		may := c.identity.Role.May(operator.ForAction(name))
		one := danger{Name: name, Title: bulkTitle(name), About: actionWords[name].about, Offered: allowed && may}
		switch {
		case !may:
			one.Not = "Your role does not allow this."
		case !allowed && action.Irreversible && view.Deprovisioned == nil:
			one.Not = "Possible once the account is deprovisioned."
		case !allowed:
			one.Not = "Not possible as the account stands."
		}
		view.Dangers = append(view.Dangers, one)
	}
	return c.showUser(view)
}
