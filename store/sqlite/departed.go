package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"rollcall/store"
)

// departedColumns begin with recordColumns, of a departed row r.
const departedColumns = recordColumns + `, r.unique_values, r.departed, r.purge_after, r.kept, r.held_by, json_array_length(r.groups), json_array_length(r.members),
	a.revision, a.last_login, a.last_token_use, a.failed, a.state`

// fromDeparted gives the row the number that a resource has.
const fromDeparted = ` FROM (SELECT 0 AS rid, * FROM departed) r
	LEFT JOIN activity a ON a.tenant = r.tenant AND a.type = r.type AND a.id = r.id WHERE r.tenant = ? AND r.type = ?`

func scanDeparted(scan func(...any) error) (store.Departed, error) {
	var (
		departed store.Departed
		unique   []byte
		at       int64
		purge    sql.NullInt64

		revision, failed, login, token sql.NullInt64
		state                          []byte
	)
	_, record, err := scanRecord(func(into ...any) error {
		return scan(append(into, &unique, &at, &purge, &departed.Kept, &departed.HeldBy, &departed.Groups, &departed.Members,
			&revision, &login, &token, &failed, &state)...)
	})
	if err != nil {
		return store.Departed{}, err
	}
	record.Activity = store.Activity{
		Revision: revision.Int64, LastLogin: optionalInstant(login), LastTokenUse: optionalInstant(token), Failed: int(failed.Int64), State: state,
	}
	departed.Record, departed.At, departed.PurgeAfter = record, instant(at), optionalInstant(purge)
	var values [][2]string
	if err := json.Unmarshal(unique, &values); err != nil {
		return store.Departed{}, fmt.Errorf("unique values: %w", err)
	}
	for _, value := range values {
		departed.Unique = append(departed.Unique, store.UniqueValue{Attribute: value[0], Value: value[1]})
	}
	return departed, nil
}

// Departed returns a deleted resource.
func (s *Store) Departed(ctx context.Context, key store.Key) (departed store.Departed, err error) {
	err = s.read(ctx, "departed", func(tx *readTx) error {
		row := tx.row(ctx, `SELECT `+departedColumns+fromDeparted+` AND r.id = ?`, int64(key.Tenant), key.Type, key.ID.String())
		departed, err = scanDeparted(row.Scan)
		return noRows(err)
	})
	return departed, err
}

// listDeparted compares the beginning of the label; lower knows ASCII alone.
// What is held is found by an index, whose condition listHeld repeats.
const (
	listDeparted = `SELECT ` + departedColumns + fromDeparted + ` AND (r.departed, r.id) < (?3, ?4)
	AND (?5 = 0 OR substr(CAST(lower(r.label) AS BLOB), 1, ?5) = ?6)`
	listHeld  = ` AND r.kept = 1 AND r.held_by IS ?8`
	lastFirst = ` ORDER BY r.departed DESC, r.id DESC LIMIT ?7`
)

// DepartedPage returns a page of deleted resources.
func (s *Store) DepartedPage(ctx context.Context, query store.DepartedQuery) (page []store.Departed, more bool, err error) {
	limit, at := max(query.Limit, 0), int64(1<<63-1)
	if !query.After.At.IsZero() {
		at = micros(query.After.At)
	}
	label := lowerASCII(query.Label)
	text := listDeparted
	args := []any{int64(query.Tenant), query.Type, at, query.After.ID.String(), len(label), []byte(label), limit + 1}
	if query.Held {
		text, args = text+listHeld, append(args, optionalID(query.HeldBy))
	}
	err = s.read(ctx, "list departed", func(tx *readTx) error {
		rows, err := tx.query(ctx, text+lastFirst, args...)
		return each(rows, err, func(rows *sql.Rows) error {
			departed, err := scanDeparted(rows.Scan)
			page = append(page, departed)
			return err
		})
	})
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	return page, more, err
}

const departedAs = `SELECT ` + departedColumns + fromDeparted + ` AND r.external_id = ? ORDER BY r.departed DESC, r.id DESC LIMIT ?`

// DepartedAs returns deleted resources by their external ids.
func (s *Store) DepartedAs(ctx context.Context, tenant store.TenantID, typ string, externalIDs []string, most int) (found []store.Departed, err error) {
	wanted := slices.Clone(externalIDs)
	slices.Sort(wanted)
	err = s.read(ctx, "find departed", func(tx *readTx) error {
		for _, externalID := range slices.Compact(wanted) {
			if externalID == "" || store.CheckText("external id", externalID) != nil {
				continue
			}
			rows, err := tx.query(ctx, departedAs, int64(tenant), typ, externalID, max(most, 0))
			if err := each(rows, err, func(rows *sql.Rows) error {
				departed, err := scanDeparted(rows.Scan)
				found = append(found, departed)
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// lowerASCII goes byte by byte, as lower does.
func lowerASCII(text string) string {
	lower := []byte(text)
	for i, b := range lower {
		if 'A' <= b && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	return string(lower)
}

// Purged returns when a resource was purged.
func (s *Store) Purged(ctx context.Context, key store.Key) (time.Time, error) {
	var at int64
	err := s.one(ctx, "find tombstone", `SELECT at FROM tombstone WHERE tenant = ? AND type = ? AND id = ?`,
		[]any{int64(key.Tenant), key.Type, key.ID.String()}, &at)
	if err != nil {
		return time.Time{}, err
	}
	return instant(at), nil
}
