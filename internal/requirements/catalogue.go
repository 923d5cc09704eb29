package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// requirement is one numbered line of the catalogue: a requirement proper, a
// worked example of PATCH ("B1") or a conflict of the texts ("AMB-01").
type requirement struct {
	id, area, level, text string
}

// area is one group of requirements, in the order of the catalogue.
type area struct{ name, title string }

// catalogue is everything that has to be answered.
type catalogue struct {
	areas        []area
	requirements []requirement
	known        map[string]bool
}

// The levels that the catalogue itself does not write down.
const (
	levelExample  = "example"
	levelConflict = "conflict"
)

var (
	areaLine     = regexp.MustCompile(`^## ([A-Z]{2,3}) - (.+)$`)
	ruleLine     = regexp.MustCompile(`^- \[([A-Z]{2,3})-(\d\d)\] (MUST|SHOULD|MAY) \| (.+) \| [^|]+ \{[SIM]\}$`)
	conflictLine = regexp.MustCompile(`^- \[(AMB)-(\d\d)\] (.+)$`)
	exampleLine  = regexp.MustCompile(`^\| (B\d+) \| (.+) \| (.+) \|$`)
)

func readCatalogue(name string) (*catalogue, error) {
	file, err := os.Open(name) //nolint:gosec // a constant
	if err != nil {
		return nil, err
	}
	defer file.Close()
	c := &catalogue{known: map[string]bool{}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if err := c.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(c.requirements) == 0 && lines.Err() == nil {
		return nil, errors.New(name + ": holds no requirement")
	}
	return c, lines.Err()
}

// line takes what is a requirement; prose passes.
func (c *catalogue) line(text string) error {
	if m := areaLine.FindStringSubmatch(text); m != nil {
		c.areas = append(c.areas, area{m[1], m[2]})
		return nil
	}
	var found requirement
	if m := ruleLine.FindStringSubmatch(text); m != nil {
		found = requirement{m[1] + "-" + m[2], m[1], m[3], m[4]}
	} else if m := conflictLine.FindStringSubmatch(text); m != nil {
		found = requirement{m[1] + "-" + m[2], m[1], levelConflict, m[3]}
		c.extra(area{"AMB", "Conflicts of the texts"})
	} else if m := exampleLine.FindStringSubmatch(text); m != nil {
		found = requirement{m[1], "B", levelExample, m[2] + ": " + m[3]}
		c.extra(area{"B", "Worked PATCH examples"})
	} else if strings.HasPrefix(text, "- [") {
		return fmt.Errorf("a line is no requirement: %s", text)
	} else {
		return nil
	}
	if c.known[found.id] {
		return fmt.Errorf("%s is there twice", found.id)
	}
	c.known[found.id] = true
	c.requirements = append(c.requirements, found)
	return nil
}

// extra adds the area of lines that stand under a heading of another form.
func (c *catalogue) extra(a area) {
	for _, there := range c.areas {
		if there == a {
			return
		}
	}
	c.areas = append(c.areas, a)
}

// hasArea reports whether an id may begin with the name.
func (c *catalogue) hasArea(name string) bool {
	for _, a := range c.areas {
		if a.name == name {
			return true
		}
	}
	return false
}
