package sqlite

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"rollcall/store"
)

type restoration struct {
	*store.Restore
	shadow shadow
}

func prepareRestore(restore *store.Restore) (change, error) {
	shadow, err := readShadow(restore.Record.Index)
	return restoration{restore, shadow}, err
}

// gone is what a change needs to know of a departed resource.
type gone struct {
	created, version, facts int64
	kept                    bool
	members, groups         string
}

// findGone reads a departed resource and checks its version.
func (c commit) findGone(ctx context.Context, key store.Key, match int64) (gone, error) {
	var found gone
	err := c.row(ctx, `SELECT created, version, facts_revision, kept, members, groups FROM departed WHERE tenant = ? AND type = ? AND id = ?`,
		[]any{int64(key.Tenant), key.Type, key.ID.String()}, &found.created, &found.version, &found.facts, &found.kept, &found.members, &found.groups)
	if err != nil {
		return gone{}, noRows(err)
	}
	if match != 0 && match != found.version {
		return gone{}, store.ErrVersion
	}
	return found, nil
}

const (
	rejoinGroups = `
		INSERT INTO member (tenant, group_id, group_type, member_id, member_type)
		SELECT g.tenant, g.id, g.type, ?, ? FROM json_each(?) s CROSS JOIN resource g ON g.tenant = ? AND g.type = s.value ->> 1 AND g.id = s.value ->> 0
		WHERE true ON CONFLICT DO NOTHING RETURNING group_id`
	rejoinMembers = `
		INSERT INTO member (tenant, group_id, group_type, member_id, member_type)
		SELECT m.tenant, ?, ?, m.id, m.type FROM json_each(?) s CROSS JOIN resource m ON m.tenant = ? AND m.type = s.value ->> 1 AND m.id = s.value ->> 0
		WHERE true ON CONFLICT DO NOTHING`
	lostKin = `
		SELECT DISTINCT s.value ->> 0 AS id FROM (SELECT value FROM json_each(?2) UNION ALL SELECT value FROM json_each(?3)) s
		WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.tenant = ?1 AND r.type = s.value ->> 1 AND r.id = s.value ->> 0) ORDER BY id LIMIT 1000`
	gladden = `
		UPDATE resource SET version = version + 1, modified = max(modified, ?)
		WHERE rid IN (SELECT g.rid FROM json_each(?) s CROSS JOIN resource g ON g.tenant = ? AND g.type = s.value ->> 1 AND g.id = s.value ->> 0
			WHERE g.id IN (SELECT value FROM json_each(?)))`
)

func (r restoration) apply(ctx context.Context, c commit) (store.Committed, error) {
	found, err := c.findGone(ctx, r.Record.Key, r.Match)
	if err != nil {
		return store.Committed{}, err
	}
	record := r.Record
	record.Created, record.Version, record.Facts.Revision = instant(found.created), found.version+1, found.facts+1
	rid, err := c.insert(ctx, &record, r.shadow)
	if err != nil {
		return store.Committed{}, err
	}
	if err := c.claim(ctx, record.Key, rid, r.Unique); err != nil {
		return store.Committed{}, err
	}
	if r.PasswordHash != "" {
		if err := c.password(ctx, rid, r.PasswordHash); err != nil {
			return store.Committed{}, err
		}
	}
	lost, err := r.rejoin(ctx, c, found)
	if err != nil {
		return store.Committed{}, err
	}
	_, err = c.exec(ctx, `DELETE FROM departed WHERE tenant = ? AND type = ? AND id = ?`, int64(record.Tenant), record.Type, record.ID.String())
	if err != nil {
		return store.Committed{}, err
	}
	if err := c.trail(ctx, record.Key, record.Version, r.Trail, moved{}); err != nil {
		return store.Committed{}, err
	}
	return store.Committed{Version: record.Version, Modified: instant(micros(record.Modified)), Changed: true, Lost: lost}, nil
}

// rejoin puts back the memberships of the snapshot whose other side is living,
// as far as they are not still there, and returns who is not.
func (r restoration) rejoin(ctx context.Context, c commit, found gone) ([]uuid.UUID, error) {
	key := r.Record.Key
	tenant, id := int64(key.Tenant), key.ID.String()
	gained, err := c.texts(ctx, rejoinGroups, id, key.Type, found.groups, tenant)
	if err != nil {
		return nil, err
	}
	// A group that was a member of itself does not gain one.
	groups, err := idArray(slices.DeleteFunc(gained, func(group string) bool { return group == id }))
	if err != nil {
		return nil, err
	}
	err = c.all(ctx, []call{
		{gladden, []any{micros(r.Record.Modified), found.groups, tenant, groups}},
		{rejoinMembers, []any{id, key.Type, found.members, tenant}},
	})
	if err != nil {
		return nil, err
	}
	lost, err := c.texts(ctx, lostKin, tenant, found.groups, found.members)
	if err != nil {
		return nil, err
	}
	return parseIDs(lost)
}
