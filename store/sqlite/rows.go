package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"github.com/google/uuid"

	"rollcall/store"
)

// rows are the row ids of a page in order, with their places.
type rows struct {
	rids   []int64
	places []store.Position
}

// rows reads one row more than the page has, to know whether there is one, and
// returns the total. A filtered query has to look at all matches anyway, so
// that their number comes with the page; an unfiltered one, and one whose total
// is known, stops after the page.
func (a asked) rows(ctx context.Context, tx *readTx, into *rows) (total int, err error) {
	known := a.query.Total
	limit := min(a.query.Limit, math.MaxInt32)
	switch {
	case limit <= 0:
	case a.query.After != nil, a.query.Sort.ByLastLogin() && a.query.Offset == 0 && (known != nil || !a.filtered):
		err = a.follow(ctx, tx, limit+1, into)
	case a.filtered && known == nil:
		text := sqlf("SELECT rid, key, id, count(*) OVER () FROM (%s) ORDER BY %s LIMIT %s OFFSET %s", a.matches, a.order(), limit+1, a.query.Offset)
		err = into.read(ctx, tx, a.query.Sort, text, &total)
	default:
		text := sqlf("SELECT rid, key, id, 0 FROM (%s) ORDER BY %s LIMIT %s OFFSET %s", a.matches, a.order(), limit+1, a.query.Offset)
		err = into.read(ctx, tx, a.query.Sort, text, new(int))
	}
	switch {
	case err != nil:
		return 0, err
	case known != nil:
		return *known, nil
	case total > 0:
		return total, nil
	}
	return a.total(ctx, tx)
}

// follow reads what comes after a position, or from the beginning, stretch by
// stretch. Each type is cut by itself, so that its index is walked from the
// position on.
func (a asked) follow(ctx context.Context, tx *readTx, limit int, into *rows) error {
	runs, err := stretches(a.query.Sort, a.query.After)
	if err != nil {
		return err
	}
	for _, run := range runs {
		left := limit - len(into.rids)
		if left <= 0 {
			break
		}
		if err := into.read(ctx, tx, a.query.Sort, a.stretch(run, left), new(int)); err != nil {
			return err
		}
	}
	return nil
}

func (a asked) stretch(run stretch, limit int) fragment {
	selects := make([]fragment, 0, len(a.types))
	for _, one := range a.types {
		if one.part != whole && one.part != run.part {
			continue
		}
		one.where = sqlf("%s AND %s", run.where(one.key), one.where)
		selects = append(selects, sqlf("SELECT * FROM (%s ORDER BY %s LIMIT %s)", one.selected(), run.order, limit))
	}
	if len(selects) == 0 {
		return fragment{text: "SELECT 0, NULL, '', 0 WHERE 0"}
	}
	return sqlf("SELECT rid, key, id, 0 FROM (%s) ORDER BY %s LIMIT %s", join(selects, " UNION ALL "), run.order, limit)
}

// read appends the rows of a statement.
func (r *rows) read(ctx context.Context, tx *readTx, sort store.Sort, text fragment, total *int) error {
	found, err := tx.query(ctx, text.text, text.args...)
	return each(found, err, func(found *sql.Rows) error {
		var rid int64
		var key any
		var text string
		if err := found.Scan(&rid, &key, &text, total); err != nil {
			return err
		}
		id, err := uuid.Parse(text)
		if err != nil {
			return fmt.Errorf("id of a resource: %w", err)
		}
		at, err := position(sort, key, id)
		r.rids, r.places = append(r.rids, rid), append(r.places, at)
		return err
	})
}

// fetched reads the records of the page.
func (r *rows) fetched(ctx context.Context, tx *readTx, query store.Query, total int) (store.Page, error) {
	page := store.Page{Total: total, More: len(r.rids) > max(query.Limit, 0)}
	if page.More {
		r.rids, r.places = r.rids[:query.Limit], r.places[:query.Limit]
	}
	if last := len(r.places) - 1; last >= 0 {
		page.First, page.Last = r.places[0], r.places[last]
	}
	var err error
	page.Records, err = fetch(ctx, tx, r.rids, query.With)
	return page, err
}
