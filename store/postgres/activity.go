package postgres

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"rollcall/store"
)

// activityColumns are the columns of an activity a in the order of activityRow,
// joinActivity finds it by the key of a resource r. It is looked up for each row
// whatever the planner believes.
const (
	activityColumns = `, a.revision, a.last_login, a.last_token_use, a.failed, a.state`
	joinActivity    = ` LEFT JOIN LATERAL (SELECT a.* FROM activity a WHERE a.tenant = r.tenant AND a.type = r.type AND a.id = r.id OFFSET 0) a ON true`
)

// activityRow receives activityColumns, NULL where there is none.
type activityRow struct {
	revision, failed        pgtype.Int8
	lastLogin, lastTokenUse pgtype.Timestamptz
	state                   []byte
}

func (w *activityRow) targets() []any {
	return []any{&w.revision, &w.lastLogin, &w.lastTokenUse, &w.failed, &w.state}
}

func (w *activityRow) activity() store.Activity {
	return store.Activity{
		Revision: w.revision.Int64, LastLogin: instant(w.lastLogin), LastTokenUse: instant(w.lastTokenUse),
		Failed: int(w.failed.Int64), State: w.state,
	}
}

// activityWidth is how many columns an activity has.
const activityWidth = 5

// raw reports whether the columns from a place on have the formats that decode
// reads.
func (w *activityRow) raw(rows pgx.Rows, at int) bool {
	fields, values := rows.FieldDescriptions()[at:], rows.RawValues()[at:]
	for i := range activityWidth - 1 {
		if fields[i].Format != pgx.BinaryFormatCode || values[i] != nil && len(values[i]) != 8 {
			return false
		}
	}
	return fields[activityWidth-1].Format == pgx.TextFormatCode
}

// decode takes the columns off the wire, as row.decode does. Most accounts have
// none.
func (w *activityRow) decode(values [][]byte) {
	if values[0] == nil {
		return
	}
	w.revision.Int64 = int64(binary.BigEndian.Uint64(values[0]))
	w.lastLogin, w.lastTokenUse = binaryInstant(values[1]), binaryInstant(values[2])
	w.failed.Int64 = int64(binary.BigEndian.Uint64(values[3]))
	w.state = bytes.Clone(values[4])
}

// selected is what a read selects of a resource r, and from what.
func selected(with store.Relations, groups, from string) string {
	text := `SELECT ` + columns
	if with&store.WithActivity != 0 {
		text += activityColumns
	}
	if with&store.WithGroups != 0 {
		text += groups
	}
	text += ` FROM resource r`
	if with&store.WithActivity != 0 {
		text += joinActivity
	}
	return text + from
}

// actSQL inserts the first activity and replaces a later one, if it is still
// the one that the caller knows.
const actSQL = `WITH acted AS (
	INSERT INTO activity AS a (tenant, type, id, revision, last_login, last_token_use, failed, state)
	SELECT $1, $2, $3, 1, $5, $6, $7, $8
	WHERE $4 = 0 OR EXISTS (SELECT 1 FROM activity o WHERE o.tenant = $1 AND o.type = $2 AND o.id = $3)
	ON CONFLICT (tenant, type, id) DO UPDATE SET revision = a.revision + 1, last_login = excluded.last_login,
		last_token_use = excluded.last_token_use, failed = excluded.failed, state = excluded.state WHERE a.revision = $4
	RETURNING 1)
	SELECT rollcall_require_current(EXISTS (SELECT 1 FROM acted))`

const signInSQL = `INSERT INTO sign_in (tenant, type, id, at, succeeded, application, address, detail)
	SELECT $1, $2, $3, x.at, x.succeeded, x.application, x.address, x.detail
	FROM unnest($4::timestamptz[], $5::boolean[], $6::text[], $7::text[], $8::text[]) WITH ORDINALITY AS x (at, succeeded, application, address, detail, n)
	ORDER BY x.n`

// activity adds the statements that write down the use of an account.
func (p *plan) activity(at int, change *store.Update) {
	tenant, key := int64(change.Key.Tenant), id(change.Key.ID)
	if use := change.Activity; use != nil {
		p.steps = append(p.steps, step{change: at, sql: actSQL, args: []any{
			tenant, change.Key.Type, key, use.Revision,
			timeOrNull(use.LastLogin), timeOrNull(use.LastTokenUse), int64(use.Failed), textOrNull(use.State),
		}})
	}
	if len(change.SignIns) == 0 {
		return
	}
	times, succeeded := make([]time.Time, 0, len(change.SignIns)), make([]bool, 0, len(change.SignIns))
	t := make(texts, 3)
	for _, one := range change.SignIns {
		times, succeeded = append(times, one.At), append(succeeded, one.Succeeded)
		t.add(one.Application, one.Address, one.Detail)
	}
	p.steps = append(p.steps, step{change: at, sql: signInSQL, args: []any{tenant, change.Key.Type, key, times, succeeded, t[0], t[1], t[2]}})
}
