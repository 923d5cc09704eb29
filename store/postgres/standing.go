package postgres

import (
	"fmt"

	"rollcall/store"
)

// kind is what a column of the lifecycle holds.
type kind int

const (
	textKind kind = iota + 1
	timeKind
	numberKind
	boolKind
)

var kinds = map[store.Column]kind{
	store.ColumnStatus: textKind, store.ColumnReason: textKind, store.ColumnSource: textKind, store.ColumnSourceClient: textKind,
	store.ColumnStatusChanged: timeKind, store.ColumnValidFrom: timeKind, store.ColumnValidUntil: timeKind,
	store.ColumnSuspendedUntil: timeKind, store.ColumnLockedUntil: timeKind, store.ColumnInviteExpires: timeKind, store.ColumnLastLogin: timeKind,
	store.ColumnFailedLogins: numberKind, store.ColumnAPIOnly: boolKind,
}

// column is a column of the lifecycle as SQL, NULL where it is absent.
type column struct {
	sql  string
	kind kind
}

// key is the column as a sort key: a text, or an integer.
func (c column) key() string {
	switch c.kind {
	case timeKind:
		return "(extract(epoch FROM " + c.sql + ") * 1000000)::bigint"
	case boolKind:
		return c.sql + "::int::bigint"
	}
	return c.sql
}

// turn is the last turn that has come by now, NULL where none has. Its words
// are none of the shadow's: no index is asked.
func (c *condition) turn() string {
	return "(jsonb_path_query_array(r.later, '$[*] ? (@.a <= $now)', " + c.arg(fmt.Sprintf(`{"now":%d}`, c.now.UnixMicro())) + "::jsonb) -> -1)"
}

// byNow is what holds now of a column that turns change.
func (c *condition) byNow(column, turned string) string {
	return "CASE WHEN r.later IS NULL THEN " + column + " ELSE coalesce(" + turned + ", " + column + ") END"
}

const joinedActivity = " FROM activity a WHERE a.tenant = r.tenant AND a.type = r.type AND a.id = r.id)"

// column translates a column of the lifecycle; false where it is none.
func (c *condition) column(of store.Column) (column, bool) {
	found := column{kind: kinds[of]}
	switch of {
	case store.ColumnStatus:
		found.sql = "(nullif(" + c.byNow("r.status", c.turn()+" ->> 's'") + `, '') COLLATE "C")`
	case store.ColumnReason:
		found.sql = "(nullif(" + c.byNow("r.reason", c.turn()+" ->> 'r'") + `, '') COLLATE "C")`
	case store.ColumnSource:
		found.sql = "r.source"
	case store.ColumnSourceClient:
		found.sql = "r.source_client"
	case store.ColumnStatusChanged:
		found.sql = c.statusChanged()
	case store.ColumnValidFrom:
		found.sql = "r.valid_from"
	case store.ColumnValidUntil:
		found.sql = "r.valid_until"
	case store.ColumnSuspendedUntil:
		found.sql = c.expiring("r.suspended_until")
	case store.ColumnLockedUntil:
		found.sql = c.expiring("r.locked_until")
	case store.ColumnInviteExpires:
		found.sql = c.expiring("r.invite_expires")
	case store.ColumnLastLogin:
		found.sql = "(SELECT a.last_login" + joinedActivity
	case store.ColumnFailedLogins:
		found.sql = "coalesce((SELECT a.failed" + joinedActivity + ", 0)"
	case store.ColumnAPIOnly:
		found.sql = "r.api_only"
	default:
		return column{}, false
	}
	return found, true
}

// statusChanged is absent where there is no status.
func (c *condition) statusChanged() string {
	turn := c.turn()
	since := "CASE WHEN " + turn + " IS NULL THEN coalesce(r.status_changed, r.created)" +
		" ELSE coalesce('epoch'::timestamptz + ((" + turn + " ->> 'c') || ' microseconds')::interval, r.created) END"
	status, _ := c.column(store.ColumnStatus)
	return "(CASE WHEN " + status.sql + " IS NOT NULL THEN " + since + " END)"
}

// expiring is an instant that counts until it comes.
func (c *condition) expiring(column string) string {
	return "(CASE WHEN " + column + " > " + c.arg(c.now) + "::timestamptz AND " + column + " <> " + c.arg(store.Forever) + "::timestamptz THEN " + column + " END)"
}

// compareFact compares a column of the lifecycle.
func (c *condition) compareFact(expr store.CompareColumn) (string, error) {
	if status, ok := expr.Value.(string); ok && expr.Column == store.ColumnStatus && expr.Op == store.Equal && status != "" {
		return c.standing(store.Standing{Statuses: []string{status}})
	}
	column, ok := c.column(expr.Column)
	if !ok {
		return "", fmt.Errorf("column %d of a resource", expr.Column)
	}
	switch value := expr.Value.(type) {
	case float64:
		if err := checkValue(value); err != nil {
			return "", err
		}
		if column.kind == numberKind && symbols[expr.Op] != "" {
			return "(" + column.sql + "::double precision" + symbols[expr.Op] + c.arg(value) + "::double precision)", nil
		}
	case bool:
		if column.kind == boolKind && expr.Op == store.Equal {
			return "(" + column.sql + " = " + c.arg(value) + "::boolean)", nil
		}
	case string:
		if column.kind == textKind {
			return c.compareText(column.sql, expr.Op, value)
		}
	default:
		if column.kind == timeKind {
			return c.compareTime(column.sql, expr)
		}
	}
	return "", fmt.Errorf("operator %d of column %d with %T", expr.Op, expr.Column, expr.Value)
}

// standing is written in two arms, one for each index of the migration: those
// whom no turn awaits are found by their status, the others one by one.
func (c *condition) standing(expr store.Standing) (string, error) {
	for _, text := range append(expr.Statuses[:len(expr.Statuses):len(expr.Statuses)], expr.Reasons...) {
		if !store.Storable(text) {
			return "", invalid("filter value")
		}
	}
	settled, awaiting := "r.later IS NULL", "r.later IS NOT NULL"
	for _, one := range []struct {
		column, name string
		words        []string
	}{{"r.status", "'s'", expr.Statuses}, {"r.reason", "'r'", expr.Reasons}} {
		if one.words != nil {
			words := " = ANY(" + c.arg(one.words) + "::text[])"
			settled += " AND " + one.column + words
			awaiting += " AND coalesce(" + c.turn() + " ->> " + one.name + ", " + one.column + ")" + words
		}
	}
	return "((" + settled + ") OR (" + awaiting + "))", nil
}

// idle finds those who have been told of, or are due, by two indexes, and looks
// the use of each up by key.
func (c *condition) idle(expr store.Idle) (string, error) {
	return c.idleBy(expr, "(SELECT "+lastUse+joinedActivity), nil
}

// lastUse is when an account with the activity a was last used.
const lastUse = "CASE WHEN r.api_only THEN a.last_token_use ELSE a.last_login END"

// idleBy is idle with the last use as SQL.
func (c *condition) idleBy(expr store.Idle, used string) string {
	since := c.arg(expr.Since) + "::timestamptz"
	return "((r.idle_told IS NOT NULL OR r.due <= " + c.arg(c.now) + "::timestamptz) AND coalesce(r.idle_from, r.created) <= " + since +
		" AND (" + used + " > " + since + ") IS NOT TRUE)"
}
