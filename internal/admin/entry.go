package admin

import (
	"slices"
	"strings"

	"rollcall/internal/validation"
	"rollcall/lifecycle"
)

// The ways in which an administrator lets an account begin, by name.
const (
	EntryEnrolled  = "enrolled"
	EntryStaged    = "staged"
	EntrySubmitted = "submitted"
	EntryInvited   = "invited"
)

// entry is a way to begin and what the lifecycle calls it.
type entry struct {
	name    string
	command lifecycle.Command
}

var entries = []entry{
	{EntryEnrolled, lifecycle.Enroll{}},
	{EntryStaged, lifecycle.Create{}},
	{EntrySubmitted, lifecycle.Submit{}},
	{EntryInvited, lifecycle.Invite{}},
}

// Entries are the names of all ways to begin, the usual one first.
func Entries() []string {
	names := make([]string, 0, len(entries))
	for i := range entries {
		names = append(names, entries[i].name)
	}
	return names
}

// Entry is the command by which an account begins in the way of that name. A
// *validation.Error about the field where there is none.
func Entry(field, name string) (lifecycle.Command, error) {
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == name })
	if i < 0 {
		return nil, validation.Errorf(field, "is one of %s", strings.Join(Entries(), ", "))
	}
	return entries[i].command, nil
}
