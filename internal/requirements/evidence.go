package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// backends are the stores that a test by store has to pass on, all of them.
var backends = []string{"postgres", "sqlite"}

// proof is one test that names requirements, on whatever stores it ran.
type proof struct {
	pkg, test string
	stores    map[string]bool
	// broken is what is wrong with it: it failed or was skipped.
	broken string
}

// name is the proof as the page shows it.
func (p *proof) name() string { return p.pkg + " " + p.test }

// complete reports why the proof is not one, or "".
func (p *proof) complete() string {
	if p.broken != "" {
		return p.broken
	}
	for _, store := range backends {
		if len(p.stores) > 0 && !p.stores[store] {
			return "did not run on " + store
		}
	}
	return ""
}

// evidence is what a run showed.
type evidence struct {
	known *catalogue
	// proofs holds the tests that name a requirement, by their name.
	proofs map[string]map[string]*proof
	// problems are test names that cannot be read.
	problems map[string]bool
}

func newEvidence(known *catalogue) *evidence {
	return &evidence{known: known, proofs: map[string]map[string]*proof{}, problems: map[string]bool{}}
}

// add notes how a test ended. Only the last part of its name counts: the parts
// before it are tests of their own.
func (e *evidence) add(ended event) {
	path := strings.Split(ended.Test, "/")
	ids, err := e.known.named(path[len(path)-1])
	if err != nil {
		e.problems[fmt.Sprintf("%s %s: %v", ended.Package, ended.Test, err)] = true
		return
	}
	if len(ids) == 0 {
		return
	}
	pkg, store := withoutStore(strings.Split(strings.TrimPrefix(ended.Package, "rollcall/"), "/"))
	test, inner := withoutStore(path)
	if inner != "" {
		store = inner
	}
	key := pkg + " " + test
	for _, id := range ids {
		if e.proofs[id] == nil {
			e.proofs[id] = map[string]*proof{}
		}
		p := e.proofs[id][key]
		if p == nil {
			p = &proof{pkg: pkg, test: test, stores: map[string]bool{}}
			e.proofs[id][key] = p
		}
		if store != "" {
			p.stores[store] = true
		}
		if ended.Action != "pass" {
			p.broken = map[string]string{"fail": "failed", "skip": "was skipped"}[ended.Action]
		}
	}
}

// withoutStore joins the parts of a name without the one that says which store
// it ran on.
func withoutStore(parts []string) (name, store string) {
	kept := slices.DeleteFunc(slices.Clone(parts), func(part string) bool {
		if slices.Contains(backends, part) {
			store = part
			return true
		}
		return false
	})
	return strings.Join(kept, "/"), store
}

// of lists the proofs of a requirement by name.
func (e *evidence) of(id string) []*proof {
	var list []*proof
	for _, key := range slices.Sorted(maps.Keys(e.proofs[id])) {
		list = append(list, e.proofs[id][key])
	}
	return list
}
