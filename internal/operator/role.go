package operator

import (
	"slices"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/internal/validation"
	"rollcall/store"
)

// Role is what an operator is in the tenant.
type Role string

// The roles, from the one that may most.
const (
	// Owner may do everything; of owners one remains always.
	Owner Role = store.OwnerRole
	// Admin looks after accounts, groups and what provisions them.
	Admin Role = "admin"
	// Helpdesk lets people back in who cannot sign in.
	Helpdesk Role = "helpdesk"
	// Auditor sees everything and changes nothing.
	Auditor Role = "auditor"
)

// Roles lists the roles, from the one that may most.
func Roles() []Role { return []Role{Owner, Admin, Helpdesk, Auditor} }

// ParseRole reads the name of a role. A *validation.Error for what is none.
func ParseRole(text string) (Role, error) {
	if role := Role(text); slices.Contains(Roles(), role) {
		return role, nil
	}
	names := make([]string, 0, len(may))
	for _, role := range Roles() {
		names = append(names, string(role))
	}
	return "", validation.Errorf("role", "is one of %s", strings.Join(names, ", "))
}

// Permission is something that roles allow or not. Its zero value is nothing that
// any role allows.
type Permission int

// The permissions.
const (
	// ViewAccounts: users, groups, what is deleted, how each stands and why; jobs
	// with what they did to each user, rows of imported files included.
	ViewAccounts Permission = iota + 1
	// ViewSettings: connections, receivers, policies, operators.
	ViewSettings
	// ViewAudit: the audit trail of the tenant, its export, bodies of requests.
	ViewAudit
	// AssistAccounts: what lets people in again who are who they say they are:
	// unlock, reset attempts, send another invitation or a link for a password; to
	// one user or to many, and to stop that.
	AssistAccounts
	// ManageAccounts: create, change, suspend, deprovision, restore; groups;
	// other batches and their undo; import.
	ManageAccounts
	// PurgeAccounts: what cannot be taken back.
	PurgeAccounts
	// ManageSettings: connections, tokens, receivers, policies, the mass guard.
	ManageSettings
	// ManageOperators: operators and the sessions of others.
	ManageOperators
	// ShareViews: saved views that all operators see.
	ShareViews
	// RemoveViews: removal of saved views that others share.
	RemoveViews
)

// may is the whole matrix.
var may = map[Role][]Permission{
	Owner:    {ViewAccounts, ViewSettings, ViewAudit, AssistAccounts, ManageAccounts, PurgeAccounts, ManageSettings, ManageOperators, ShareViews, RemoveViews},
	Admin:    {ViewAccounts, ViewSettings, ViewAudit, AssistAccounts, ManageAccounts, PurgeAccounts, ManageSettings, ShareViews},
	Helpdesk: {ViewAccounts, AssistAccounts},
	Auditor:  {ViewAccounts, ViewSettings, ViewAudit},
}

// May reports whether a role allows something. A role that is none allows
// nothing.
func (r Role) May(permission Permission) bool { return slices.Contains(may[r], permission) }

// ForAction is what an action on an account needs, by its name as the admin API
// has it.
func ForAction(name string) Permission {
	switch action, _ := admin.Lookup(name); {
	case action.Irreversible:
		return PurgeAccounts
	case action.Assists:
		return AssistAccounts
	}
	return ManageAccounts
}

// ForScopes is what giving a token scopes needs. Who may write with the admin
// API may make an owner there.
func ForScopes(scopes auth.Scopes) Permission {
	if scopes.Has(auth.ScopeAdminWrite) {
		return ManageOperators
	}
	return ManageSettings
}
