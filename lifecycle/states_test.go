package lifecycle

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

//go:embed STATES.md
var statesPage string

// TestStatesPage holds diagram and table of STATES.md together with the code.
// What it prints on failure is what the page has to say.
func TestStatesPage(t *testing.T) {
	t.Parallel()
	compare(t, "diagram", linesLike(`^    \S+ --> \S+: .+$`), diagram())
	compare(t, "table", linesLike("^\\| `[^|]+ \\| [^|]+ \\| [^|]* \\| [^|]+ \\|$"), tableRows())
}

// TestEffectsOnPage: the page names the effects that decisions ask for, each
// once, and no other.
func TestEffectsOnPage(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, facts := range accounts() {
		for _, command := range commands() {
			d, err := Decide(facts, strict(), noon, command)
			if err != nil {
				continue
			}
			for _, effect := range d.Effects {
				found["| `"+string(effect)+"` |"] = true
			}
		}
	}
	_, page, _ := strings.Cut(statesPage, "| effect | when |")
	page, _, _ = strings.Cut(page, "\n\n")
	named := regexp.MustCompile("(?m)^\\| `[^`]+` \\|").FindAllString(page, -1)
	slices.Sort(named)
	compare(t, "list of effects", named, slices.Sorted(maps.Keys(found)))
}

func compare(t *testing.T, what string, page, code []string) {
	t.Helper()
	if !slices.Equal(page, code) {
		t.Errorf("the %s of STATES.md is not that of the code, which is:\n%s", what, strings.Join(code, "\n"))
	}
}

func linesLike(pattern string) []string {
	return regexp.MustCompile("(?m)"+pattern).FindAllString(statesPage, -1)
}

// diagram is every change of status with what makes it. Undo is not drawn: it
// goes back over any edge.
func diagram() []string {
	var lines []string
	for _, from := range anything {
		for _, to := range anything {
			var labels []string
			for _, on := range Triggers() {
				c := Change{From: from, To: to, Trigger: on}
				if from != to && on != TriggerUndo && permitted(c) {
					labels = append(labels, inWords(on))
				}
			}
			if len(labels) > 0 {
				lines = append(lines, fmt.Sprintf("    %s --> %s: %s", node(from), node(to), strings.Join(labels, ", ")))
			}
		}
	}
	return lines
}

func node(s Status) string {
	if s == StatusNone || s == StatusPurged {
		return "[*]"
	}
	return string(s)
}

func inWords(on Trigger) string {
	if kind, timer := strings.CutPrefix(string(on), timerPrefix); timer {
		return kind + " timer"
	}
	return string(on)
}

func tableRows() []string {
	var rows []string
	for _, on := range Triggers() {
		for _, r := range byTrigger[on] {
			rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |", inWords(on), list(r.from), r.condition(), r.inWords()))
		}
	}
	return rows
}

// condition is the guard in words.
func (r rule) condition() string {
	if r.when == nil {
		return ""
	}
	return r.when.name
}

func (r rule) inWords() string {
	switch {
	case r.then == unchanged:
		return "nothing"
	case r.then == applied && len(r.to) == 0:
		return "applies, the status stays"
	case r.then == applied:
		return "-> " + list(r.to)
	}
	words := "refused: `" + string(r.why) + "`"
	for i, try := range r.try {
		words += []string{"; try ", ", "}[min(i, 1)] + "`" + inWords(try) + "`"
	}
	return words
}

func list(statuses []Status) string {
	switch {
	case slices.Equal(statuses, anything):
		return "any"
	case slices.Equal(statuses, living):
		return "living"
	}
	words := make([]string, len(statuses))
	for i, s := range statuses {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
