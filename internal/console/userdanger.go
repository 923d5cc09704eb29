package console

import (
	"slices"

	"rollcall/internal/operator"
)

func (f *face) userDangerRoutes(r *routes) {
	r.show("/users/:id/danger", operator.ViewAccounts, (*call).userDanger)
}

// dangers are the actions that stand apart from the others, on a page of their
// own.
var dangers = []string{"deprovision", "release", "purge"}

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
	for _, name := range dangers {
		allowed := slices.Contains(view.Allowed, name)
		if name == "release" && !allowed {
			continue // few accounts are ever held
		}
		words := actionWords[name]
		one := danger{Name: name, Title: words.title, About: words.about, Offered: allowed && c.identity.Role.May(operator.ForAction(name))}
		switch {
		case !c.identity.Role.May(operator.ForAction(name)):
			one.Not = "Your role does not allow this."
		case !allowed && name == "purge" && view.Deprovisioned == nil:
			one.Not = "Possible once the account is deprovisioned."
		case !allowed:
			one.Not = "Not possible as the account stands."
		}
		if name == "deprovision" {
			one.Title = bulkTitle(name)
		}
		view.Dangers = append(view.Dangers, one)
	}
	return c.show(view)
}
