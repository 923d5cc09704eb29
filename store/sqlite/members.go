package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"rollcall/store"
)

// listMembers reads a page; a negative limit is none.
const listMembers = listMembersAfter + ` ORDER BY member_id LIMIT ?`

const listMembersAfter = `SELECT member_id, member_type FROM member WHERE tenant = ? AND group_id = ? AND member_id > ?`

// listMembersWhere is listMembers with a condition.
func listMembersWhere(where store.Expr) (fragment, error) {
	if where == nil {
		return fragment{text: listMembers}, nil
	}
	condition, err := memberScope().condition(where)
	condition.text = listMembersAfter + " AND " + condition.text + " ORDER BY member_id LIMIT ?"
	return condition, err
}

// memberScope is what a condition on a member is about.
func memberScope() scope {
	return scope{relatedID: "member_id", relatedType: "member_type", aliases: new(int)}
}

// Members streams the direct members of groups. The primary key of member has
// the order, so that nothing is sorted and nothing is kept.
func (s *Store) Members(ctx context.Context, tenant store.TenantID, groups []uuid.UUID, page store.MemberPage) iter.Seq2[store.Membership, error] {
	return func(yield func(store.Membership, error) bool) {
		after, limit := "", -1
		if page.After != uuid.Nil {
			after = page.After.String()
		}
		if page.Limit > 0 {
			limit = page.Limit
		}
		list, err := listMembersWhere(page.Where)
		if err != nil {
			yield(store.Membership{}, wrap(ctx, "members", err))
			return
		}
		fixed := list.text
		if page.Where != nil {
			fixed = "" // there are too many conditions to keep their statements
		}
		stopped := false
		err = s.readFixed(ctx, "members", fixed, func(tx *readTx) error {
			for _, group := range groups {
				args := append(append([]any{int64(tenant), group.String(), after}, list.args...), limit)
				rows, err := tx.list(ctx, list.text, args)
				if err != nil {
					return err
				}
				if stopped, err = streamMembers(rows, group, yield); stopped || err != nil {
					return err
				}
			}
			return ctx.Err()
		})
		if err != nil && !stopped {
			yield(store.Membership{}, err)
		}
	}
}

// list runs the prepared statement of a call, or a text where there is none.
func (t *readTx) list(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if t.fixed != nil {
		return t.fixed.QueryContext(ctx, args...)
	}
	return t.query(ctx, text, args...)
}

// streamMembers hands out the members of one group and closes rows whatever
// happens, a panic of the consumer included.
func streamMembers(rows *sql.Rows, group uuid.UUID, yield func(store.Membership, error) bool) (stopped bool, err error) {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var member, typ string
		if err := rows.Scan(&member, &typ); err != nil {
			return false, err
		}
		id, err := uuid.Parse(member)
		if err != nil {
			return false, fmt.Errorf("id of a member: %w", err)
		}
		if !yield(store.Membership{Group: group, Member: id, Type: typ}, nil) {
			return true, nil
		}
	}
	return false, rows.Err()
}

// listGroups climbs from each start to all groups above it. UNION drops what it
// has seen, so that a cycle of groups ends. Without statistics SQLite believes
// the key of member, which leads with the tenant, to be as good as the index by
// member: it would walk all memberships of the tenant.
const listGroups = `
	WITH RECURSIVE up(start, tenant, id, type) AS (
		SELECT r.rid, m.tenant, m.group_id, m.group_type
		FROM json_each(?) s
		CROSS JOIN resource r ON r.rid = s.value
		CROSS JOIN member m INDEXED BY member_member ON m.tenant = r.tenant AND m.member_id = r.id AND m.member_type = r.type
		UNION
		SELECT up.start, m.tenant, m.group_id, m.group_type
		FROM up CROSS JOIN member m INDEXED BY member_member ON m.tenant = up.tenant AND m.member_id = up.id AND m.member_type = up.type
	)
	SELECT up.start, up.id, up.type, g.label,
		EXISTS (SELECT 1 FROM member d WHERE d.tenant = up.tenant AND d.group_id = up.id AND d.member_id = s.id) AS direct
	FROM up
	CROSS JOIN resource s ON s.rid = up.start
	CROSS JOIN resource g ON g.tenant = up.tenant AND g.type = up.type AND g.id = up.id
	ORDER BY up.start, direct DESC, up.id`

// groupsOf returns the groups of resources by their row ids, in one query.
func groupsOf(ctx context.Context, tx *readTx, rids []int64) (map[int64][]store.Group, error) {
	starts, err := json.Marshal(rids)
	if err != nil {
		return nil, err
	}
	groups := map[int64][]store.Group{}
	rows, err := tx.query(ctx, listGroups, string(starts))
	err = each(rows, err, func(rows *sql.Rows) error {
		var (
			rid   int64
			id    string
			group store.Group
		)
		if err := rows.Scan(&rid, &id, &group.Type, &group.Label, &group.Direct); err != nil {
			return err
		}
		if group.ID, err = uuid.Parse(id); err != nil {
			return fmt.Errorf("id of a group: %w", err)
		}
		groups[rid] = append(groups[rid], group)
		return nil
	})
	return groups, err
}
