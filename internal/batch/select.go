package batch

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// place is where a walk through a selection has got to: an index into ids, or a
// place of the provider.
type place struct {
	Index int64      `json:"index,omitzero"`
	At    scim.Place `json:"at,omitzero"`
}

// next returns the next users of a selection.
func (s *Service) next(ctx context.Context, c *scim.Caller, of *Selection, after place, limit int) (ids []uuid.UUID, at place, more bool, err error) {
	if of.IDs == nil {
		ids, after.At, more, err = s.Provider.Selected(ctx, c, scim.Selection{Filter: of.Filter, Deleted: of.Deleted}, after.At, limit)
		return ids, after, more, err
	}
	rest := of.IDs[min(after.Index, int64(len(of.IDs))):]
	for _, text := range rest[:min(limit, len(rest))] {
		id, ok := store.ParseID(text)
		if !ok {
			return nil, after, false, store.ErrInvalid // Plan.check has seen them
		}
		ids = append(ids, id)
	}
	after.Index += int64(len(ids))
	return ids, after, len(ids) < len(rest), nil
}

// size counts a selection. Deleted users are counted by going through them, and
// no further than beyond most: known is false where there are more.
func (s *Service) size(ctx context.Context, c *scim.Caller, of *Selection, most int) (n int64, known bool, err error) {
	switch {
	case of.IDs != nil:
		return int64(len(of.IDs)), true, nil
	case !of.Deleted:
		counted, err := s.Provider.CountSelected(ctx, c, scim.Selection{Filter: of.Filter})
		return int64(counted), true, err
	}
	var at place
	for more := true; more; {
		if n > int64(most) {
			return n, false, nil
		}
		var ids []uuid.UUID
		if ids, at, more, err = s.next(ctx, c, of, at, s.Provider.MaxPage()); err != nil {
			return 0, false, err
		}
		n += int64(len(ids))
	}
	return n, true, nil
}

// stays reports whether an error about a selection would be the same the next
// time.
func stays(err error) bool {
	told, isFault := fault.As(err)
	return isFault && told.Status < 500 || errors.Is(err, store.ErrInvalid)
}
