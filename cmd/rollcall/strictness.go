package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"rollcall/internal/admin"
	"rollcall/scim/profile"
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

// apply writes the choice into the options of a connection and refuses options
// that would not be understood.
func (s strictness) apply(options map[string]json.RawMessage) error {
	stored, err := json.Marshal(options)
	if err != nil {
		return err
	}
	chosen, err := profile.Parse(stored)
	if s.Profile != "" {
		// What could not be read is set aside, too.
		chosen, err = profile.Options{Profile: s.Profile}, nil
	}
	if err == nil {
		err = chosen.Check()
	}
	if err != nil {
		return fmt.Errorf("%w: choose a --profile, or --unset=profile,normalisations", err)
	}
	for allowed, names := range map[bool][]string{true: s.Allow, false: s.Refuse} {
		for _, name := range names {
			if chosen.Normalisations == nil {
				chosen.Normalisations = map[string]bool{}
			}
			chosen.Normalisations[name] = allowed
		}
	}
	delete(options, "profile")
	delete(options, "normalisations")
	if chosen.Profile != "" {
		options["profile"], err = json.Marshal(chosen.Profile)
	}
	if err == nil && len(chosen.Normalisations) > 0 {
		options["normalisations"], err = json.Marshal(chosen.Normalisations)
	}
	return err
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
	options, err := changedOptions(nil, set, nil, strictness{})
	if err != nil {
		return err
	}
	text, err := json.Marshal(options)
	if err != nil {
		return err
	}
	return admin.CheckOptions(text)
}

// vocabulary are the names that help texts show.
func vocabulary() kong.Vars {
	return kong.Vars{
		"profiles":       strings.Join(profile.Names(), ", "),
		"normalisations": strings.Join(profile.NormalisationNames(), ", "),
	}
}
