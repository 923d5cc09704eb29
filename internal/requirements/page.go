package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

const head = `# Conformance

How Rollcall answers every requirement of testdata/requirements.md, and the test that shows it.
` + "`make test`" + ` makes this page from the tests, which carry the numbers in their names, and from
testdata/verdicts.txt, and fails when the page is out of date; ` + "`make test UPDATE=1`" + ` writes it. A
test that runs by store counts only if it passed on both. Do not edit.

*pass*: met, and shown. *own choice*: answered in a way of our own, for the reason given, and
shown. *not offered*: a function that the server does not have. *does not apply*: speaks, wholly or
in the part named, of a case that this server is never in; tests show the other part.

The answers are those of a connection without options. Where a requirement speaks of a strict mode,
or of a profile, they are those of that profile ([profiles.md](profiles.md)).
`

// The columns of the totals.
var (
	verdictOrder = []string{pass, ownChoice, notOffered, inapplicable, pending}
	levelOrder   = []string{"MUST", "SHOULD", "MAY", levelExample, levelConflict}
)

// page renders the table. It depends on nothing but names, so that the same
// tests make the same page.
func (t *table) page() string {
	var out strings.Builder
	out.WriteString(head)
	t.totals(&out, "Level", levelOrder, func(r row) string { return r.level })
	var names []string
	for _, a := range t.areas {
		names = append(names, a.name)
	}
	t.totals(&out, "Area", names, func(r row) string { return r.area })
	for _, a := range t.areas {
		fmt.Fprintf(&out, "\n## %s: %s\n\n| | Level | Requirement | Answer | Shown by |\n|---|---|---|---|---|\n", a.name, a.title)
		for _, r := range t.rows {
			if r.area == a.name {
				r.write(&out)
			}
		}
	}
	return out.String()
}

func (t *table) totals(out *strings.Builder, kind string, groups []string, group func(row) string) {
	columns := slices.DeleteFunc(slices.Clone(verdictOrder), func(v string) bool { return v == pending && t.count(func(r row) bool { return r.verdict == v }) == 0 })
	fmt.Fprintf(out, "\n| %s | %s | all |\n|---%s|\n", kind, strings.Join(columns, " | "), strings.Repeat("|--:", len(columns)+1))
	line := func(name string, in func(row) bool) {
		fmt.Fprintf(out, "| %s", name)
		for _, v := range columns {
			fmt.Fprintf(out, " | %d", t.count(func(r row) bool { return in(r) && r.verdict == v }))
		}
		fmt.Fprintf(out, " | %d |\n", t.count(in))
	}
	for _, name := range groups {
		line(name, func(r row) bool { return group(r) == name })
	}
	line("all", func(row) bool { return true })
}

func (t *table) count(in func(row) bool) int {
	n := 0
	for _, r := range t.rows {
		if in(r) {
			n++
		}
	}
	return n
}

func (r row) write(out *strings.Builder) {
	answer := r.verdict
	if r.reason != "" {
		answer += ": " + r.reason
	}
	tests := make([]string, 0, len(r.proofs))
	for _, p := range r.proofs {
		tests = append(tests, p.pkg+" `"+p.test+"`")
	}
	fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", r.id, r.level, cell(r.text), cell(answer), cell(strings.Join(tests, ", ")))
}

// cell keeps a text inside its cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// summary is the closing line.
func (t *table) summary() string {
	var parts []string
	for _, v := range verdictOrder {
		if n := t.count(func(r row) bool { return r.verdict == v }); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return fmt.Sprintf("requirements: %d: %s", len(t.rows), strings.Join(parts, ", "))
}

// publish writes the page, or fails with the difference when it is stale.
func publish(name, page string, update bool, stdout io.Writer, summary string) error {
	old, err := os.ReadFile(name) //nolint:gosec // a constant
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch {
	case string(old) == page:
		fmt.Fprintf(stdout, "%s; %s is up to date\n", summary, name)
		return nil
	case update:
		fmt.Fprintf(stdout, "%s; %s written\n", summary, name)
		return os.WriteFile(name, []byte(page), 0o644) //nolint:gosec // a page of the documentation
	}
	return fmt.Errorf("%s is stale; run make test UPDATE=1 and commit it:\n%s", name, difference(string(old), page))
}

// difference lists the lines that only one of two texts has.
func difference(old, now string) string {
	const most = 40
	var lines []string
	only := func(sign, a, b string) {
		there := map[string]bool{}
		for line := range strings.SplitSeq(b, "\n") {
			there[line] = true
		}
		for line := range strings.SplitSeq(a, "\n") {
			if !there[line] {
				lines = append(lines, sign+line)
			}
		}
	}
	only("-", old, now)
	only("+", now, old)
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("and %d lines more", len(lines)-most))
	}
	return strings.Join(lines, "\n")
}
