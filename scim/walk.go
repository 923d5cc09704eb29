package scim

import (
	"context"
	"crypto/sha256"
	"time"

	"rollcall/scim/schema"
	"rollcall/store"
)

// settling is how long a change may take from the reading of its time until
// others see it, the difference of two servers' clocks included.
const settling = 2 * time.Minute

// walk is one request of a walk over pages by cursor.
type walk struct {
	*cursor
	provider *Provider
	// query is the query without a position.
	query    store.Query
	filtered bool
	// still says that the walk does not catch up.
	still bool
	page  store.Page
	// next and previous are where the walk may go from here, nil for nowhere.
	next, previous *cursor
}

// walk answers one page of a query by cursor.
func (l *List) walk(ctx context.Context, types []*schema.ResourceType, search Search, query store.Query) error {
	p, bound := l.provider, binding(l.caller, types, search)
	w := &walk{provider: p, query: query, filtered: search.HasFilter, still: search.Still, cursor: &cursor{count: noCount}}
	if search.Count != nil {
		w.count = max(*search.Count, 0)
	}
	var err error
	if *search.Cursor == "" {
		err = w.begin(ctx)
	} else if w.cursor, err = p.openCursor(ctx, *search.Cursor, bound, w.count); err == nil {
		err = w.resume(ctx)
	}
	if err != nil {
		return err
	}
	l.page, l.walking = w.page, true
	if l.next, err = w.sealed(ctx, w.next, bound); err == nil {
		l.previous, err = w.sealed(ctx, w.previous, bound)
	}
	return err
}

// sealed is the text of a cursor, empty for none.
func (w *walk) sealed(ctx context.Context, c *cursor, binding []byte) (string, error) {
	if c == nil {
		return "", nil
	}
	return w.provider.cursors.close(ctx, c.text(), binding)
}

// to is a cursor of the same walk.
func (w *walk) to(part part, at *store.Position) *cursor {
	c := *w.cursor
	c.part, c.at, c.issued = part, at, w.query.Now
	if w.filtered {
		c.total = w.page.Total
	}
	return &c
}

// begin reads the first page.
func (w *walk) begin(ctx context.Context) (err error) {
	w.began = w.query.Now
	if moving(w.query.Sort) && w.query.Limit > 0 && !w.still {
		// Before the page: what changes in between makes a difference then.
		if w.recent, err = w.digest(ctx); err != nil {
			return err
		}
	}
	if w.page, err = w.provider.store.Query(ctx, w.query); err == nil && w.page.More {
		w.next = w.to(onward, &w.page.Last)
	}
	return err
}

func (w *walk) resume(ctx context.Context) error {
	switch w.part {
	case backward:
		return w.back(ctx)
	case catchUp:
		return w.catchUp(ctx)
	default:
		return w.on(ctx)
	}
}

// known is the total of a filtered query, which is counted once a walk.
func (w *walk) known() *int {
	if w.filtered {
		return &w.total
	}
	return nil
}

// on reads a page in the order of the query.
func (w *walk) on(ctx context.Context) (err error) {
	query := w.query
	query.After, query.Total = w.at, w.known()
	if w.page, err = w.provider.store.Query(ctx, query); err != nil {
		return err
	}
	if w.at != nil && len(w.page.Records) > 0 {
		w.previous = w.to(backward, &w.page.First)
	}
	if w.page.More {
		w.next = w.to(onward, &w.page.Last)
		return nil
	}
	late, err := w.late(ctx)
	if late {
		w.next = w.to(catchUp, nil)
	}
	return err
}

// back reads the page that ends before a place. Where nothing is left there,
// that is the first page.
func (w *walk) back(ctx context.Context) (err error) {
	query := w.query
	query.Before, query.Total = w.at, w.known()
	if w.page, err = w.provider.store.Query(ctx, query); err != nil {
		return err
	}
	if len(w.page.Records) == 0 {
		w.at = nil
		return w.on(ctx)
	}
	w.next = w.to(onward, &w.page.Last)
	if w.page.More {
		w.previous = w.to(backward, &w.page.First)
	}
	return nil
}

// catchUp reads a page of what was modified since the walk began, by time. A
// resource whose sort key changed may have moved from ahead of the walk to
// behind it; it is here, because the key changes with the time alone. Nothing
// moves back in this order.
func (w *walk) catchUp(ctx context.Context) (err error) {
	query := w.lately()
	query.After = w.at
	if w.page, err = w.provider.store.Query(ctx, query); err != nil {
		return err
	}
	if w.page.More {
		w.next = w.to(catchUp, &w.page.Last)
	}
	if !w.filtered {
		all := w.query
		all.Limit = 0
		counted, err := w.provider.store.Query(ctx, all)
		if err != nil {
			return err
		}
		w.page.Total = counted.Total
	}
	return nil
}

// late reports whether the walk has to catch up.
func (w *walk) late(ctx context.Context) (bool, error) {
	if w.still || !moving(w.query.Sort) {
		return false, nil
	}
	now, err := w.digest(ctx)
	if err != nil || now == w.recent {
		return false, err
	}
	query := w.lately()
	query.Limit, query.With = 1, 0
	page, err := w.provider.store.Query(ctx, query)
	return len(page.Records) > 0, err
}

// lately is the query for what was modified since the walk began.
func (w *walk) lately() store.Query {
	query := w.query
	query.Sort, query.Total = store.Sort{Column: store.ColumnModified}, &w.total
	query.Types = nil
	since := store.CompareColumn{Column: store.ColumnModified, Op: store.GreaterOrEqual, Value: w.began.Add(-settling)}
	for _, of := range w.query.Types {
		where := store.And{since}
		if of.Where != nil {
			where = append(where, of.Where)
		}
		query.Types = append(query.Types, store.TypeQuery{Type: of.Type, Where: where})
	}
	return query
}

// digest tells whether anything has changed since shortly before the walk.
func (w *walk) digest(ctx context.Context) ([sha256.Size]byte, error) {
	types := make([]string, 0, len(w.query.Types))
	for _, of := range w.query.Types {
		types = append(types, of.Type)
	}
	digest, err := w.provider.store.Recent(ctx, w.query.Tenant, types, w.began.Add(-settling))
	return sha256.Sum256([]byte(digest)), err
}

// moving reports whether a resource can move from ahead of a walk to behind it:
// where its sort key can change, unless it can only grow.
func moving(sort store.Sort) bool {
	if sort.Path != nil || sort.Holds != nil {
		return true
	}
	switch sort.Column {
	case store.ColumnID, store.ColumnCreated:
		return false
	case store.ColumnModified:
		return sort.Descending
	}
	return true
}
