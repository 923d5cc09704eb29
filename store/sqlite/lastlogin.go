package sqlite

import (
	"time"

	"rollcall/store"
)

// parts are the matches of a type in the parts that are walked apart: an order by
// the last sign-in goes by the index of the activity, which has those who have
// signed in. What a probe finds is sorted.
func parts(query store.Query, of store.TypeQuery, all matching, probed bool) ([]matching, error) {
	if probed || !query.Sort.ByLastLogin() {
		return []matching{all}, nil
	}
	common := store.LastLoginsOf(of.Where)
	if common.Used && common.Never {
		return []matching{{key: all.key, from: all.from, where: fragment{text: never}}}, nil
	}
	var list []matching
	if !common.Never {
		one := matching{key: fragment{text: "a.last_login"}, where: all.where, activity: true, part: valuedPart}
		one.from = sqlf("a.tenant = %s AND a.type = %s AND a.last_login IS NOT NULL", int64(query.Tenant), of.Type)
		for _, bound := range common.Bounds {
			operator, err := ordering(bound.Op)
			if err != nil {
				return nil, err
			}
			// No coalesce, unlike compareTime: the index is to find its ends.
			one.from = sqlf("%s AND a.last_login %s %s", one.from, raw(operator), micros(bound.Value.(time.Time)))
		}
		list = append(list, one)
	}
	if !common.Used {
		one := matching{key: fragment{text: "NULL"}, where: all.where, part: absentPart}
		one.from = sqlf("%s AND NOT EXISTS (SELECT 1 FROM activity a WHERE a.tenant = r.tenant AND a.type = r.type AND a.id = r.id AND a.last_login IS NOT NULL)", all.from)
		list = append(list, one)
	}
	return list, nil
}
