package sqlite

import (
	"time"

	"rollcall/store"
)

// byLastLogin reports whether an order goes by the last sign-in. The index of
// the activity has it, of those who have signed in; the others are walked apart.
func byLastLogin(sort store.Sort) bool {
	return sort.Path == nil && sort.Holds == nil && sort.Column == store.ColumnLastLogin
}

// parts are the matches of a type in the parts that are walked apart. What a probe
// finds is sorted.
func parts(query store.Query, of store.TypeQuery, all matching, probed bool) []matching {
	if probed || !byLastLogin(query.Sort) {
		return []matching{all}
	}
	bounds, used, unused := logins(of.Where)
	var list []matching
	if used && unused {
		return []matching{{key: all.key, from: all.from, where: fragment{text: never}}}
	}
	if !unused {
		one := matching{key: fragment{text: "a.last_login"}, where: all.where, activity: true, part: valuedPart}
		one.from = sqlf("a.tenant = %s AND a.type = %s AND a.last_login IS NOT NULL", int64(query.Tenant), of.Type)
		for _, bound := range bounds {
			one.from = sqlf("%s AND %s", one.from, bound)
		}
		list = append(list, one)
	}
	if !used {
		one := matching{key: fragment{text: "NULL"}, where: all.where, part: absentPart}
		one.from = sqlf("%s AND NOT EXISTS (SELECT 1 FROM activity a WHERE a.tenant = r.tenant AND a.type = r.type AND a.id = r.id AND a.last_login IS NOT NULL)", all.from)
		list = append(list, one)
	}
	return list
}

// logins is what every match of a condition has in common about its last sign-in:
// bounds that it keeps, that there was one, or that there was none.
func logins(where store.Expr) (bounds []fragment, used, never bool) {
	switch where := where.(type) {
	case store.And:
		for _, term := range where {
			more, one, none := logins(term)
			bounds = append(bounds, more...)
			used, never = used || one, never || none
		}
		return bounds, used, never
	case store.CompareColumn:
		if at, timed := where.Value.(time.Time); timed && where.Column == store.ColumnLastLogin {
			if operator, err := ordering(where.Op); err == nil {
				return []fragment{sqlf("a.last_login %s %s", raw(operator), micros(at))}, true, false
			}
		}
	case store.PresentColumn:
		return nil, where.Column == store.ColumnLastLogin, false
	case store.Not:
		absent, ok := where.Expr.(store.PresentColumn)
		return nil, false, ok && absent.Column == store.ColumnLastLogin
	}
	return nil, false, false
}
