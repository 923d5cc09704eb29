package sqlite

import (
	"context"
	"errors"
	"fmt"

	"rollcall/store"
)

// SearchAudit returns one page.
func (s *Store) SearchAudit(ctx context.Context, search store.AuditSearch) (store.AuditPage, error) {
	if search.Limit = min(search.Limit, store.MaxAuditPage); search.Limit <= 0 {
		return store.AuditPage{}, nil
	}
	for _, text := range []string{search.SubjectType, search.ActorKind, search.ActorID, search.Action, search.RequestID} {
		if err := store.CheckKey("search", text); err != nil {
			return store.AuditPage{}, wrap(ctx, "search audit", err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, s.options.QueryTimeout)
	defer cancel()
	var page store.AuditPage
	err := s.read(limited, "search audit", func(tx *readTx) (err error) {
		page, err = auditPage(limited, tx, search)
		return err
	})
	switch {
	case err == nil:
		return page, nil
	case ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded):
		return store.AuditPage{}, fmt.Errorf("sqlite: search audit: no answer in %v: %w", s.options.QueryTimeout, store.ErrTooMany)
	}
	return store.AuditPage{}, err
}

// auditPage reads rows until the page is full.
func auditPage(ctx context.Context, tx *readTx, search store.AuditSearch) (page store.AuditPage, err error) {
	text := selectAudit(search)
	rows, err := tx.query(ctx, text.text, text.args...)
	if err != nil {
		return page, err
	}
	defer func() { _ = rows.Close() }()
	room := store.MaxAuditBytes
	for rows.Next() {
		if page.More = len(page.Rows) == search.Limit || room <= 0; page.More {
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

// selectAudit selects the rows of a page and one more. Only what is found is
// read whole: a row may be large.
func selectAudit(search store.AuditSearch) fragment {
	return sqlf("SELECT %s FROM (%s) f CROSS JOIN audit a ON a.seq = f.seq ORDER BY %s",
		raw(auditColumns), foundAudit(search, search.Limit+1), auditOrder(search, "f"))
}
