package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"rollcall/store"
)

type creation struct {
	*store.Create
	shadow shadow
	// postponed says that some of the members do not exist yet.
	postponed bool
}

func prepareCreate(create *store.Create, postponed bool) (change, error) {
	shadow, err := readShadow(create.Record.Index)
	return creation{create, shadow, postponed}, err
}

const insertResource = `
	INSERT INTO resource (tenant, type, id, name, external_id, sort_name, label, created, modified, version, facts_revision, doc, idx, ` + factColumns + `)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, jsonb(?), ` + factParameters + `) RETURNING rid`

// insert writes the row of a resource, which counts from then on.
func (c commit) insert(ctx context.Context, record *store.Record, shadow shadow) (rid int64, err error) {
	tenant := int64(record.Tenant)
	err = c.row(ctx, insertResource, append([]any{
		tenant, record.Type, record.ID.String(), optional(record.Name), optional(record.ExternalID), optional(record.SortName),
		record.Label, micros(record.Created), micros(record.Modified), record.Version, record.Facts.Revision, string(record.Document), shadow.index,
	}, factValues(&record.Facts)...), &rid)
	if err != nil {
		return 0, c.whatIsTaken(ctx, record.Key, err)
	}
	c.totals[counter{tenant, record.Type}]++
	return rid, c.index(ctx, record.Key, rid, shadow)
}

func (create creation) apply(ctx context.Context, c commit) (store.Committed, error) {
	record := create.Record
	record.Version, record.Facts.Revision = 1, 1
	rid, err := c.insert(ctx, &record, create.shadow)
	if err != nil {
		return store.Committed{}, err
	}
	if err := c.claim(ctx, record.Key, rid, create.Unique); err != nil {
		return store.Committed{}, err
	}
	if create.PasswordHash != "" {
		if err := c.password(ctx, rid, create.PasswordHash); err != nil {
			return store.Committed{}, err
		}
	}
	moved, err := create.join(ctx, c)
	if err != nil {
		return store.Committed{}, err
	}
	if err := c.trail(ctx, record.Key, 1, create.Trail, moved); err != nil {
		return store.Committed{}, err
	}
	return store.Committed{Version: 1, Modified: instant(micros(record.Modified)), Changed: true}, nil
}

// join adds the members of a new group. Those of a postponed one are known to
// be all added, or the commit fails.
func (create creation) join(ctx context.Context, c commit) (moved, error) {
	if !create.postponed {
		return c.members(ctx, create.Record.Key, store.MemberChange{Add: create.Members}, create.MemberTypes)
	}
	var all moved
	for _, id := range create.Members {
		all.added = append(all.added, id.String())
	}
	slices.Sort(all.added)
	all.added = slices.Compact(all.added)
	return all, nil
}

// joinPostponed adds the members of groups that waited for a change.
func (c commit) joinPostponed(ctx context.Context, ready []change, postponed map[int]int, after int) error {
	for i, at := range postponed {
		if at != after {
			continue
		}
		create := ready[i].(creation)
		create.postponed = false
		if _, err := create.join(ctx, c); err != nil {
			return &store.ChangeError{Index: i, Err: translate(ctx, err)}
		}
	}
	return nil
}

// whatIsTaken tells a name that is in use from a key that is: the failed
// statement has changed nothing, and the transaction sees the holder.
func (c commit) whatIsTaken(ctx context.Context, key store.Key, err error) error {
	if dangling(err) {
		return store.ErrNotFound // the tenant
	}
	if !taken(err) {
		return err
	}
	var one int
	err = c.row(ctx, `SELECT 1 FROM resource WHERE tenant = ? AND type = ? AND id = ?`, []any{int64(key.Tenant), key.Type, key.ID.String()}, &one)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return &store.UniquenessError{Attribute: store.NameAttribute}
	case err != nil:
		return err
	}
	return &store.UniquenessError{}
}

// index writes the side table's rows of a resource.
func (c commit) index(ctx context.Context, key store.Key, rid int64, shadow shadow) error {
	_, err := c.exec(ctx, `INSERT INTO attr (tenant, type, path, value, rid) SELECT ?, ?, value ->> 0, value ->> 1, ? FROM json_each(?)`,
		int64(key.Tenant), key.Type, rid, shadow.rows)
	return err
}

// claim takes unique values for a resource. What it holds already is its own.
func (c commit) claim(ctx context.Context, key store.Key, rid int64, values []store.UniqueValue) error {
	for _, value := range values {
		held, err := c.exec(ctx, `INSERT INTO unique_value (tenant, type, attribute, value, rid) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (tenant, type, attribute, value) DO UPDATE SET rid = rid WHERE rid = excluded.rid`,
			int64(key.Tenant), key.Type, value.Attribute, value.Value, rid)
		if err != nil {
			return err
		}
		if held == 0 {
			return &store.UniquenessError{Attribute: value.Attribute}
		}
	}
	return nil
}

// password keeps the hash of a password, or removes it.
func (c commit) password(ctx context.Context, rid int64, hash string) error {
	if hash == "" {
		_, err := c.exec(ctx, `DELETE FROM credential WHERE rid = ?`, rid)
		return err
	}
	_, err := c.exec(ctx, `INSERT INTO credential (rid, hash) VALUES (?, ?) ON CONFLICT (rid) DO UPDATE SET hash = excluded.hash`, rid, hash)
	return err
}
