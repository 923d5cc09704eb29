package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// planned makes the server plan a query for its values. A prepared statement
// would get a generic plan after five executions, which for a filter with an
// order is a scan of the whole tenant.
const planned = pgx.QueryExecModeCacheDescribe

// Query returns one page.
func (s *Store) Query(ctx context.Context, query store.Query) (store.Page, error) {
	if query.Offset < 0 {
		query.Offset = 0
	}
	limited, cancel := context.WithTimeout(ctx, s.queryTimeout)
	defer cancel()
	page, err := s.walk(limited, query)
	switch {
	case err == nil:
		return page, nil
	case ctx.Err() == nil && limited.Err() != nil:
		return store.Page{}, fmt.Errorf("query: time limit: %w", store.ErrTooMany)
	}
	return store.Page{}, failure(ctx, "query", err)
}

// walk turns a page that ends before a place into one of the reverse order that
// begins there.
func (s *Store) walk(ctx context.Context, query store.Query) (store.Page, error) {
	if query.Before == nil {
		return s.ahead(ctx, query)
	}
	query.After, query.Before = query.Before, nil
	query.Sort.Descending = !query.Sort.Descending
	page, err := s.ahead(ctx, query)
	slices.Reverse(page.Records)
	page.First, page.Last = page.Last, page.First
	return page, err
}

// ahead is query with the total that is known already, if one is.
func (s *Store) ahead(ctx context.Context, query store.Query) (store.Page, error) {
	page, err := s.query(ctx, query)
	if query.Total != nil {
		page.Total = *query.Total
	}
	return page, err
}

// query chooses the way: by key, unfiltered, counted alone, or probed first.
func (s *Store) query(ctx context.Context, query store.Query) (store.Page, error) {
	query = s.searches(ctx, query)
	if query.Limit <= 0 && query.Total != nil {
		return store.Page{}, nil
	}
	if query.After == nil {
		if page, done, err := s.lookUp(ctx, query); done || err != nil {
			return page, err
		}
	}
	if query.Limit <= 0 {
		total, err := s.count(ctx, query)
		return store.Page{Total: total}, err
	}
	// A total above the cap tells what the probe would find out.
	above := query.Total != nil && (query.Frequent || *query.Total > store.ProbeCap || *query.Total > query.Limit && !leading(query))
	if walkable(query.Sort) && (above || unfiltered(query)) {
		return s.page(ctx, query, selectOrdered)
	}
	page, err := s.page(ctx, query, selectProbed)
	if err != nil || page.Total <= store.ProbeCap {
		return page, err
	}
	if !walkable(query.Sort) {
		return store.Page{}, fmt.Errorf("sort by an attribute: %w", store.ErrTooMany)
	}
	if beyond := store.ProbeCap + 1; query.Capped {
		query.Total = &beyond
	}
	return s.page(ctx, query, selectOrdered)
}

// leading reports whether an index leads to the matches of a query. Where none
// does and nothing has to be counted, the order is walked until the page is full.
func leading(query store.Query) bool {
	for _, of := range query.Types {
		if of.Where == nil || !indexed(of.Where) && !keyed(of.Where) && !led(of.Where) && comparedColumn(of.Where) == store.ColumnID {
			return false
		}
	}
	return true
}

func unfiltered(query store.Query) bool {
	for _, of := range query.Types {
		if of.Where != nil {
			return false
		}
	}
	return true
}

const (
	whereName     = ` WHERE r.tenant + 1 = $1::bigint + 1 AND r.type = $2 AND r.uniq = $3`
	whereExternal = ` WHERE r.tenant + 2 = $1::bigint + 2 AND r.type = $2 AND r.external_id = $3 LIMIT 2`
)

// lookUp answers an equality on a column that is a key by a prepared statement:
// at most one row, and no plan that could go wrong. done is false where the
// query is of another form or has several matches.
func (s *Store) lookUp(ctx context.Context, query store.Query) (page store.Page, done bool, err error) {
	if len(query.Types) != 1 {
		return page, false, nil
	}
	of := query.Types[0]
	compare, ok := of.Where.(store.CompareColumn)
	if !ok || compare.Op != store.Equal {
		return page, false, nil
	}
	value, ok := compare.Value.(string)
	if !ok {
		return page, false, nil
	}
	if !store.Storable(value) {
		return page, false, invalid("filter value")
	}
	argument, where := any(value), ""
	switch compare.Column {
	case store.ColumnName:
		where = whereName
	case store.ColumnExternalID:
		where = whereExternal
	case store.ColumnID:
		key, ok := store.ParseID(value)
		if !ok {
			return page, true, nil
		}
		argument, where = id(key), whereKey
	default:
		return page, false, nil
	}
	rows, err := s.pool.Query(ctx, selected(query.With, groupColumn, where), int64(query.Tenant), of.Type, argument)
	if err != nil {
		return page, false, err
	}
	records, err := readRecords(rows, query.Tenant, query.With)
	if err != nil || len(records) > 1 {
		return page, false, err
	}
	page.Total = len(records)
	if query.Offset == 0 && query.Limit > 0 && len(records) > 0 {
		page.Records = records
		page.First = place(query.Sort, &records[0])
		page.Last = page.First
	}
	return page, ordered(query.Sort) || len(page.Records) == 0, nil
}

func readRecords(rows pgx.Rows, tenant store.TenantID, with store.Relations) ([]store.Record, error) {
	defer rows.Close()
	var records []store.Record
	for rows.Next() {
		record, err := readRecord(rows, tenant, with)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, rows.Err()
}

// count returns the total alone.
func (s *Store) count(ctx context.Context, query store.Query) (int, error) {
	statement := &statement{}
	statement.add("SELECT ")
	if err := addTotal(statement, query); err != nil {
		return 0, err
	}
	var total int
	arguments := append([]any{planned}, statement.args...)
	err := s.pool.QueryRow(ctx, statement.sql(), arguments...).Scan(&total)
	return total, err
}

// page runs one statement that returns the total beside every record, and once
// without a record where the page is empty. It asks for one record more than
// the page has, to know whether there is one.
func (s *Store) page(ctx context.Context, query store.Query, build func(store.Query) (*statement, error)) (store.Page, error) {
	statement, err := build(query)
	if err != nil {
		return store.Page{}, err
	}
	rows, err := s.pool.Query(ctx, statement.sql(), append([]any{planned}, statement.args...)...)
	if err != nil {
		return store.Page{}, err
	}
	page, err := readPage(rows, query)
	if err != nil {
		return store.Page{}, err
	}
	if query.With&store.WithGroups != 0 && len(page.Records) > 0 {
		return page, s.fillGroups(ctx, query.Tenant, page.Records)
	}
	return page, nil
}

// readPage reads the rows that addRecords selects.
func readPage(rows pgx.Rows, query store.Query) (store.Page, error) {
	defer rows.Close()
	var page store.Page
	var places []store.Position
	for rows.Next() {
		var found row
		var use activityRow
		var key sortKey
		targets := append([]any{&page.Total}, found.targets()...)
		if query.With&store.WithActivity != 0 {
			targets = append(targets, use.targets()...)
		}
		if err := rows.Scan(append(targets, key.targets(query.Sort)...)...); err != nil {
			return store.Page{}, err
		}
		if !found.id.Valid {
			continue
		}
		record, err := found.record(query.Tenant)
		if err != nil {
			return store.Page{}, err
		}
		record.Activity = use.activity()
		at := key.place(query.Sort, &record)
		page.Records, places = append(page.Records, record), append(places, at)
	}
	if page.More = len(page.Records) > query.Limit; page.More {
		page.Records = page.Records[:query.Limit]
	}
	if last := len(page.Records) - 1; last >= 0 {
		page.First, page.Last = places[0], places[last]
	}
	return page, rows.Err()
}

// groupsOfMany reads the groups of a page, direct and indirect.
const groupsOfMany = `WITH RECURSIVE up (member, id, type) AS (
		SELECT m.member_id, m.group_id, m.group_type FROM unnest($2::uuid[]) AS x (id)
		CROSS JOIN LATERAL (SELECT * FROM member m WHERE m.tenant = $1 AND m.member_id = x.id OFFSET 0) m
		UNION
		SELECT up.member, m.group_id, m.group_type FROM up
		CROSS JOIN LATERAL (SELECT * FROM member m WHERE m.tenant = $1 AND m.member_id = up.id OFFSET 0) m
	), labelled AS (
		SELECT up.member, up.id, up.type,
			(SELECT g.label FROM resource g WHERE g.tenant = $1 AND g.type = up.type AND g.id = up.id) AS label,
			coalesce((SELECT true FROM member d WHERE d.tenant = $1 AND d.group_id = up.id AND d.member_id = up.member), false) AS direct
		FROM up
	)
	SELECT member, id, type, label, direct FROM labelled WHERE label IS NOT NULL ORDER BY member, direct DESC, id`

func (s *Store) fillGroups(ctx context.Context, tenant store.TenantID, records []store.Record) error {
	ids, place := make(idArray, len(records)), make(map[uuid.UUID]int, len(records))
	for i := range records {
		ids[i], place[records[i].ID] = records[i].ID, i
	}
	rows, err := s.pool.Query(ctx, groupsOfMany, int64(tenant), ids)
	if err != nil {
		return err
	}
	var member, of pgtype.UUID
	var group store.Group
	_, err = pgx.ForEachRow(rows, []any{&member, &of, &group.Type, &group.Label, &group.Direct}, func() error {
		at, ok := place[member.Bytes]
		if !ok {
			return errors.New("groups of a resource outside the page")
		}
		group.ID = of.Bytes
		records[at].Groups = append(records[at].Groups, group)
		return nil
	})
	return err
}
