package batch

import (
	"context"
	"errors"
	"net/http"
	"time"

	"rollcall/internal/usercsv"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// errChangedSince says that others have changed a user since.
var errChangedSince = errors.New("others have changed the user since")

// unbring takes back what a row of a file has done: a user that it made is
// deprovisioned, one that it changed gets back what it had.
func (s *Service) unbring(ctx context.Context, c *scim.Caller, row *Row, reason string, note note) error {
	undone := *row
	undone.Edits, undone.Joined, undone.Version, undone.Made = nil, nil, 0, false
	err := s.tryUnbring(ctx, c, row, &undone, reason, note)
	told, isFault := fault.As(err)
	switch {
	case err == nil:
		*row = undone
		return nil
	case errors.Is(err, errChangedSince), isFault && (told.Status == http.StatusPreconditionFailed || told.Status == http.StatusNotFound):
		_, _ = undone.refused(string(lifecycle.WhyChangedSince), errChangedSince.Error())
		*row = undone
		return nil
	}
	undone = Row{Number: row.Number, ID: row.ID, Name: row.Name, Line: row.Line}
	if err := undone.refuse("undo", err); err != nil {
		return err
	}
	if *row = undone; row.Outcome == Failed {
		s.Logger.Error("a row of an import could not be taken back", "id", row.ID, "error", err)
	}
	return nil
}

func (s *Service) tryUnbring(ctx context.Context, c *scim.Caller, row, undone *Row, reason string, note note) error {
	found, err := s.resource(ctx, c, row.ID)
	if err != nil {
		return err
	}
	edited := row.Made || len(row.Edits) > 0
	match := scim.ParsePrecondition(found.etag)
	if edited && !match.Names(row.Version) {
		return errChangedSince
	}
	if row.Made {
		order := scim.Order{ID: found.id, Reason: reason, Match: match, Commands: func(*scim.Explanation) ([]lifecycle.Command, error) {
			return []lifecycle.Command{lifecycle.Deprovision{}}, nil
		}}
		return s.carry(ctx, c, "undo", undone, order, note)
	}
	draft := &scim.Draft{ID: found.id, Also: func(scim.Drafted) ([]store.Change, error) {
		undone.Outcome = Changed
		return note(undone)
	}}
	for _, group := range row.Joined {
		draft.Leave = append(draft.Leave, group.ID)
	}
	if edited {
		draft.Match = match
		if draft.Body, err = usercsv.Patch(usercsv.Back(row.Edits)); err != nil {
			return err
		}
	}
	done, err := s.Provider.Bring(ctx, c, draft)
	if err == nil && !done.Changed {
		undone.Outcome = Unchanged
	}
	return err
}

// unmake deprovisions those that an import made, of some rows, in one commit, which costs
// a fraction of one for each. Where that is not possible for one of them, all stay
// pending: which it is about is found out row by row.
func (r *run) unmake(ctx context.Context, rows []Row, reason string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var orders []scim.Order
	var at []int
	undone := make([]Row, len(rows))
	for n := range rows {
		if rows[n].Outcome != Pending || !rows[n].Made {
			continue
		}
		row := &undone[n]
		*row = rows[n]
		row.Edits, row.Joined, row.Version, row.Made = nil, nil, 0, false
		at = append(at, n)
		orders = append(orders, scim.Order{
			ID: row.ID.String(), Reason: reason, Match: scim.OfVersion(rows[n].Version),
			Commands: func(*scim.Explanation) ([]lifecycle.Command, error) {
				return []lifecycle.Command{lifecycle.Deprovision{}}, nil
			},
			Also: func(done *scim.Transition) ([]store.Change, error) {
				if err := row.become(done); err != nil {
					return nil, err
				}
				return r.noting(row)
			},
		})
	}
	done, err := r.service.Provider.CarryAll(whole, r.caller, orders)
	if err != nil {
		var of Row
		return of.refuse("undo", err)
	}
	for k, n := range at {
		if done[k].Changed {
			rows[n] = undone[n]
		}
	}
	return nil
}
