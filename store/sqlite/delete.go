package sqlite

import (
	"context"

	"rollcall/store"
)

type deletion struct{ *store.Delete }

// depart copies the resource with a snapshot of its memberships both ways. An
// id that departs a second time replaces its first departure.
const depart = `
	INSERT OR REPLACE INTO departed (tenant, type, id, name, external_id, sort_name, label, created, modified, version,
		stage, suspended_until, suspensions, doc, idx, members, groups, departed, purge_after)
	SELECT tenant, type, id, name, external_id, sort_name, label, created, modified, version + 1,
		stage, suspended_until, suspensions, doc, idx,
		(SELECT json_group_array(json_array(m.member_id, m.member_type)) FROM member m
			WHERE m.tenant = r.tenant AND m.group_id = r.id AND m.group_type = r.type),
		(SELECT json_group_array(json_array(m.group_id, m.group_type)) FROM member m INDEXED BY member_member
			WHERE m.tenant = r.tenant AND m.member_id = r.id AND m.member_type = r.type),
		?, ?
	FROM resource r WHERE rid = ?`

// bereave moves the groups that lose the resource on by one version.
const bereave = `
	UPDATE resource SET version = version + 1, modified = max(modified, ?)
	WHERE rid IN (
		SELECT g.rid FROM member m INDEXED BY member_member CROSS JOIN resource g ON g.tenant = m.tenant AND g.type = m.group_type AND g.id = m.group_id
		WHERE m.tenant = ? AND m.member_id = ? AND m.member_type = ?)`

func (d deletion) apply(ctx context.Context, c commit) (store.Committed, error) {
	found, err := c.find(ctx, d.Key, d.Match)
	if err != nil {
		return store.Committed{}, err
	}
	tenant, id := int64(d.Key.Tenant), d.Key.ID.String()
	steps := []struct {
		text string
		args []any
	}{
		{depart, []any{micros(d.At), micros(d.PurgeAfter), found.rid}},
		{bereave, []any{micros(d.At), tenant, id, d.Key.Type}},
		{`DELETE FROM member INDEXED BY member_member WHERE tenant = ? AND member_id = ? AND member_type = ?`, []any{tenant, id, d.Key.Type}},
		{`DELETE FROM member WHERE tenant = ? AND group_id = ? AND group_type = ?`, []any{tenant, id, d.Key.Type}},
		{`DELETE FROM attr WHERE rid = ?`, []any{found.rid}},
		{`DELETE FROM unique_value WHERE rid = ?`, []any{found.rid}},
		{`DELETE FROM credential WHERE rid = ?`, []any{found.rid}},
		{`DELETE FROM resource WHERE rid = ?`, []any{found.rid}},
	}
	for _, step := range steps {
		if _, err := c.exec(ctx, step.text, step.args...); err != nil {
			return store.Committed{}, err
		}
	}
	c.totals[counter{tenant, d.Key.Type}]--
	if err := c.trail(ctx, d.Key, found.version+1, d.Trail, moved{}); err != nil {
		return store.Committed{}, err
	}
	return store.Committed{Version: found.version + 1, Modified: instant(micros(d.At)), Changed: true}, nil
}
