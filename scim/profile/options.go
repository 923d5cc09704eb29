package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"rollcall/scim/schema"
)

// Options is the part of a connection's options that says how strictly it is
// served. The zero value is the lenient profile.
type Options struct {
	// Profile is the name of a profile; empty for the lenient one.
	Profile string `json:"profile,omitempty"`
	// Normalisations allows and refuses single normalisations by their names,
	// whatever the profile says of them.
	Normalisations map[string]bool `json:"normalisations,omitempty"`
	// Roles are the values of roles that the connection may give; nil for any,
	// an empty list for none.
	Roles []string `json:"roles,omitempty"`
	// Revive is by what a user that is made again is known as one that the
	// connection deleted: ReviveExternalID, or empty for never.
	Revive string `json:"revive,omitempty"`
	// Inspect says that the last requests are remembered for administrators.
	Inspect bool `json:"inspect,omitempty"`
}

// ReviveExternalID revives by externalId.
const ReviveExternalID = "externalId"

// Members are the options by their names as they are stored, null for one that
// is not set. It is what replaces all of them and leaves other options alone.
func (o Options) Members() map[string]json.RawMessage {
	return map[string]json.RawMessage{
		"profile":        member(o.Profile, o.Profile != ""),
		"normalisations": member(o.Normalisations, len(o.Normalisations) > 0),
		"roles":          member(o.Roles, o.Roles != nil),
		"revive":         member(o.Revive, o.Revive != ""),
		"inspect":        member(o.Inspect, o.Inspect),
	}
}

// member renders text, lists and flags, of which none can fail.
func member(value any, set bool) json.RawMessage {
	rendered, err := json.Marshal(value)
	if err != nil || !set {
		return json.RawMessage("null")
	}
	return rendered
}

// Rules are what one connection is served by. They are immutable.
type Rules struct {
	Profile
	// Changed are the normalisations of which the connection decides
	// otherwise than its profile.
	Changed schema.Normalisation
	// Roles are those that the connection may give; nil for any.
	Roles []string
	// Revives says that a user that is made again comes back.
	Revives bool
	// Inspects says that requests are remembered.
	Inspects bool
}

// Check refuses options that name what does not exist. Its errors list what
// does.
func (o Options) Check() error {
	var problems []error
	if _, ok := Lookup(o.Profile); !ok && o.Profile != "" {
		problems = append(problems, fmt.Errorf("there is no profile %q; known are %s", o.Profile, known(Names())))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Normalisations)) {
		if _, ok := schema.NormalisationOf(name); !ok {
			problems = append(problems, fmt.Errorf("there is no normalisation %q; known are %s", name, known(NormalisationNames())))
		}
	}
	if len(o.Roles) > maxRoles || slices.ContainsFunc(o.Roles, func(role string) bool { return role == "" || len(role) > maxRole }) {
		problems = append(problems, fmt.Errorf("roles takes at most %d values of 1 to %d bytes", maxRoles, maxRole))
	}
	if o.Revive != "" && o.Revive != ReviveExternalID {
		problems = append(problems, fmt.Errorf("revive is %q, or not there", ReviveExternalID))
	}
	return errors.Join(problems...)
}

const (
	maxRoles = 1000
	maxRole  = 256
)

// Rules works out what the options come to. Names that do not exist are passed
// over, but for the profile: an unknown one is the strict profile. What is no way
// to revive revives nobody.
func (o Options) Rules() Rules {
	name := o.Profile
	if name == "" {
		name = Lenient
	}
	chosen, ok := Lookup(name)
	if !ok {
		chosen, _ = Lookup(Strict)
	}
	rules := Rules{Profile: chosen, Roles: o.Roles, Revives: o.Revive == ReviveExternalID, Inspects: o.Inspect}
	for name, allowed := range o.Normalisations {
		n, ok := schema.NormalisationOf(name)
		if !ok || allowed == (chosen.Allowed&n != 0) {
			continue
		}
		rules.Changed |= n
	}
	rules.Allowed ^= rules.Changed
	return rules
}

// Parse reads the options of a connection as they are stored, a JSON object
// or nothing; other options in it are passed over.
func Parse(stored []byte) (Options, error) {
	var options Options
	if len(stored) == 0 {
		return options, nil
	}
	if err := json.Unmarshal(stored, &options); err != nil {
		return Options{}, fmt.Errorf("read profile and normalisations from the options: %w", err)
	}
	return options, nil
}

// Of returns the rules of a connection from its stored options. The rules are
// always usable: with an error, they are those that take the least, because a
// refused request changes nothing and says why, whereas one that is taken
// against the will of the operator shows nowhere.
func Of(stored []byte) (Rules, error) {
	options, err := Parse(stored)
	if err != nil {
		strict, _ := Lookup(Strict)
		return Rules{Profile: strict, Roles: []string{}}, err
	}
	return options.Rules(), options.Check()
}

// InteropConformant reports whether the rules are those of the
// Interoperability Profile with nothing taken that it does not take.
func (r Rules) InteropConformant() bool { return r.Interop && r.Changed&r.Allowed == 0 }

// Leniency returns what the rules mean for one request.
func (r Rules) Leniency() schema.Leniency {
	return schema.Leniency{Allowed: r.Allowed, Demanded: r.Demanded}
}
