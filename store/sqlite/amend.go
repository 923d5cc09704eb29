package sqlite

import (
	"context"

	"rollcall/store"
)

type amendment struct{ *store.Amend }

func (a amendment) apply(ctx context.Context, c commit) (store.Committed, error) {
	found, err := c.findGone(ctx, a.Key, a.Match)
	if err != nil {
		return store.Committed{}, err
	}
	at := a.Trail.Audit.At
	kept := found.kept && !a.Strip
	args := append([]any{optionalMicros(a.PurgeAfter), kept}, factValues(&a.Facts)...)
	_, err = c.exec(ctx, `UPDATE departed SET version = version + 1, purge_after = ?1, kept = ?2, held_by = iif(?2, held_by, NULL), `+factAssignments+` WHERE tenant = ? AND type = ? AND id = ?`,
		append(args, int64(a.Key.Tenant), a.Key.Type, a.Key.ID.String())...)
	if err != nil {
		return store.Committed{}, err
	}
	if a.Strip && found.kept {
		if err := c.strip(ctx, a.Key, micros(at)); err != nil {
			return store.Committed{}, err
		}
	}
	return store.Committed{Version: found.version + 1, Modified: instant(micros(at)), Changed: true}, c.trail(ctx, a.Key, found.version+1, a.Trail, moved{})
}

type erasure struct{ *store.Purge }

func (e erasure) apply(ctx context.Context, c commit) (store.Committed, error) {
	found, err := c.findGone(ctx, e.Key, e.Match)
	if err != nil {
		return store.Committed{}, err
	}
	at := micros(e.Trail.Audit.At)
	if found.kept {
		if err := c.strip(ctx, e.Key, at); err != nil {
			return store.Committed{}, err
		}
	}
	key := []any{int64(e.Key.Tenant), e.Key.Type, e.Key.ID.String()}
	err = c.all(ctx, []call{
		{`DELETE FROM departed WHERE tenant = ? AND type = ? AND id = ?`, key},
		{`DELETE FROM activity WHERE tenant = ? AND type = ? AND id = ?`, key},
		{`DELETE FROM sign_in WHERE tenant = ? AND type = ? AND id = ?`, key},
		{`INSERT OR REPLACE INTO tombstone (tenant, type, id, at, version) VALUES (?, ?, ?, ?, ?)`, append(key[:3:3], at, found.version+1)},
	})
	if err != nil {
		return store.Committed{}, err
	}
	return store.Committed{Version: found.version + 1, Modified: instant(at), Changed: true}, c.trail(ctx, e.Key, found.version+1, e.Trail, moved{})
}
