package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// The verdicts that people write. Everything else has to be shown by tests.
const (
	// ownChoice is met in a way of our own where the texts leave one, or not
	// met for a reason; tests show the behaviour.
	ownChoice = "own choice"
	// notOffered is a function that the server does not have.
	notOffered = "not offered"
	// inapplicable speaks of a case that this server is never in, wholly or in
	// the part that the reason names; tests may show the other part.
	inapplicable = "does not apply"
	// pending is being built.
	pending = "pending"
)

// verdict is what people say of a requirement, and why.
type verdict struct{ kind, reason string }

var verdictLine = regexp.MustCompile(`^([A-Z0-9.,\- ]+) (` + ownChoice + `|` + notOffered + `|` + inapplicable + `|` + pending + `):(.*)$`)

// readVerdicts reads lines such as "SEC-26 not offered: reason". Empty lines
// and those that begin with "#" are passed over.
func readVerdicts(name string, known *catalogue) (map[string]verdict, error) {
	file, err := os.Open(name) //nolint:gosec // a constant
	if err != nil {
		return nil, err
	}
	defer file.Close()
	verdicts := map[string]verdict{}
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if err := addVerdicts(verdicts, text, known); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return verdicts, lines.Err()
}

func addVerdicts(verdicts map[string]verdict, line string, known *catalogue) error {
	m := verdictLine.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("want \"ID %s: reason\", with %s, %s or %s in place of it", ownChoice, notOffered, inapplicable, pending)
	}
	ids, err := known.named(m[1])
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(m[3])
	if len(ids) == 0 || reason == "" {
		return fmt.Errorf("a verdict needs an id and a reason: %s", line)
	}
	for _, id := range ids {
		if _, twice := verdicts[id]; twice {
			return fmt.Errorf("%s has two verdicts", id)
		}
		verdicts[id] = verdict{m[2], reason}
	}
	return nil
}
