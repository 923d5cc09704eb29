package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pass is the verdict of tests.
const pass = "pass"

// row is one requirement with its answer.
type row struct {
	requirement
	verdict, reason string
	proofs          []*proof
}

// table is every requirement with its answer.
type table struct {
	areas []area
	rows  []row
}

// judge answers every requirement from what tests showed and people said. The
// error lists all that does not go together.
func judge(known *catalogue, verdicts map[string]verdict, found *evidence, mayPend bool) (*table, error) {
	problems := slices.Sorted(maps.Keys(found.problems))
	out := &table{areas: known.areas}
	for _, r := range known.requirements {
		said, hasVerdict := verdicts[r.id]
		answer := row{requirement: r, verdict: said.kind, reason: said.reason, proofs: found.of(r.id)}
		if said.kind == pending && len(answer.proofs) > 0 && mayPend {
			hasVerdict = false // built in the meantime
		}
		if !hasVerdict {
			answer.verdict, answer.reason = pass, ""
		}
		if problem := answer.problem(mayPend); problem != "" {
			problems = append(problems, r.id+": "+problem)
		}
		out.rows = append(out.rows, answer)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%d problems:\n  %w", len(problems), errors.New(strings.Join(problems, "\n  ")))
	}
	return out, nil
}

// problem says why an answer cannot stand, or "".
func (r row) problem(mayPend bool) string {
	for _, p := range r.proofs {
		if broken := p.complete(); broken != "" {
			return fmt.Sprintf("%s %s", p.name(), broken)
		}
	}
	switch {
	case r.verdict == pending && !mayPend:
		return "is still pending in " + verdictFile
	case r.verdict == notOffered && len(r.proofs) > 0:
		return fmt.Sprintf("is said not to be offered, but %s shows it", r.proofs[0].name())
	case (r.verdict == pass || r.verdict == ownChoice) && len(r.proofs) == 0:
		return "no test names it"
	}
	return ""
}
