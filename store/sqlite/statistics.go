package sqlite

import (
	"context"
	"database/sql"

	"rollcall/store"
)

const (
	topValuesSQL = `SELECT value, count(*) AS n FROM attr WHERE tenant = ? AND type = ? AND path = ? AND typeof(value) = 'text'
	GROUP BY value ORDER BY n DESC, value LIMIT ?`

	topGroupsSQL = `SELECT g.group_id, r.label, g.n FROM (
		SELECT group_id, min(group_type) AS group_type, count(*) AS n FROM member WHERE tenant = ?1 GROUP BY group_id ORDER BY n DESC, group_id LIMIT ?2) g
	JOIN resource r ON r.tenant = ?1 AND r.type = g.group_type AND r.id = g.group_id ORDER BY g.n DESC, g.group_id`

	joinedSQL = `SELECT count(*) FROM (SELECT 1 FROM resource WHERE tenant = ?1 AND type = ?2 AND created >= ?3 AND created < ?4
		UNION ALL SELECT 1 FROM departed WHERE tenant = ?1 AND type = ?2 AND created >= ?3 AND created < ?4)`

	leftSQL = `SELECT count(*) FROM departed WHERE tenant = ?1 AND type = ?2 AND departed >= ?3 AND departed < ?4`
)

// Statistics counts on one snapshot.
func (s *Store) Statistics(ctx context.Context, query store.StatisticsQuery) (store.Statistics, error) {
	out := store.NewStatistics(&query)
	if err := store.CheckText("type", query.Type); err != nil {
		return out, wrap(ctx, "statistics", err)
	}
	c := counting{query}
	err := s.read(ctx, "statistics", func(tx *readTx) error {
		for _, count := range []func(context.Context, *readTx, *store.Statistics) error{c.standings, c.values, c.groups, c.days} {
			if err := count(ctx, tx, &out); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// counting is one run of statistics.
type counting struct{ query store.StatisticsQuery }

// standings counts in one reading what each resource has one of.
func (c counting) standings(ctx context.Context, tx *readTx, out *store.Statistics) error {
	aliases := 0
	s := scope{alias: "r", base: "r.idx", now: micros(c.query.Now), aliases: &aliases}
	idle := fragment{text: never}
	if !c.query.IdleSince.IsZero() {
		idle = s.idle(store.Idle{Since: c.query.IdleSince})
	}
	login := sqlf("CASE WHEN a.last_login IS NULL THEN %s", len(c.query.LastLogins)+1)
	for i, at := range c.query.LastLogins {
		login = sqlf("%s WHEN a.last_login >= %s THEN %s", login, micros(at), i)
	}
	text := sqlf("SELECT %s AS status, coalesce(r.source, '') AS origin, %s ELSE %s END AS login, %s AS unused, count(*)"+
		" FROM resource r LEFT JOIN activity a ON a.tenant = r.tenant AND a.type = r.type AND a.id = r.id WHERE r.tenant = %s AND r.type = %s GROUP BY 1, 2, 3, 4",
		s.byNow("status", "s"), login, len(c.query.LastLogins), idle, int64(c.query.Tenant), c.query.Type)
	rows, err := tx.query(ctx, text.text, text.args...)
	return each(rows, err, func(rows *sql.Rows) error {
		var one store.Alike
		err := rows.Scan(&one.Status, &one.Source, &one.LastLogin, &one.Idle, &one.Count)
		if err == nil {
			out.Add(one)
		}
		return err
	})
}

// values counts what is under the paths.
func (c counting) values(ctx context.Context, tx *readTx, out *store.Statistics) error {
	for _, path := range c.query.Paths {
		names := make([]string, 0, len(path))
		for _, step := range path {
			names = append(names, step.Name)
		}
		var list []store.ValueCount
		rows, err := tx.query(ctx, topValuesSQL, int64(c.query.Tenant), c.query.Type, pathKey(names), c.query.Top)
		err = each(rows, err, func(rows *sql.Rows) error {
			var one store.ValueCount
			err := rows.Scan(&one.Value, &one.Count)
			list = append(list, one)
			return err
		})
		if err != nil {
			return err
		}
		out.Values = append(out.Values, list)
	}
	return nil
}

func (c counting) groups(ctx context.Context, tx *readTx, out *store.Statistics) error {
	rows, err := tx.query(ctx, topGroupsSQL, int64(c.query.Tenant), c.query.Top)
	return each(rows, err, func(rows *sql.Rows) error {
		var one store.GroupCount
		err := rows.Scan(&one.ID, &one.Label, &one.Count)
		out.Groups = append(out.Groups, one)
		return err
	})
}

func (c counting) days(ctx context.Context, tx *readTx, out *store.Statistics) error {
	for day, from := range c.query.Days {
		until := micros(c.query.Now) + 1
		if day+1 < len(c.query.Days) {
			until = micros(c.query.Days[day+1])
		}
		for text, into := range map[string]*int{joinedSQL: &out.Joined[day], leftSQL: &out.Left[day]} {
			if err := tx.row(ctx, text, int64(c.query.Tenant), c.query.Type, micros(from), until).Scan(into); err != nil {
				return err
			}
		}
	}
	return nil
}
