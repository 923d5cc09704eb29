package profile

import (
	"slices"
	"strings"

	"rollcall/scim/schema"
)

// Profile is a named set of what a connection may send beside the letter of
// the RFCs, and of what is demanded beyond it. It is immutable.
type Profile struct {
	// Name is what options and the command line call it.
	Name string
	// Allowed are the normalisations that the profile takes.
	Allowed schema.Normalisation
	// Demanded is what the profile asks for beyond the RFCs.
	Demanded schema.Demand
	// Interop says that the profile claims to be the SCIM 2.0 Interoperability
	// Profile, alone or as a part of the IPSIE profiles.
	Interop bool
}

// The names of the profiles.
const (
	Lenient  = "lenient"
	Strict   = "strict"
	Interop  = "interop"
	IPSIEAL1 = "ipsie-al1"
	IPSIEAL2 = "ipsie-al2"
)

// interopDemands are the demands of the Interoperability Profile (sections 5.3
// and 6.5).
const interopDemands = schema.PatchPaths | schema.WholeReplace | schema.SubAttributePaths | schema.KnownNames

// profiles are all there are, the default first. The interoperability profile
// takes the removal of listed members, without which a client that may not name
// whole elements by a filter could remove none.
var profiles = []Profile{
	{Name: Lenient, Allowed: schema.AllNormalisations},
	{Name: Strict},
	{Name: Interop, Allowed: schema.ValuedRemove, Demanded: interopDemands, Interop: true},
	{Name: IPSIEAL1, Allowed: schema.ValuedRemove, Demanded: interopDemands, Interop: true},
	{Name: IPSIEAL2, Allowed: schema.ValuedRemove, Demanded: interopDemands | schema.NoCredentials, Interop: true},
}

// IPSIE reports whether the profile is one of IPSIE.
func (p Profile) IPSIE() bool { return p.Name == IPSIEAL1 || p.Name == IPSIEAL2 }

// Names lists the names of all profiles, the default first.
func Names() []string {
	names := make([]string, 0, len(profiles))
	for _, p := range profiles {
		names = append(names, p.Name)
	}
	return names
}

// NormalisationNames lists what options can allow and refuse.
func NormalisationNames() []string { return schema.AllNormalisations.Names() }

// Lookup returns the profile of that name.
func Lookup(name string) (Profile, bool) {
	i := slices.IndexFunc(profiles, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return profiles[i], true
}

// known lists names for a message.
func known(names []string) string { return strings.Join(names, ", ") }
