package postgres

import (
	"context"
	"errors"
	"fmt"

	"rollcall/store"
)

// selectAudit selects the rows of a page and one more. Only what is found is
// read whole: a row may be large.
func selectAudit(search store.AuditSearch) *statement {
	s := &statement{}
	addFound(s, search, s.arg(int64(search.Limit)+1))
	s.add(" SELECT ", auditColumns, ` FROM found f CROSS JOIN LATERAL (SELECT a.* FROM audit a WHERE a.ctid = f.place OFFSET 0) a`, inTime(search, "f"))
	return s
}

// SearchAudit returns one page.
func (s *Store) SearchAudit(ctx context.Context, search store.AuditSearch) (store.AuditPage, error) {
	if search.Limit = min(search.Limit, store.MaxAuditPage); search.Limit <= 0 {
		return store.AuditPage{}, nil
	}
	err := errors.Join(store.CheckKey("subject", search.SubjectType), store.CheckKey("actor", search.ActorKind), store.CheckKey("actor", search.ActorID),
		store.CheckKey("action", search.Action), store.CheckKey("request id", search.RequestID))
	if err != nil {
		return store.AuditPage{}, failure(ctx, "search audit", err)
	}
	limited, cancel := context.WithTimeout(ctx, s.queryTimeout)
	defer cancel()
	page, err := s.auditPage(limited, search)
	switch {
	case err == nil:
		return page, nil
	case ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded):
		return store.AuditPage{}, fmt.Errorf("search audit: time limit: %w", store.ErrTooMany)
	}
	return store.AuditPage{}, failure(ctx, "search audit", err)
}

// auditPage reads rows until the page is full. What follows is not read: closing
// rows would, were the statement not cancelled first.
func (s *Store) auditPage(ctx context.Context, search store.AuditSearch) (page store.AuditPage, err error) {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	found := selectAudit(search)
	rows, err := s.pool.Query(running, found.sql(), append([]any{planned}, found.args...)...)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	room := store.MaxAuditBytes
	for rows.Next() {
		if page.More = len(page.Rows) == search.Limit || room <= 0; page.More {
			cancel()
			return page, nil
		}
		row, err := scanAudit(rows, search.Tenant)
		if err != nil {
			return page, err
		}
		page.Rows = append(page.Rows, row)
		room -= row.Size()
	}
	return page, rows.Err()
}
