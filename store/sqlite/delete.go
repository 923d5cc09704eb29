package sqlite

import (
	"context"

	"rollcall/store"
)

type deletion struct{ *store.Delete }

// depart copies the resource with a snapshot of its memberships both ways. An
// id that departs a second time replaces its first departure.
const depart = `
	INSERT OR REPLACE INTO departed (tenant, type, id, name, external_id, sort_name, label, created, modified, version, facts_revision,
		doc, idx, ` + factColumns + `, unique_values, members, groups, departed, purge_after, kept, held_by)
	SELECT tenant, type, id, name, external_id, sort_name, label, created, modified, version + 1, facts_revision,
		doc, idx, ` + factColumns + `,
		(SELECT json_group_array(json_array(u.attribute, u.value)) FROM unique_value u WHERE u.rid = r.rid),
		(SELECT json_group_array(json_array(m.member_id, m.member_type)) FROM member m
			WHERE m.tenant = r.tenant AND m.group_id = r.id AND m.group_type = r.type),
		(SELECT json_group_array(json_array(m.group_id, m.group_type)) FROM member m INDEXED BY member_member
			WHERE m.tenant = r.tenant AND m.member_id = r.id AND m.member_type = r.type AND m.group_id <> r.id),
		?, ?, ?, ?
	FROM resource r WHERE rid = ?`

// bereave moves the groups that lose the resource on by one version.
const bereave = `
	UPDATE resource SET version = version + 1, modified = max(modified, ?)
	WHERE rid IN (
		SELECT g.rid FROM member m INDEXED BY member_member CROSS JOIN resource g ON g.tenant = m.tenant AND g.type = m.group_type AND g.id = m.group_id
		WHERE m.tenant = ? AND m.member_id = ? AND m.member_type = ?)`

// strip removes the memberships of a resource in both directions, and moves the
// groups that lose it on by one version.
func (c commit) strip(ctx context.Context, key store.Key, at int64) error {
	tenant, id := int64(key.Tenant), key.ID.String()
	return c.all(ctx, []call{
		{bereave, []any{at, tenant, id, key.Type}},
		{`DELETE FROM member INDEXED BY member_member WHERE tenant = ? AND member_id = ? AND member_type = ?`, []any{tenant, id, key.Type}},
		{`DELETE FROM member WHERE tenant = ? AND group_id = ? AND group_type = ?`, []any{tenant, id, key.Type}},
	})
}

// call is a statement with its arguments.
type call struct {
	text string
	args []any
}

func (c commit) all(ctx context.Context, calls []call) error {
	for _, one := range calls {
		if _, err := c.exec(ctx, one.text, one.args...); err != nil {
			return err
		}
	}
	return nil
}

func (d deletion) apply(ctx context.Context, c commit) (store.Committed, error) {
	found, err := c.find(ctx, d.Key, d.Match, d.MatchFacts)
	if err != nil {
		return store.Committed{}, err
	}
	key := []any{int64(d.Key.Tenant), d.Key.Type, d.Key.ID.String()}
	var heldBy any
	if d.Keep {
		heldBy = optionalID(d.HeldBy)
	}
	if _, err := c.exec(ctx, depart, micros(d.At), optionalMicros(d.PurgeAfter), d.Keep, heldBy, found.rid); err != nil {
		return store.Committed{}, err
	}
	if d.Facts != nil {
		_, err := c.exec(ctx, `UPDATE departed SET `+factAssignments+` WHERE tenant = ? AND type = ? AND id = ?`, append(factValues(d.Facts), key...)...)
		if err != nil {
			return store.Committed{}, err
		}
	}
	if !d.Keep {
		if err := c.strip(ctx, d.Key, micros(d.At)); err != nil {
			return store.Committed{}, err
		}
	}
	err = c.all(ctx, []call{
		{`DELETE FROM attr WHERE rid = ?`, []any{found.rid}},
		{`DELETE FROM unique_value WHERE rid = ?`, []any{found.rid}},
		{`DELETE FROM credential WHERE rid = ?`, []any{found.rid}},
		{`DELETE FROM link WHERE tenant = ? AND type = ? AND id = ?`, key},
		{`DELETE FROM resource WHERE rid = ?`, []any{found.rid}},
	})
	if err != nil {
		return store.Committed{}, err
	}
	if err := c.revoke(ctx, d.Key, d.At); err != nil {
		return store.Committed{}, err
	}
	c.totals[counter{int64(d.Key.Tenant), d.Key.Type}]--
	if err := c.trail(ctx, d.Key, found.version+1, d.Trail, moved{}); err != nil {
		return store.Committed{}, err
	}
	return store.Committed{Version: found.version + 1, Modified: instant(micros(d.At)), Changed: true}, nil
}
