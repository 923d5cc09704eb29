package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"rollcall/store"
)

// Query returns one page: first the row ids of the page in their order with
// the total, then the records of those.
func (s *Store) Query(ctx context.Context, query store.Query) (store.Page, error) {
	limited, cancel := context.WithTimeout(ctx, s.options.QueryTimeout)
	defer cancel()
	var page store.Page
	err := s.read(limited, "query", func(tx *readTx) error {
		var err error
		page, err = walk(limited, tx, query)
		return err
	})
	if err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		return store.Page{}, fmt.Errorf("sqlite: query: no answer in %v: %w", s.options.QueryTimeout, store.ErrTooMany)
	}
	if err != nil {
		return store.Page{}, err
	}
	return page, nil
}

// walk turns a page that ends before a place into one of the reverse order that
// begins there.
func walk(ctx context.Context, tx *readTx, query store.Query) (store.Page, error) {
	back := query.Before != nil
	if back {
		query.After, query.Before = query.Before, nil
		query.Sort.Descending = !query.Sort.Descending
	}
	asked, err := translateQuery(query)
	if err != nil {
		return store.Page{}, err
	}
	page, err := asked.page(ctx, tx)
	if back {
		slices.Reverse(page.Records)
		page.First, page.Last = page.Last, page.First
	}
	return page, err
}

// asked is a query as SQL.
type asked struct {
	query store.Query
	// matches selects rid, key and id of all matches.
	matches fragment
	// types are the parts of matches, one a type.
	types []matching
	// filtered tells that some type has a condition.
	filtered bool
}

// matching is the matches of one type, or the part of them that has a sort key
// or none.
type matching struct {
	key, from, where fragment
	// activity joins the activity of each, and begins with it.
	activity bool
	part     part
}

func (m matching) selected() fragment {
	tables := raw("resource r")
	if m.activity {
		tables = "activity a CROSS JOIN resource r ON r.tenant = a.tenant AND r.type = a.type AND r.id = a.id"
	}
	return sqlf("SELECT r.rid AS rid, %s AS key, r.id AS id FROM %s WHERE %s AND %s", m.key, tables, m.from, m.where)
}

func translateQuery(query store.Query) (asked, error) {
	a := asked{query: query}
	var selects []fragment
	aliases := 0
	for _, typ := range query.Types {
		s := scope{alias: "r", base: "r.idx", now: micros(query.Now), aliases: &aliases}
		key, err := s.key(query.Sort)
		if err != nil {
			return asked{}, err
		}
		where, err := s.condition(typ.Where)
		if err != nil {
			return asked{}, err
		}
		a.filtered = a.filtered || typ.Where != nil
		from := sqlf("r.tenant = %s AND r.type = %s", int64(query.Tenant), typ.Type)
		probe, probed := (prober{tenant: int64(query.Tenant), typ: typ.Type, now: micros(query.Now)}).find(typ.Where, nil)
		if probed {
			// The plus signs keep SQLite from walking an index of all resources.
			from = sqlf("r.rid IN (%s) AND +r.tenant = %s AND +r.type = %s", probe.sql, int64(query.Tenant), typ.Type)
			if _, alone := typ.Where.(store.Related); alone && probe.exact {
				where = fragment{text: always}
			}
		}
		walked, err := parts(query, typ, matching{key: key, from: from, where: where}, probed)
		if err != nil {
			return asked{}, err
		}
		for _, one := range walked {
			a.types, selects = append(a.types, one), append(selects, one.selected())
		}
	}
	a.matches = join(selects, " UNION ALL ")
	return a, nil
}

// ordered reports whether an index has the order.
func ordered(sort store.Sort) bool {
	return sort.Path == nil && sort.Holds == nil && sort.Column <= store.ColumnModified || sort.ByLastLogin()
}

// key is what a record sorts by before its id.
func (s scope) key(sort store.Sort) (fragment, error) {
	if sort.Path != nil {
		return s.sortKey(sort.Path), nil
	}
	if sort.Holds != nil {
		holds, err := s.condition(sort.Holds)
		return sqlf("((%s) IS TRUE)", holds), err
	}
	if column, ok := s.lifecycle(sort.Column); ok {
		return column.sql, nil
	}
	name, err := s.column(sort.Column)
	return fragment{text: name}, err
}

func (a asked) page(ctx context.Context, tx *readTx) (store.Page, error) {
	var page rows
	if len(a.query.Types) == 0 {
		return store.Page{}, nil
	}
	if !ordered(a.query.Sort) {
		if err := a.probe(ctx, tx); err != nil {
			return store.Page{}, err
		}
	}
	total, err := a.rows(ctx, tx, &page)
	if err != nil {
		return store.Page{}, err
	}
	return page.fetched(ctx, tx, a.query, total)
}

// probe counts matches up to the cap before a sort that no index serves.
func (a asked) probe(ctx context.Context, tx *readTx) error {
	var count int
	text := sqlf("SELECT count(*) FROM (SELECT 1 FROM (%s) LIMIT %s)", a.matches, store.ProbeCap+1)
	if err := tx.row(ctx, text.text, text.args...).Scan(&count); err != nil {
		return err
	}
	if count > store.ProbeCap {
		return fmt.Errorf("a sort by this attribute takes up to %d matches: %w", store.ProbeCap, store.ErrTooMany)
	}
	return nil
}

func (a asked) order() raw {
	if a.query.Sort.Descending {
		return "key DESC NULLS FIRST, id DESC"
	}
	return "key NULLS LAST, id"
}

func (a asked) total(ctx context.Context, tx *readTx) (int, error) {
	text := sqlf("SELECT count(*) FROM (%s)", a.matches)
	if !a.filtered {
		types := make([]string, 0, len(a.query.Types))
		for _, typ := range a.query.Types {
			types = append(types, typ.Type)
		}
		list, err := json.Marshal(types)
		if err != nil {
			return 0, err
		}
		text = sqlf("SELECT coalesce(sum(total), 0) FROM counter WHERE tenant = %s AND type IN (SELECT value FROM json_each(%s))",
			int64(a.query.Tenant), string(list))
	}
	var total int
	err := tx.row(ctx, text.text, text.args...).Scan(&total)
	return total, err
}

// fetch reads records in the order of their row ids.
func fetch(ctx context.Context, tx *readTx, rids []int64, with store.Relations) ([]store.Record, error) {
	if len(rids) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(rids)
	if err != nil {
		return nil, err
	}
	records := make([]store.Record, 0, len(rids))
	rows, err := tx.query(ctx, `SELECT `+recordColumns+` FROM json_each(?) p CROSS JOIN resource r ON r.rid = p.value ORDER BY p.key`, string(list))
	err = each(rows, err, func(rows *sql.Rows) error {
		_, record, err := scanRecord(rows.Scan)
		records = append(records, record)
		return err
	})
	if err != nil {
		return nil, err
	}
	return records, relate(ctx, tx, rids, records, with)
}
