package audit

import (
	"context"
	"iter"
	"time"

	"rollcall/store"
)

// settling is how long after its time a row may still become visible: longer
// than a request may take, and than the clocks of copies differ by.
const settling = 5 * time.Minute

// Settled bounds a search so that a walk oldest first misses nothing: rows that
// are younger than what may still be on its way are left for the next export.
func Settled(search store.AuditSearch, now time.Time) store.AuditSearch {
	search.OldestFirst = true
	if bound := now.Add(-settling); search.Until.IsZero() || search.Until.After(bound) {
		search.Until = bound
	}
	return search
}

// Walk yields every row that a search finds, page by page: it needs the memory
// of one page and holds no connection while the consumer is busy. It ends with
// the first error.
func Walk(ctx context.Context, reader store.AuditReader, search store.AuditSearch) iter.Seq2[store.AuditRow, error] {
	return func(yield func(store.AuditRow, error) bool) {
		search.Limit = store.MaxAuditPage
		for {
			page, err := reader.SearchAudit(ctx, search)
			if err != nil {
				yield(store.AuditRow{}, err)
				return
			}
			for _, row := range page.Rows {
				if !yield(row, nil) {
					return
				}
				search.After = row.Position
			}
			if !page.More {
				return
			}
		}
	}
}
