package auth

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is one right that a token can carry.
type Scope string

// The scopes.
const (
	ScopeSCIMRead          Scope = "scim:read"
	ScopeSCIMWrite         Scope = "scim:write"
	ScopeLifecycleWrite    Scope = "lifecycle:write"
	ScopeRolesWrite        Scope = "roles:write"
	ScopeAdminRead         Scope = "admin:read"
	ScopeAdminWrite        Scope = "admin:write"
	ScopeCredentialsVerify Scope = "credentials:verify"
	ScopeSigninsReport     Scope = "signins:report"
	ScopeEventsRead        Scope = "events:read"
)

// allScopes gives each scope its bit in Scopes.
var allScopes = [...]Scope{
	ScopeSCIMRead, ScopeSCIMWrite, ScopeLifecycleWrite, ScopeRolesWrite, ScopeAdminRead,
	ScopeAdminWrite, ScopeCredentialsVerify, ScopeSigninsReport, ScopeEventsRead,
}

// AllScopes returns every scope there is.
func AllScopes() Scopes { return 1<<len(allScopes) - 1 }

// Scopes is a set of scopes; the zero value is empty. Being a value, it can be
// shared by requests without a copy.
type Scopes uint16

// ScopesOf returns the set of the given scopes.
func ScopesOf(scopes ...Scope) Scopes {
	var set Scopes
	for _, scope := range scopes {
		set |= bit(scope)
	}
	return set
}

// ParseScopes reads scope names and refuses one that it does not know.
func ParseScopes(names []string) (Scopes, error) {
	var set Scopes
	if len(names) == 0 {
		return 0, fmt.Errorf("no scope is named, choose from %s", AllScopes())
	}
	for _, name := range names {
		b := bit(Scope(name))
		if b == 0 {
			return 0, fmt.Errorf("unknown scope %q, choose from %s", name, AllScopes())
		}
		set |= b
	}
	return set, nil
}

// knownScopes passes over names that it does not know: an access token may
// carry scopes for other servers, and a stored one those of a later release.
func knownScopes(names []string) Scopes {
	var set Scopes
	for _, name := range names {
		set |= bit(Scope(name))
	}
	return set
}

// Has reports whether the set contains scope. No set contains an unknown one.
func (s Scopes) Has(scope Scope) bool { return s&bit(scope) != 0 }

// Names lists the set in a fixed order.
func (s Scopes) Names() []string {
	names := []string{}
	for _, scope := range allScopes {
		if s.Has(scope) {
			names = append(names, string(scope))
		}
	}
	return names
}

// String lists the set as an OAuth scope value, separated by spaces.
func (s Scopes) String() string { return strings.Join(s.Names(), " ") }

func bit(scope Scope) Scopes {
	i := slices.Index(allScopes[:], scope)
	if i < 0 {
		return 0
	}
	return 1 << i
}
