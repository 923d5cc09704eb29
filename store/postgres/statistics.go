package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

const (
	// topGroupsSQL adds up the whole of the tenant's memberships in the order of
	// their key.
	topGroupsSQL = `SELECT g.group_id, r.label, g.n FROM (
		SELECT m.group_id, min(m.group_type) AS group_type, count(*) AS n FROM member m WHERE m.tenant = $1 GROUP BY m.group_id ORDER BY n DESC, m.group_id LIMIT $2) g
	CROSS JOIN LATERAL (SELECT r.label FROM resource r WHERE r.tenant = $1 AND r.type = g.group_type AND r.id = g.group_id OFFSET 0) r
	ORDER BY g.n DESC, g.group_id`

	joinedSQL = `SELECT width_bucket(t.at, $3::timestamptz[]) AS day, count(*) FROM (
		SELECT r.created FROM resource r WHERE r.tenant + 4 = $1::bigint + 4 AND r.type = $2 AND r.created >= $4
		UNION ALL
		SELECT d.created FROM departed d WHERE d.tenant = $1 AND d.type = $2 AND d.created >= $4
	) t (at) WHERE t.at <= $5 GROUP BY day`

	leftSQL = `SELECT width_bucket(d.deleted_at, $3::timestamptz[]) AS day, count(*) FROM departed d
	WHERE d.tenant = $1 AND d.type = $2 AND d.deleted_at >= $4 AND d.deleted_at <= $5 GROUP BY day`
)

// Statistics counts on one snapshot.
func (s *Store) Statistics(ctx context.Context, query store.StatisticsQuery) (store.Statistics, error) {
	out := store.NewStatistics(&query)
	if err := store.CheckText("type", query.Type); err != nil {
		return out, failure(ctx, "statistics", err)
	}
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		// Who reads a whole tenant may read the whole table.
		if _, err := tx.Exec(ctx, "SET LOCAL enable_seqscan = on"); err != nil {
			return err
		}
		c := counting{tx, query}
		for _, count := range []func(context.Context, *store.Statistics) error{c.standings, c.values, c.groups, c.days} {
			if err := count(ctx, &out); err != nil {
				return err
			}
		}
		return nil
	})
	return out, failure(ctx, "statistics", err)
}

// counting is one run of statistics.
type counting struct {
	tx    pgx.Tx
	query store.StatisticsQuery
}

// rows runs a statement that is planned for its values.
func (c counting) rows(ctx context.Context, sql string, args, targets []any, each func() error) error {
	rows, err := c.tx.Query(ctx, sql, append([]any{planned}, args...)...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, targets, each)
	return err
}

// condition begins a statement about the resources r.
func (c counting) condition() *condition {
	return &condition{statement: &statement{}, tenant: c.query.Tenant, typ: c.query.Type, now: c.query.Now}
}

func (c counting) ofType(s *statement) string {
	return " WHERE r.tenant = " + s.arg(int64(c.query.Tenant)) + "::bigint AND r.type = " + s.arg(c.query.Type) + "::text"
}

// standings counts in one reading what each resource has one of.
func (c counting) standings(ctx context.Context, out *store.Statistics) error {
	s := c.condition()
	idle := "false"
	if !c.query.IdleSince.IsZero() {
		idle = s.idleBy(store.Idle{Since: c.query.IdleSince}, "("+lastUse+")") + " IS TRUE"
	}
	login := fmt.Sprintf("CASE WHEN a.last_login IS NULL THEN %d", len(c.query.LastLogins)+1)
	for i, at := range c.query.LastLogins {
		login += fmt.Sprintf(" WHEN a.last_login >= %s::timestamptz THEN %d", s.arg(at), i)
	}
	login += fmt.Sprintf(" ELSE %d END", len(c.query.LastLogins))
	s.add("SELECT ", s.byNow("r.status", s.turn()+" ->> 's'"), ", coalesce(r.source, ''), ", login, ", ", idle, ", count(*)",
		" FROM resource r LEFT JOIN activity a ON a.tenant = r.tenant AND a.type = r.type AND a.id = r.id", c.ofType(s.statement), " GROUP BY 1, 2, 3, 4")
	var one store.Alike
	return c.rows(ctx, s.sql(), s.args, []any{&one.Status, &one.Source, &one.LastLogin, &one.Idle, &one.Count}, func() error {
		out.Add(one)
		return nil
	})
}

// values counts what is under the paths.
func (c counting) values(ctx context.Context, out *store.Statistics) error {
	for _, path := range c.query.Paths {
		s := c.condition()
		from, leaf := s.leaves(path, s.shadow())
		from = append([]string{"(SELECT) AS one"}, from...)
		s.add("SELECT v.value, count(*) FROM resource r CROSS JOIN LATERAL (SELECT DISTINCT ", leaf, " #>> '{}' AS value FROM ", strings.Join(from, ", "),
			" WHERE jsonb_typeof(", leaf, ") = 'string') v", c.ofType(s.statement), ` GROUP BY 1 ORDER BY 2 DESC, v.value COLLATE "C" LIMIT `, s.arg(int64(c.query.Top)))
		var one store.ValueCount
		var list []store.ValueCount
		err := c.rows(ctx, s.sql(), s.args, []any{&one.Value, &one.Count}, func() error {
			list = append(list, one)
			return nil
		})
		if err != nil {
			return err
		}
		out.Values = append(out.Values, list)
	}
	return nil
}

func (c counting) groups(ctx context.Context, out *store.Statistics) error {
	var group pgtype.UUID
	var one store.GroupCount
	return c.rows(ctx, topGroupsSQL, []any{int64(c.query.Tenant), int64(c.query.Top)}, []any{&group, &one.Label, &one.Count}, func() error {
		one.ID = uuid.UUID(group.Bytes)
		out.Groups = append(out.Groups, one)
		return nil
	})
}

func (c counting) days(ctx context.Context, out *store.Statistics) error {
	if len(c.query.Days) == 0 {
		return nil
	}
	for _, one := range []struct {
		sql  string
		into []int
	}{{joinedSQL, out.Joined}, {leftSQL, out.Left}} {
		var day, n int
		args := []any{int64(c.query.Tenant), c.query.Type, c.query.Days, c.query.Days[0], c.query.Now}
		err := c.rows(ctx, one.sql, args, []any{&day, &n}, func() error {
			one.into[day-1] = n
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
