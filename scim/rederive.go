package scim

import (
	"context"
	"errors"
	"fmt"

	"rollcall/scim/schema"
	"rollcall/store"
)

// errOthersWrite says that something is stored that the check has not seen.
var errOthersWrite = errors.New("another copy of the server writes with an earlier definition: stop it and start again")

// reindex replaces what follows from the documents of a type.
func (d Redefinition) reindex(ctx context.Context, r store.Redefinition, one redefined) error {
	if one.change != schema.Rederived {
		return nil
	}
	d.log("indexing resources anew", "type", one.t.Name)
	pending := store.Definition{Type: one.t.Name, Document: []byte(pendingDefinition)}
	if err := r.SaveDefinitions(ctx, pending); err != nil {
		return err
	}
	if one.renamed && one.t.Naming != nil {
		// What names one resource now may have named another one before: all
		// names are given up before any is taken.
		if err := d.rewrite(ctx, r, one.t, func(next *store.Reindexed) { next.Record.Name = "" }); err != nil {
			return err
		}
	}
	return d.rewrite(ctx, r, one.t, func(*store.Reindexed) {})
}

// rewrite writes the resources page by page.
func (d Redefinition) rewrite(ctx context.Context, r store.Redefinition, t *schema.ResourceType, adjust func(*store.Reindexed)) error {
	page, total := make([]store.Reindexed, 0, redefinePage), 0
	flush := func() error {
		total += len(page)
		err := r.Reindex(ctx, page)
		page = page[:0]
		if errors.Is(err, store.ErrUniqueness) {
			return fmt.Errorf("%w (%w)", errOthersWrite, err)
		}
		return err
	}
	err := everyRecord(ctx, r, t, func(record *store.Record) error {
		next, err := rederive(t, record)
		if err != nil {
			return err
		}
		adjust(&next)
		if page = append(page, next); len(page) == redefinePage {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		d.log("resources are indexed", "type", t.Name, "resources", total)
	}
	return err
}

// rederive works out anew what follows from the document of a resource.
func rederive(t *schema.ResourceType, record *store.Record) (store.Reindexed, error) {
	object, err := t.Parse(record.Document)
	if err != nil {
		return store.Reindexed{}, fmt.Errorf("read the document: %w", err)
	}
	next := store.Reindexed{Record: *record, Unique: uniqueValues(t, object)}
	fill(&next.Record, t, object)
	return next, nil
}
