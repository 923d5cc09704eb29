package postgres

import (
	"context"
	"errors"
	"iter"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	// membersOfOne reads one group in the order of the index: nothing is sorted
	// and the first row leaves at once.
	membersOfOne = `SELECT m.group_id, m.member_id, m.type FROM member m
		WHERE m.tenant = $1 AND m.group_id = $2 ORDER BY m.member_id`
	membersOfMany = `SELECT m.group_id, m.member_id, m.type
		FROM unnest($2::uuid[]) WITH ORDINALITY AS g (id, n)
		JOIN member m ON m.tenant = $1 AND m.group_id = g.id ORDER BY g.n, m.member_id`
	// pageOfOne and pageOfMany read no more of the index than the page holds.
	pageOfOne = `SELECT m.group_id, m.member_id, m.type FROM member m
		WHERE m.tenant = $1 AND m.group_id = $2 AND m.member_id > $3 ORDER BY m.member_id LIMIT $4`
	pageOfMany = `SELECT m.group_id, m.member_id, m.type
		FROM unnest($2::uuid[]) WITH ORDINALITY AS g (id, n) CROSS JOIN LATERAL (
			SELECT m.group_id, m.member_id, m.type FROM member m
			WHERE m.tenant = $1 AND m.group_id = g.id AND m.member_id > $3 ORDER BY m.member_id LIMIT $4) m
		ORDER BY g.n, m.member_id`
)

// membersQuery chooses the statement for groups and a page, with its arguments.
func membersQuery(tenant store.TenantID, groups []uuid.UUID, page store.MemberPage) (sql string, args []any) {
	all, part, of := membersOfMany, pageOfMany, any(idArray(groups))
	if len(groups) == 1 {
		all, part, of = membersOfOne, pageOfOne, id(groups[0])
	}
	if page.After == uuid.Nil && page.Limit == 0 {
		return all, []any{int64(tenant), of}
	}
	limit := pgtype.Int8{Int64: int64(page.Limit), Valid: page.Limit > 0}
	return part, []any{int64(tenant), of, id(page.After), limit}
}

// membersWhere is the statement for a page of those that satisfy a condition.
func membersWhere(tenant store.TenantID, groups []uuid.UUID, page store.MemberPage) (sql string, args []any, err error) {
	if labels(page.Where) {
		return "", nil, errors.New("members by their label")
	}
	s := &statement{}
	owner, in := s.arg(int64(tenant)), s.arg(idArray(groups))
	after, limit := s.arg(id(page.After)), s.arg(pgtype.Int8{Int64: int64(page.Limit), Valid: page.Limit > 0})
	translation := &condition{statement: s, tenant: tenant}
	where, err := translation.counterpart(page.Where, memberSide)
	return `SELECT m.group_id, m.member_id, m.type
		FROM unnest(` + in + `::uuid[]) WITH ORDINALITY AS g (id, n) CROSS JOIN LATERAL (
			SELECT m.group_id, m.member_id, m.type FROM member m
			WHERE m.tenant = ` + owner + ` AND m.group_id = g.id AND m.member_id > ` + after + ` AND ` + where + ` ORDER BY m.member_id LIMIT ` + limit + `) m
		ORDER BY g.n, m.member_id`, s.args, err
}

// Members streams the direct members of groups.
func (s *Store) Members(ctx context.Context, tenant store.TenantID, groups []uuid.UUID, page store.MemberPage) iter.Seq2[store.Membership, error] {
	return func(yield func(store.Membership, error) bool) {
		if len(groups) == 0 {
			return
		}
		running, cancel := context.WithCancel(ctx)
		defer cancel()
		sql, args := membersQuery(tenant, groups, page)
		if page.Where != nil {
			var err error
			if sql, args, err = membersWhere(tenant, groups, page); err != nil {
				yield(store.Membership{}, failure(ctx, "read members", err))
				return
			}
		}
		rows, err := s.pool.Query(running, sql, args...)
		if err != nil {
			yield(store.Membership{}, failure(ctx, "read members", err))
			return
		}
		defer func() {
			// Closing rows reads what is left of them. A large group that
			// nobody wants to the end is cancelled first.
			cancel()
			rows.Close()
		}()
		var membership store.Membership
		var group, member pgtype.UUID
		for rows.Next() {
			err := rows.Scan(&group, &member, &membership.Type)
			if err != nil {
				yield(store.Membership{}, failure(ctx, "read members", err))
				return
			}
			membership.Group, membership.Member = group.Bytes, member.Bytes
			if !yield(membership, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(store.Membership{}, failure(ctx, "read members", err))
		}
	}
}
