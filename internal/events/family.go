package events

import (
	"slices"
	"strings"
)

// Family is a family of types of events: those with the same text before the colon.
type Family struct {
	// Types are all of it that are told.
	Types []string
	// About says what has happened then.
	About string
}

// Families are all that receivers can ask for, which is all that is told.
func Families() []Family {
	return []Family{
		{
			[]string{"prov:create", "prov:patch", "prov:put", "prov:delete", "prov:activate", "prov:deactivate"},
			"users, groups and other resources are made, changed, deleted, activated or deactivated",
		},
		{[]string{"feed:add"}, "what was deleted is there again"},
		{[]string{"status:change"}, "an account has another status"},
		{[]string{"caep:session-revoked", "caep:credential-change"}, "sessions ended, a password is another one"},
		{[]string{"risc:account-disabled", "risc:account-enabled", "risc:account-purged"}, "an account was disabled, enabled or purged"},
		{[]string{"guard:alert"}, "the mass guard has seen more removals than it lets pass"},
		{[]string{"misc:asyncresp"}, "an asynchronous request was carried out"},
	}
}

// Asks is how a receiver asks for all of the family.
func (f Family) Asks() string {
	if len(f.Types) == 1 {
		return f.Types[0]
	}
	name, _, _ := strings.Cut(f.Types[0], ":")
	return name + ":*"
}

// Types are the types of all families.
func Types() []string {
	var all []string
	for _, family := range Families() {
		all = append(all, family.Types...)
	}
	return all
}

// uriOf is what tokens call an event of a type, but for what says whether it has its
// content with it.
func uriOf(typ string) string {
	switch family, name, _ := strings.Cut(typ, ":"); family {
	case "prov", "feed", "misc":
		return scimEvent + typ
	case "caep":
		return caepEvent + name
	case "risc":
		return riscEvent + name
	}
	return ownEvent + typ
}

// EventURIs are all that tokens can carry beside those of this server alone, for
// the securityEvents of a ServiceProviderConfig (RFC 9967 section 5). feed:remove
// is not among them: no resource leaves the feed but by deletion, which is not to
// be told as one that does.
func EventURIs() []string {
	var all []string
	for _, typ := range Types() {
		uri := uriOf(typ)
		switch {
		case slices.Contains(withContent, typ):
			all = append(all, uri+":full", uri+":notice")
		case !strings.HasPrefix(uri, ownEvent):
			all = append(all, uri)
		}
	}
	return all
}
