package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"rollcall/internal/admin"
	"rollcall/internal/validation"
	"rollcall/scim/profile"
	"rollcall/store"
)

// strictness are the flags that say how strictly a connection is served.
type strictness struct {
	Profile string   `help:"How strictly it is served: ${profiles}. Sets aside what --allow and --refuse chose before." placeholder:"NAME"`
	Allow   []string `help:"Normalisations to take beside those of the profile; ${normalisations}." sep:"," placeholder:"NAME"`
	Refuse  []string `help:"Normalisations of the profile to refuse." sep:"," placeholder:"NAME"`
}

// check refuses names that do not exist, before the database is opened.
func (s strictness) check() error {
	options := profile.Options{Profile: s.Profile, Normalisations: map[string]bool{}}
	for _, name := range append(s.Allow[:len(s.Allow):len(s.Allow)], s.Refuse...) {
		if options.Normalisations[name] {
			return fmt.Errorf("the normalisation %q is named twice", name)
		}
		options.Normalisations[name] = true
	}
	return options.Check()
}

// choose adds the choice to the changes of the options of a connection. A profile
// sets aside what was chosen before, even where that cannot be read; without one,
// single normalisations are chosen beside those that are stored.
func (s strictness) choose(stored []byte, changes map[string]json.RawMessage) error {
	chosen := profile.Options{Profile: s.Profile}
	switch {
	case s.Profile != "":
	case len(s.Allow)+len(s.Refuse) == 0:
		return nil
	default:
		options, err := admin.MergeOptions(stored, changes)
		var text []byte
		if err == nil {
			text, err = json.Marshal(options)
		}
		if err == nil {
			chosen, err = profile.Parse(text)
		}
		if err != nil {
			return validation.Errorf("options", "%v", err)
		}
	}
	for allowed, names := range map[bool][]string{true: s.Allow, false: s.Refuse} {
		for _, name := range names {
			if chosen.Normalisations == nil {
				chosen.Normalisations = map[string]bool{}
			}
			chosen.Normalisations[name] = allowed
		}
	}
	members := chosen.Members()
	for _, name := range []string{"profile", "normalisations"} {
		changes[name] = members[name]
	}
	return nil
}

// describe says in a word or a few how strictly a connection is served.
func describe(rules profile.Rules, err error) string {
	out := []string{rules.Name}
	for _, name := range (rules.Changed & rules.Allowed).Names() {
		out = append(out, "+"+name)
	}
	for _, name := range (rules.Changed &^ rules.Allowed).Names() {
		out = append(out, "-"+name)
	}
	if err != nil {
		out = append(out, "(options not understood)")
	}
	return strings.Join(out, " ")
}

// checkOption refuses an --option that is one of ours and would not be
// understood.
func checkOption(set map[string]string) error {
	change, err := strictness{}.change("", nil, set, nil)
	if err != nil {
		return err
	}
	return change.Apply(&store.Connection{})
}

// vocabulary are the names that help texts show.
func vocabulary() kong.Vars {
	return kong.Vars{
		"profiles":       strings.Join(profile.Names(), ", "),
		"normalisations": strings.Join(profile.NormalisationNames(), ", "),
	}
}
