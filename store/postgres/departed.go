package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	departedColumns = columns + `, r.unique_values, r.deleted_at, r.purge_after, r.kept, r.held_by, jsonb_array_length(r.groups), jsonb_array_length(r.members)` + activityColumns

	departedSQL = `SELECT ` + departedColumns + ` FROM departed r` + joinActivity + ` WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3`

	// Lower case in the collation C is that of ASCII.
	departedPageSQL = `SELECT ` + departedColumns + ` FROM departed r` + joinActivity + `
	WHERE r.tenant = $1 AND r.type = $2 AND ($3::timestamptz IS NULL OR (r.deleted_at, r.id) < ($3, $4::uuid))
	AND lower(r.label COLLATE "C") LIKE $5::text`
	// What is held, of whomever, is few among what has departed.
	heldSQL      = ` AND r.kept AND r.held_by IS NOT DISTINCT FROM $7::uuid`
	lastFirstSQL = ` ORDER BY r.deleted_at DESC, r.id DESC LIMIT $6`

	departedAsSQL = `SELECT ` + departedColumns + ` FROM (SELECT DISTINCT x.external_id FROM unnest($3::text[]) AS x (external_id)) x
	CROSS JOIN LATERAL (SELECT * FROM departed d WHERE d.tenant = $1 AND d.type = $2 AND d.external_id = x.external_id
		ORDER BY d.deleted_at DESC, d.id DESC LIMIT $4) r` + joinActivity + ` ORDER BY r.deleted_at DESC, r.id DESC`

	purgedSQL = `SELECT at FROM tombstone WHERE tenant = $1 AND type = $2 AND id = $3`
)

// departedRow receives departedColumns.
type departedRow struct {
	row
	activityRow
	unique          []byte
	at, purgeAfter  pgtype.Timestamptz
	kept            bool
	heldBy          pgtype.UUID
	groups, members int
}

func (w *departedRow) departed(source pgx.Row, tenant store.TenantID) (store.Departed, error) {
	targets := append(w.row.targets(), &w.unique, &w.at, &w.purgeAfter, &w.kept, &w.heldBy, &w.groups, &w.members)
	targets = append(targets, w.activityRow.targets()...)
	if err := source.Scan(targets...); err != nil {
		return store.Departed{}, err
	}
	record, err := w.record(tenant)
	if err != nil {
		return store.Departed{}, err
	}
	record.Activity = w.activity()
	departed := store.Departed{
		Record: record, At: instant(w.at), PurgeAfter: instant(w.purgeAfter), Kept: w.kept, HeldBy: w.heldBy.Bytes, Groups: w.groups, Members: w.members,
	}
	var unique [][2]string
	if err := json.Unmarshal(w.unique, &unique); err != nil {
		return store.Departed{}, fmt.Errorf("unique values: %w", err)
	}
	for _, value := range unique {
		departed.Unique = append(departed.Unique, store.UniqueValue{Attribute: value[0], Value: value[1]})
	}
	return departed, nil
}

// Departed returns a deleted resource.
func (s *Store) Departed(ctx context.Context, key store.Key) (store.Departed, error) {
	var w departedRow
	departed, err := w.departed(s.pool.QueryRow(ctx, departedSQL, int64(key.Tenant), key.Type, id(key.ID)), key.Tenant)
	return departed, failure(ctx, "get departed "+key.Type, err)
}

// DepartedPage returns a page of deleted resources.
func (s *Store) DepartedPage(ctx context.Context, query store.DepartedQuery) (page []store.Departed, more bool, err error) {
	if !store.Storable(query.Type) || !store.Storable(query.Label) {
		return nil, false, nil
	}
	limit := max(query.Limit, 0)
	sql, args := departedPageSQL, []any{
		planned, int64(query.Tenant), query.Type, timeOrNull(query.After.At), id(query.After.ID),
		escapeLike.Replace(strings.Map(lowerASCII, query.Label)) + "%", int64(limit) + 1,
	}
	if query.Held {
		sql, args = sql+heldSQL, append(args, idOrNull(query.HeldBy))
	}
	page, err = collect(ctx, s, "list departed", func(source pgx.Row) (store.Departed, error) {
		var w departedRow
		return w.departed(source, query.Tenant)
	}, sql+lastFirstSQL, args...)
	if err != nil {
		return nil, false, err
	}
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	return page, more, nil
}

// DepartedAs returns deleted resources by their external ids.
func (s *Store) DepartedAs(ctx context.Context, tenant store.TenantID, typ string, externalIDs []string, most int) ([]store.Departed, error) {
	possible := slices.DeleteFunc(slices.Clone(externalIDs), func(externalID string) bool { return externalID == "" || !store.Storable(externalID) })
	if len(possible) == 0 || !store.Storable(typ) {
		return nil, nil
	}
	return collect(ctx, s, "find departed", func(source pgx.Row) (store.Departed, error) {
		var w departedRow
		return w.departed(source, tenant)
	}, departedAsSQL, planned, int64(tenant), typ, possible, int64(max(most, 0)))
}

func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// Purged returns when a resource was purged.
func (s *Store) Purged(ctx context.Context, key store.Key) (time.Time, error) {
	var at pgtype.Timestamptz
	err := s.pool.QueryRow(ctx, purgedSQL, int64(key.Tenant), key.Type, id(key.ID)).Scan(&at)
	return instant(at), failure(ctx, "find tombstone", err)
}
