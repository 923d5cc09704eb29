package scim

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"rollcall/lifecycle"
)

// removals are the verdicts of the mass guard on a bulk request. Those on DELETE
// operations are asked for all at once, and each operation keeps its own,
// however often it is decided.
type removals struct {
	// ahead is how many DELETE operations have no verdict yet, verdicts are those
	// that no operation has taken.
	ahead    int
	verdicts []lifecycle.Verdict
	known    map[*bulkOperation]lifecycle.Verdict
}

// removesOne tells a DELETE that removes a resource and no memberships of it.
func (op *bulkOperation) removesOne() bool {
	return op.Method == "DELETE" && op.resourceType != nil && op.resourceType.Members == nil
}

// countRemovals counts the DELETE operations that remove one resource.
func countRemovals(operations []bulkOperation) int {
	n := 0
	for i := range operations {
		if operations[i].removesOne() {
			n++
		}
	}
	return n
}

// admission is the admission of one operation.
func (r *bulkRun) admission(op *bulkOperation) admission {
	return func(ctx context.Context, asked removal) (bool, error) {
		if asked.n <= 0 || r.caller.Connection == uuid.Nil {
			return false, nil
		}
		verdict, known := r.removals.known[op]
		if !known {
			var err error
			if verdict, err = r.verdict(ctx, op, asked); err != nil {
				return false, err
			}
			r.removals.known[op] = verdict
		}
		return asked.held(verdict)
	}
}

func (r *bulkRun) verdict(ctx context.Context, op *bulkOperation, asked removal) (lifecycle.Verdict, error) {
	if !op.removesOne() {
		verdicts, err := r.provider.weigh(ctx, r.caller, []removal{asked})
		if err != nil {
			return lifecycle.Verdict{}, err
		}
		return verdicts[0], nil
	}
	if len(r.removals.verdicts) == 0 {
		verdicts, err := r.provider.weigh(ctx, r.caller, slices.Repeat([]removal{{n: 1}}, max(r.removals.ahead, 1)))
		if err != nil {
			return lifecycle.Verdict{}, err
		}
		r.removals.verdicts, r.removals.ahead = verdicts, 0
	}
	verdict := r.removals.verdicts[0]
	r.removals.verdicts = r.removals.verdicts[1:]
	return verdict, nil
}
