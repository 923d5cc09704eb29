package schema

import "rollcall/scim/fault"

// Demand is a set of named demands: places where a profile asks more of a
// client than RFC 7643 and RFC 7644 do. docs/profiles.md describes each.
type Demand uint8

// The demands, all of the SCIM 2.0 Interoperability Profile but the last, which
// is of the IPSIE AL2 profile.
const (
	// PatchPaths wants a path in every operation of a PATCH.
	PatchPaths Demand = 1 << iota
	// WholeReplace lets a replace of a complex attribute drop what it leaves
	// out, where the RFC merges.
	WholeReplace
	// SubAttributePaths wants a path with a value filter to end in a
	// sub-attribute. Members of a group are excepted: they have no other path.
	SubAttributePaths
	// KnownNames answers invalidSyntax to an attribute or a schema URI that is
	// not known wherever it stands in a body, in a path and in "schemas" too.
	KnownNames
	// NoCredentials takes passwords and every other credential out of the
	// schema: they are attributes that do not exist.
	NoCredentials

	demandEnd
)

// AllDemands is every demand there is.
const AllDemands = demandEnd - 1

var demandNames = []string{"patchPaths", "wholeReplace", "subAttributePaths", "knownNames", "noCredentials"}

// Names lists the names of the set in the order of their declaration.
func (d Demand) Names() []string {
	names := []string{}
	for i, name := range demandNames {
		if d&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// Demands reports whether a demand is made of the request.
func (l *Leniency) Demands(d Demand) bool { return l.Demanded&d != 0 }

// UnknownName is the kind of refusal of a name or URI that is not known: what
// the RFC says for its place, or invalidSyntax where that is demanded.
func (l *Leniency) UnknownName(elsewhere fault.Type) fault.Type {
	if l.Demands(KnownNames) {
		return fault.InvalidSyntax
	}
	return elsewhere
}

// withholds reports whether an attribute does not exist for the request.
func (l *Leniency) withholds(a *Attribute) bool { return a.credential && l.Demands(NoCredentials) }
