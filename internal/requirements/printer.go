package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// printer turns the events of "go test -json" back into what plain "go test"
// prints: the result of each package, and all that a failed test said.
type printer struct {
	out io.Writer
	// packages holds what may still have to be printed, by package.
	packages map[string]*pages
}

// pages is the output of one package by test, in the order of their starts.
type pages struct {
	order []string
	text  map[string]string
}

func newPrinter(out io.Writer) *printer { return &printer{out: out, packages: map[string]*pages{}} }

func (p *printer) print(text string) { fmt.Fprint(p.out, text) }

func (p *printer) take(e event) {
	switch {
	case e.Action == "build-output":
		p.print(e.Output)
	case e.Action == "output" && e.Test == "":
		p.packageOutput(e)
	case e.Action == "output" && !progress(e.Output):
		p.of(e.Package).write(e.Test, e.Output)
	case e.Test != "" && (e.Action == "pass" || e.Action == "skip"):
		delete(p.of(e.Package).text, e.Test)
	case e.Test == "" && (e.Action == "fail" || e.Action == "pass" || e.Action == "skip"):
		delete(p.packages, e.Package)
	}
}

// packageOutput prints the lines of a package. Its result comes last: what
// failed, or never ended because of a panic, goes before it.
func (p *printer) packageOutput(e event) {
	if e.Output == "PASS\n" || strings.HasPrefix(e.Output, "coverage:") {
		return
	}
	if strings.HasPrefix(e.Output, "FAIL") || strings.HasPrefix(e.Output, "panic:") {
		p.failures(e.Package)
	}
	p.print(e.Output)
}

// failures prints what is left of a package: the output of tests that did not
// pass, each before its sub-tests.
func (p *printer) failures(pkg string) {
	left := p.of(pkg)
	slices.SortStableFunc(left.order, func(a, b string) int {
		if strings.HasPrefix(b, a+"/") {
			return -1
		}
		if strings.HasPrefix(a, b+"/") {
			return 1
		}
		return 0
	})
	for _, test := range left.order {
		if text, ok := left.text[test]; ok {
			p.print(text)
			delete(left.text, test)
		}
	}
}

func (p *printer) of(pkg string) *pages {
	if p.packages[pkg] == nil {
		p.packages[pkg] = &pages{text: map[string]string{}}
	}
	return p.packages[pkg]
}

// write keeps a line of a test. The one that says that it failed leads what it
// logged before, as it does without -json.
func (p *pages) write(test, text string) {
	if _, known := p.text[test]; !known {
		p.order = append(p.order, test)
	}
	if verdict := strings.TrimLeft(text, " "); strings.HasPrefix(verdict, "--- FAIL") {
		p.text[test] = strings.Repeat("    ", strings.Count(test, "/")) + verdict + p.text[test]
		return
	}
	p.text[test] += text
}

// progress reports whether a line is there only because -json implies -v.
func progress(line string) bool {
	for _, word := range []string{"=== RUN", "=== PAUSE", "=== CONT", "=== NAME", "--- PASS", "--- SKIP"} {
		if strings.HasPrefix(strings.TrimLeft(line, " "), word) {
			return true
		}
	}
	return false
}
