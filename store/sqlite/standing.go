package sqlite

import (
	"encoding/json"
	"fmt"
	"time"

	"rollcall/store"
)

// fact is a column of the lifecycle as SQL, null where it is absent. Its zero
// is a value of the kind that it compares with.
type fact struct {
	sql  fragment
	zero any
}

// byNow is what holds now of a column that turns change: of the turns that have
// come the last one counts.
func (s scope) byNow(column, turned string) fragment {
	own := raw(s.alias + "." + column)
	return sqlf("CASE WHEN %s.later IS NULL THEN %s ELSE coalesce(%s, %s) END", raw(s.alias), own, s.turned(turned), own)
}

func (s scope) turned(what string) fragment {
	turn := s.next("t")
	return sqlf("(SELECT %s.value ->> %s FROM json_each(%s.later) %s WHERE %s.value ->> 'a' <= %s ORDER BY %s.key DESC LIMIT 1)",
		raw(turn), what, raw(s.alias), raw(turn), raw(turn), s.now, raw(turn))
}

// used reads a column of the activity.
func (s scope) used(column string) fragment {
	a := s.next("a")
	return sqlf("(SELECT %s FROM activity %s WHERE %s.tenant = %s.tenant AND %s.type = %s.type AND %s.id = %s.id)",
		raw(fmt.Sprintf(column, a)), raw(a), raw(a), raw(s.alias), raw(a), raw(s.alias), raw(a), raw(s.alias))
}

// lifecycle translates a column of the lifecycle; false where it is none.
func (s scope) lifecycle(column store.Column) (fact, bool) {
	if s.alias == "" {
		return fact{}, false // inside a relation
	}
	plain := map[store.Column]string{
		store.ColumnSource: "source", store.ColumnSourceClient: "source_client", store.ColumnValidFrom: "valid_from", store.ColumnValidUntil: "valid_until",
		store.ColumnSuspendedUntil: "suspended_until", store.ColumnLockedUntil: "locked_until", store.ColumnInviteExpires: "invite_expires",
		store.ColumnAPIOnly: "api_only",
	}[column]
	own := sqlf("%s.%s", raw(s.alias), raw(plain))
	switch column {
	case store.ColumnStatus, store.ColumnReason:
		return fact{s.word(column), ""}, true
	case store.ColumnSource, store.ColumnSourceClient:
		return fact{own, ""}, true
	case store.ColumnStatusChanged:
		return fact{s.statusChanged(), time.Time{}}, true
	case store.ColumnValidFrom, store.ColumnValidUntil:
		return fact{own, time.Time{}}, true
	case store.ColumnSuspendedUntil, store.ColumnLockedUntil, store.ColumnInviteExpires:
		// It counts until it comes.
		return fact{sqlf("CASE WHEN %s > %s AND %s <> %s THEN %s END", own, s.now, own, micros(store.Forever), own), time.Time{}}, true
	case store.ColumnLastLogin:
		return fact{s.used("%s.last_login"), time.Time{}}, true
	case store.ColumnFailedLogins:
		return fact{sqlf("coalesce(%s, 0)", s.used("%s.failed")), 0.0}, true
	case store.ColumnAPIOnly:
		return fact{own, false}, true
	}
	return fact{}, false
}

// word is the status or the reason, null where it is empty.
func (s scope) word(column store.Column) fragment {
	if column == store.ColumnReason {
		return sqlf("nullif(%s, '')", s.byNow("reason", "r"))
	}
	return sqlf("nullif(%s, '')", s.byNow("status", "s"))
}

// statusChanged is absent where there is no status.
func (s scope) statusChanged() fragment {
	alias := raw(s.alias)
	return sqlf("CASE WHEN %s IS NOT NULL THEN CASE WHEN %s IS NULL THEN coalesce(%s.status_changed, %s.created) ELSE coalesce(%s, %s.created) END END",
		s.word(store.ColumnStatus), s.turned("a"), alias, alias, s.turned("c"), alias)
}

// compareFact compares a column of the lifecycle.
func compareFact(column fact, e store.CompareColumn) (fragment, error) {
	switch value := e.Value.(type) {
	case time.Time:
		if _, ok := column.zero.(time.Time); ok {
			return compareTime(column.sql, e)
		}
	case string:
		if _, ok := column.zero.(string); ok {
			return compareText(column.sql, e)
		}
	case float64:
		operator, err := ordering(e.Op)
		if _, ok := column.zero.(float64); ok {
			return sqlf("coalesce(%s %s %s, 0)", column.sql, raw(operator), value), err
		}
	case bool:
		if _, ok := column.zero.(bool); ok && e.Op == store.Equal {
			return sqlf("(%s = %s)", column.sql, value), nil
		}
	}
	return fragment{}, fmt.Errorf("operator %d of column %d does not take a %T", e.Op, e.Column, e.Value)
}

func (s scope) standing(e store.Standing) (fragment, error) {
	terms := []fragment{}
	for _, one := range []struct {
		words []string
		sql   func() fragment
	}{
		{e.Statuses, func() fragment { return s.byNow("status", "s") }},
		{e.Reasons, func() fragment { return s.byNow("reason", "r") }},
	} {
		if one.words == nil {
			continue
		}
		list, err := json.Marshal(one.words)
		if err != nil {
			return fragment{}, err
		}
		terms = append(terms, sqlf("%s IN (SELECT value FROM json_each(%s))", one.sql(), string(list)))
	}
	return balanced(terms, "AND", always), nil
}

func (s scope) idle(e store.Idle) fragment {
	alias, since := raw(s.alias), micros(e.Since)
	use := s.used("CASE WHEN " + s.alias + ".api_only THEN %[1]s.last_token_use ELSE %[1]s.last_login END")
	return sqlf("((%s.idle_told IS NOT NULL OR coalesce(%s.due <= %s, 0)) AND coalesce(%s.idle_from, %s.created) <= %s AND coalesce(%s <= %s, 1))",
		alias, alias, s.now, alias, alias, since, use, since)
}

// idle finds those who have been told of, or are due.
func (p prober) idle() (probe, bool) {
	return probe{cost: costRange, sql: sqlf("SELECT rid FROM resource INDEXED BY resource_idle_told WHERE tenant = %s AND type = %s AND idle_told IS NOT NULL"+
		" UNION SELECT rid FROM resource INDEXED BY resource_due WHERE due <= %s", p.tenant, p.typ, p.now)}, true
}

// common is the status of nearly all accounts, which no index finds.
const common = "Active"

// standing finds those whom no turn awaits by their status, and all of the
// others.
func (p prober) standing(e store.Standing) (probe, bool) {
	if e.Statuses == nil {
		return probe{}, false
	}
	for _, status := range e.Statuses {
		if status == common || status == "" {
			return probe{}, false
		}
	}
	list, err := json.Marshal(e.Statuses)
	if err != nil {
		return probe{}, false
	}
	const rows = "SELECT rid FROM resource INDEXED BY %s WHERE tenant = %s AND type = %s AND "
	return probe{cost: costRange, sql: sqlf(rows+"status IN (SELECT value FROM json_each(%s)) AND later IS NULL AND status <> 'Active' AND status <> ''"+
		" UNION ALL "+rows+"later IS NOT NULL",
		raw("resource_status"), p.tenant, p.typ, string(list), raw("resource_later"), p.tenant, p.typ)}, true
}
