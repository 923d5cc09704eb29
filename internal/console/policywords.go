package console

import "rollcall/lifecycle"

// policyField is a value of the policy, for people.
type policyField struct {
	// Name is that of the text of a policy.
	Name, Title, About string
	// Kind is "length", "number", "truth" or "mode".
	Kind string
	// Zero is what no length means, empty where there has to be one.
	Zero string
}

// policyGroup are values that belong together.
type policyGroup struct {
	Title  string
	Fields []policyField
}

// policyGroups are all values of the policy of a tenant.
var policyGroups = []policyGroup{
	{"Deletion", []policyField{
		{"purgeAfter", "Purge after", "How long what was deleted can be restored. Then it is erased for good.", "length", ""},
	}},
	{"Links by mail", []policyField{
		{"inviteValidity", "Invitations work for", "How long the link of an invitation works.", "length", ""},
		{"resetValidity", "Links for a new password work for", "How long such a link works.", "length", ""},
	}},
	{"Approval", []policyField{
		{"approval.invited", "Invited accounts wait for an approval", "What administrators invite waits until somebody approves it. What waits already or was approved stays as it is.", "truth", ""},
		{"approval.provisioned", "Accounts of connections wait for an approval", "What an identity provider makes waits until somebody approves it. What waits already or was approved stays as it is.", "truth", ""},
	}},
	{"Failed sign-ins", []policyField{
		{"lockout.failures", "Lock after so many failures", "So many failed sign-ins in a row lock the account.", "number", ""},
		{"lockout.within", "Counted within", "Failures that are further apart do not count together.", "length", ""},
		{"lockout.lasts", "The first lock lasts", "Each further lock lasts twice as long as the one before.", "length", ""},
		{"lockout.permanentAfter", "Locks before one without an end", "After so many locks the next one stays until somebody unlocks the account.", "number", ""},
	}},
	{"Unused accounts", []policyField{
		{"stale.after", "Unused after", "An account that nobody has used for so long counts as unused.", "length", "never"},
		{"stale.warnAfter", "Warn after", "The owner is written to after so long, before the account counts as unused.", "length", "never"},
		{"stale.suspend", "Suspend unused accounts", "Unused accounts are suspended, as far as the mass guard lets it pass.", "truth", ""},
	}},
	{"Accounts that cannot be used for long", []policyField{
		{"escalation.expired", "Deprovision after the last day", "An account is deprovisioned so long after its last day.", "length", "never"},
		{"escalation.suspended", "Deprovision after a suspension of", "An account that has been suspended for so long without an end is deprovisioned.", "length", "never"},
	}},
	{"Mass guard", []policyField{
		{"guard.mode", "Removals beyond the limit", "What happens when a connection removes more than the limit.", "mode", ""},
		{"guard.window", "Counted within", "Removals within this time count together.", "length", ""},
		{"guard.armedFrom", "Armed from so many users", "A connection with fewer users is not guarded.", "number", ""},
		{"guard.percent", "Limit, in percent of the users", "So large a share of the users of a connection may be removed within the time.", "number", ""},
		{"guard.floor", "Limit, at least", "So many may always be removed, however few users there are.", "number", ""},
	}},
}

// policyFields are the values of the policy by name, each titled with its group.
var policyFields = func() map[string]policyField {
	fields := map[string]policyField{}
	for _, group := range policyGroups {
		for _, field := range group.Fields {
			field.Title = group.Title + ": " + field.Title
			fields[field.Name] = field
		}
	}
	return fields
}()

// policyMode is a mode of the mass guard, for people.
type policyMode struct{ Name, Title string }

// policyModes are the modes that can be chosen.
func policyModes() (modes []policyMode) {
	for _, mode := range lifecycle.GuardModes() {
		modes = append(modes, policyMode{string(mode), modeTitles[mode]})
	}
	return modes
}

var modeTitles = map[lifecycle.GuardMode]string{
	lifecycle.GuardHold:   "hold: access is cut, the rest waits for an administrator",
	lifecycle.GuardReject: "reject: they are refused",
	lifecycle.GuardAlert:  "alert: they go on, and administrators are told",
	lifecycle.GuardOff:    "off: they go on",
}

// policyValue writes a value of the policy for people.
func policyValue(field policyField, value string) string {
	switch {
	case field.Kind == "truth" && value == "true":
		return "yes"
	case field.Kind == "truth":
		return "no"
	case field.Kind == "length" && value == "0s" && field.Zero != "":
		return field.Zero
	}
	return value
}
