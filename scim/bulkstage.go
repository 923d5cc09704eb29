package scim

import (
	"bytes"
	"context"
	"runtime"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"rollcall/store"
)

// bulkEntry is one operation that is decided.
type bulkEntry struct {
	op   *bulkOperation
	plan *plan
	unit int
}

// bulkStage is what is decided and not yet committed, and what the store looks
// like with it.
type bulkStage struct {
	entries []bulkEntry
	// records were read ahead; nil for those that do not exist.
	records map[store.Key]*store.Record
	// changed are the resources that entries change.
	changed map[store.Key]*bulkRecord
	// taken says of names that creates to come would have, by type, whether
	// others have them; it lacks those that nobody looked for.
	taken map[string]map[string]bool
	// freed says that some entry may free a name.
	freed bool
	// moved says that some entry changes who is in which group, departed that
	// one deletes or revives something, which changes the versions of groups.
	moved, departed bool
}

// mostChanges bounds how often one resource changes in one commit: a database
// walks over all versions of a row that its own transaction made.
const mostChanges = 50

// bulkRecord is a resource as it will be.
type bulkRecord struct {
	store.Record
	// vague says that its version is not known before the commit, secret that
	// its password changes.
	vague, gone, secret bool
	// times is how often it changes.
	times int
}

// stage decides a unit. It returns false where what is staged has to be
// committed before the unit can be decided.
func (r *bulkRun) stage(ctx context.Context, at int) (fits bool, err error) {
	if r.units[at][0].state == bulkFailed {
		return true, nil // it failed before, for a reason of its own
	}
	mark := len(r.staged.entries)
	for _, op := range r.units[at] {
		if op.state != bulkWaiting {
			continue // it was done before the request was cut off
		}
		var pl *plan
		if pl, fits, err = r.decide(ctx, op, at); err == nil && fits {
			r.staged.add(op, pl, at)
			continue
		}
		r.staged.entries = r.staged.entries[:mark]
		switch {
		case err == nil:
			return false, nil
		case !told(err):
			return false, err
		case mark > 0 && (r.failOn > 0 || r.staged.depends(op)):
			return false, nil // what comes before has to be certain first
		}
		r.fail(op, err)
		r.failRest(at, errDependsOnFailed)
		return true, nil
	}
	return true, nil
}

// decide plans one operation.
func (r *bulkRun) decide(ctx context.Context, op *bulkOperation, at int) (pl *plan, fits bool, err error) {
	if op.refused != nil {
		return nil, true, op.refused
	}
	for _, needed := range op.needs {
		if needed.state == bulkFailed {
			return nil, true, errDependsOnFailed
		}
	}
	if op.Method == "POST" {
		op.planCreate(ctx, r.provider, r.caller.at(op.place))
		if op.unplanned == nil {
			err = r.checkName(ctx, op, at)
			return op.created, true, err
		}
		return nil, true, op.unplanned
	}
	if op.noKey != nil {
		return nil, true, op.noKey
	}
	match := ParsePrecondition(op.Version)
	if blind := op.removes(match) && r.staged.changed[op.key] == nil; !blind && !r.staged.settled(op) {
		return nil, false, nil
	}
	record, err := r.record(ctx, op, at)
	if err != nil {
		return nil, true, err
	}
	if op.Method == "DELETE" {
		pl, err = r.provider.planDelete(ctx, r.caller.at(op.place), op.resourceType, record, match, r.admission(op))
		return pl, true, err
	}
	m, err := op.modification(r.provider, r.caller)
	if err != nil {
		return nil, true, err
	}
	pl, err = r.provider.planUpdate(ctx, r.caller.at(op.place), op.resourceType, record, match, m, View{}, r.admission(op))
	return pl, err != nil || !r.staged.hides(pl), err
}

// removes tells a DELETE for which it is enough that the resource is there.
func (op *bulkOperation) removes(match Precondition) bool {
	return op.Method == "DELETE" && !match.pins() && op.resourceType.Active == nil
}

// planCreates plans all creates on all processors: nothing that runs before
// them can change what they are. Where the first failures end the request, most
// of that could be for nothing.
func (r *bulkRun) planCreates(ctx context.Context) error {
	if r.failOn > 0 {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	callers := make([]Caller, workers)
	for worker := range workers {
		caller := &callers[worker]
		*caller = *r.caller
		caller.Leniency = r.caller.Leniency.Fork()
		group.Go(func() error {
			for i := worker; i < len(r.units); i += workers {
				for _, op := range r.units[i] {
					if op.Method != "POST" || op.refused != nil || op.state != bulkWaiting {
						continue
					}
					if op.planCreate(ctx, r.provider, caller.at(op.place)); op.unplanned != nil && !told(op.unplanned) {
						return op.unplanned
					}
				}
			}
			return nil
		})
	}
	err := group.Wait()
	for i := range callers {
		r.caller.Leniency.Join(callers[i].Leniency)
	}
	return err
}

// modification reads the body of a PUT or PATCH.
func (op *bulkOperation) modification(p *Provider, c *Caller) (modification, error) {
	if op.Method == "PUT" {
		return readReplacement(c, op.resourceType, bytes.NewReader(op.Data))
	}
	return p.readPatch(c, op.resourceType, bytes.NewReader(op.Data))
}

// depends reports whether an operation was decided on what is not committed.
func (s *bulkStage) depends(op *bulkOperation) bool {
	if slices.ContainsFunc(op.needs, func(needed *bulkOperation) bool { return needed.state == bulkWaiting }) {
		return true
	}
	return op.noKey == nil && s.changed[op.key] != nil
}

// settled reports whether a resource can be read without a commit before it.
func (s *bulkStage) settled(op *bulkOperation) bool {
	t := op.resourceType
	if s.moved && t.Groups != nil {
		return false // its groups are part of the answer
	}
	if s.departed && t.Members != nil {
		return false // who left a group has changed its version
	}
	known := s.changed[op.key]
	if known == nil || known.gone {
		return true
	}
	return !known.secret && known.times < mostChanges && (!known.vague || op.Method != "DELETE" && op.Version == "")
}

// hides reports whether an update depends on what nobody knows yet.
func (s *bulkStage) hides(pl *plan) bool {
	known := s.changed[pl.answer.record.Key]
	if known == nil {
		return false
	}
	change, ok := pl.change.(*store.Update)
	if !ok {
		return known.vague // the answer names the version
	}
	// Whether a password changes is decided against the stored one.
	return change.PasswordHash != nil || known.vague && change.Match != 0
}

// record is a resource as the operations staged so far leave it. It reads the
// resources of the operations to come as well.
func (r *bulkRun) record(ctx context.Context, op *bulkOperation, at int) (*store.Record, error) {
	if known := r.staged.changed[op.key]; known != nil {
		if known.gone {
			return nil, notFound(op.resourceType, op.id)
		}
		return &known.Record, nil
	}
	if _, read := r.staged.records[op.key]; !read {
		if err := r.readAhead(ctx, at); err != nil {
			return nil, refusal(err, op.resourceType, op.id)
		}
	}
	record := r.staged.records[op.key]
	if record == nil && r.caller.Subject != uuid.Nil {
		return nil, ErrSubject
	}
	if record == nil {
		return nil, notFound(op.resourceType, op.id)
	}
	return record, nil
}

// readAhead reads the resources that the next units are about.
func (r *bulkRun) readAhead(ctx context.Context, at int) error {
	var keys []store.Key
	var with store.Relations
	ahead := map[store.Key]*store.Record{}
	for _, unit := range r.units[at:] {
		for _, op := range unit {
			if op.refused != nil || op.Method == "POST" || op.noKey != nil {
				continue
			}
			if _, named := ahead[op.key]; named {
				continue
			}
			keys, ahead[op.key], with = append(keys, op.key), nil, with|relations(op.resourceType)
		}
		if len(keys) >= r.window {
			break
		}
	}
	records, err := r.provider.store.GetAll(ctx, keys, with)
	if err != nil {
		return err
	}
	for i := range records {
		ahead[records[i].Key] = &records[i]
	}
	r.staged.records = ahead
	return nil
}

// add stages a decided operation.
func (s *bulkStage) add(op *bulkOperation, pl *plan, unit int) {
	s.entries = append(s.entries, bulkEntry{op, pl, unit})
	if s.changed == nil {
		s.changed = map[store.Key]*bulkRecord{}
	}
	switch change := pl.change.(type) {
	case *store.Create:
		s.changed[change.Record.Key] = &bulkRecord{Record: change.Record, secret: change.PasswordHash != ""}
		s.moved = s.moved || len(change.Members) > 0
	case *store.Restore:
		s.changed[change.Record.Key] = &bulkRecord{Record: change.Record, vague: true, secret: change.PasswordHash != ""}
		s.moved, s.departed = true, true
	case *store.Delete:
		s.changed[change.Key] = &bulkRecord{gone: true}
		s.moved, s.departed, s.freed = true, true, true
	case *store.Update:
		next := &bulkRecord{Record: pl.after}
		if known := s.changed[change.Key]; known != nil {
			next.vague, next.times = known.vague, known.times+1
		}
		s.freed = s.freed || change.Record != nil
		next.secret = change.PasswordHash != nil
		if change.Record != nil || change.PasswordHash != nil || change.Facts != nil && !change.Noted {
			next.Version, next.Modified = pl.answer.record.Version+1, change.Modified
		} else {
			next.vague = true
		}
		s.changed[change.Key] = next
		s.moved = s.moved || !change.Members.IsZero()
	}
}
