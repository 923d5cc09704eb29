package scim

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/store"
)

// removals are the verdicts of the mass guard on a bulk request. Those on DELETE
// operations of resources that are read ahead are asked for all at once, and each
// operation keeps its own, however often it is decided.
type removals struct {
	// verdicts are those that no operation has taken.
	verdicts []lifecycle.Verdict
	known    map[*bulkOperation]lifecycle.Verdict
}

// removesOne tells a DELETE that removes a resource and no memberships of it.
func (op *bulkOperation) removesOne() bool {
	return op.Method == "DELETE" && op.resourceType != nil && op.resourceType.Members == nil
}

// ahead is how many of the resources that were read ahead DELETE operations
// without a verdict remove: what is not there is not removed, and counts nothing.
func (r *bulkRun) ahead() int {
	going := map[store.Key]bool{}
	for _, unit := range r.units {
		for _, op := range unit {
			if _, known := r.removals.known[op]; known || !op.removesOne() || op.state != bulkWaiting || op.refused != nil || op.noKey != nil {
				continue
			}
			record, staged := r.staged.records[op.key], r.staged.changed[op.key]
			if record != nil && (staged == nil || !staged.gone) && ParsePrecondition(op.Version).check(op.resourceType, record) == nil {
				going[op.key] = true
			}
		}
	}
	return len(going)
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
		verdicts, err := r.provider.weigh(ctx, r.caller, slices.Repeat([]removal{{n: 1}}, max(r.ahead(), 1)))
		if err != nil {
			return lifecycle.Verdict{}, err
		}
		r.removals.verdicts = verdicts
	}
	verdict := r.removals.verdicts[0]
	r.removals.verdicts = r.removals.verdicts[1:]
	return verdict, nil
}
