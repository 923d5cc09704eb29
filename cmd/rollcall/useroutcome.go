package main

import (
	"fmt"
	"io"
	"strings"

	"rollcall/internal/admin"
)

func printOutcome(w io.Writer, who string, v *admin.OutcomeView) error {
	verb := "is"
	if v.DryRun {
		verb = "would be"
	}
	lines := []string{fmt.Sprintf("%s %s %s, it was %s.", who, verb, v.To, v.From)}
	if !v.Changed {
		lines[0] = fmt.Sprintf("There is nothing to do: %s is %s.", who, v.To)
	}
	if v.Renamed != "" && v.DryRun {
		lines = append(lines, "Its userName is taken; it would become "+v.Renamed+".")
	} else if v.Renamed != "" {
		lines = append(lines, "Its userName was taken; it is now "+v.Renamed+".")
	}
	if len(v.Lost) > 0 {
		lines = append(lines, "Groups that are gone: "+strings.Join(v.Lost, ", ")+".")
	}
	for _, timer := range v.Timers {
		lines = append(lines, "  "+timer.Kind+" "+day(timer.Due))
	}
	for _, letter := range v.Letters {
		lines = append(lines, fmt.Sprintf("Hand this link over to %s (%s, valid until %s): %s", letter.To, letter.Kind, day(letter.Expires), letter.Link))
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}
