package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"rollcall/store"
)

// moved are the members that a change really added and removed.
type moved struct{ added, removed []string }

func (m moved) none() bool { return len(m.added)+len(m.removed) == 0 }

const (
	missingMembers = `
		SELECT DISTINCT a.value FROM json_each(?) a WHERE NOT EXISTS (
			SELECT 1 FROM json_each(?) t CROSS JOIN resource r ON r.tenant = ? AND r.type = t.value AND r.id = a.value
		) LIMIT 10`
	addMembers = `
		INSERT INTO member (tenant, group_id, member_id, group_type, member_type)
		SELECT r.tenant, ?, r.id, ?, r.type
		FROM json_each(?) a CROSS JOIN json_each(?) t CROSS JOIN resource r ON r.tenant = ? AND r.type = t.value AND r.id = a.value
		WHERE true ON CONFLICT DO NOTHING RETURNING member_id`
	removeMembers = `DELETE FROM member WHERE tenant = ? AND group_id = ? AND member_id IN (SELECT value FROM json_each(?)) RETURNING member_id`
	keepMembers   = `DELETE FROM member WHERE tenant = ? AND group_id = ? AND member_id NOT IN (SELECT value FROM json_each(?)) RETURNING member_id`
)

// members applies a folded change in a statement for each of its parts, so that
// a hundred thousand members cost no more calls than one.
func (c commit) members(ctx context.Context, key store.Key, change store.MemberChange, types []string) (moved, error) {
	if change.IsZero() {
		return moved{}, nil
	}
	tenant, group := int64(key.Tenant), key.ID.String()
	// In order of id, which is the order that the rows have on disk.
	add, err := sortedArray(change.Add)
	if err != nil {
		return moved{}, err
	}
	remove, err := sortedArray(change.Remove)
	if err != nil {
		return moved{}, err
	}
	allowed, err := json.Marshal(types)
	if err != nil {
		return moved{}, err
	}
	var done moved
	if len(change.Add) > 0 {
		missing, err := c.texts(ctx, missingMembers, add, string(allowed), tenant)
		if err != nil {
			return moved{}, err
		}
		if len(missing) > 0 {
			return moved{}, memberError(missing)
		}
	}
	if change.RemoveWhere != nil {
		if done.removed, err = c.removeWhere(ctx, tenant, group, add, change.RemoveWhere); err != nil {
			return moved{}, err
		}
	}
	if change.Replace {
		if done.removed, err = c.texts(ctx, keepMembers, tenant, group, add); err != nil {
			return moved{}, err
		}
	} else if len(change.Remove) > 0 {
		removed, err := c.texts(ctx, removeMembers, tenant, group, remove)
		if err != nil {
			return moved{}, err
		}
		done.removed = append(done.removed, removed...)
	}
	if len(change.Add) > 0 {
		if done.added, err = c.texts(ctx, addMembers, group, key.Type, add, string(allowed), tenant); err != nil {
			return moved{}, err
		}
	}
	return done, nil
}

// removeWhere removes the members that satisfy a condition and are not in the
// array that is added.
func (c commit) removeWhere(ctx context.Context, tenant int64, group, add string, where store.Expr) ([]string, error) {
	condition, err := memberScope().condition(where)
	if err != nil {
		return nil, err
	}
	statement := sqlf(`DELETE FROM member WHERE tenant = %s AND group_id = %s AND %s AND member_id NOT IN (SELECT value FROM json_each(%s)) RETURNING member_id`,
		tenant, group, condition, add)
	return c.textsOnce(ctx, statement.text, statement.args...)
}

// sortedArray is a JSON array of ids.
func sortedArray(ids []uuid.UUID) (string, error) {
	texts := make([]string, 0, len(ids))
	for _, id := range ids {
		texts = append(texts, id.String())
	}
	slices.Sort(texts)
	array, err := json.Marshal(texts)
	return string(array), err
}

func memberError(texts []string) error {
	ids, err := parseIDs(texts)
	if err != nil {
		return err
	}
	return &store.MemberError{IDs: ids}
}

func parseIDs(texts []string) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	for _, text := range texts {
		id, err := uuid.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("id of a member: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
