package postgres

import (
	"strconv"
	"time"

	"rollcall/store"
)

// walkable reports whether an index has the order. That of the activity has the one
// by the last sign-in, of those who have signed in; the others are walked apart.
func walkable(sort store.Sort) bool { return ordered(sort) || sort.ByLastLogin() }

// loginStretches are the stretches of a walk by the last sign-in, those who have
// none being one of them.
func (s *statement) loginStretches(query store.Query) ([]stretch, error) {
	used, never := stretch{"true", true}, stretch{where: "true"}
	if query.After == nil {
		if query.Sort.Descending {
			return []stretch{never, used}, nil
		}
		return []stretch{used, never}, nil
	}
	comparison := " > "
	if query.Sort.Descending {
		comparison = " < "
	}
	here, key := s.arg(id(query.After.ID))+"::uuid", query.After.Key
	if string(key) == string(keyNone) {
		never.where = "r.id" + comparison + here
		if query.Sort.Descending {
			return []stretch{never, used}, nil
		}
		return []stretch{never}, nil
	}
	at, ok := loginAt(key)
	if !ok {
		return nil, invalid("position")
	}
	used.where = "(a.last_login, a.id)" + comparison + "(" + s.arg(at) + "::timestamptz, " + here + ")"
	if query.Sort.Descending {
		return []stretch{used}, nil
	}
	return []stretch{used, never}, nil
}

// loginAt reads the key of a position, which others may have made up.
func loginAt(key []byte) (at time.Time, ok bool) {
	if len(key) < 2 || key[0] != keyNumber {
		return at, false
	}
	n, err := strconv.ParseInt(string(key[1:]), 10, 64)
	at = time.UnixMicro(n).UTC()
	return at, err == nil && at.Year() > 0 && at.Year() < 10_000
}

// loginRange is the condition on an activity a that it is of a type, and that its
// last sign-in keeps to bounds, for the index of the last sign-in.
func loginRange(s *statement, query store.Query, resourceType string, bounds []store.CompareColumn) string {
	text := "a.tenant + 1 = " + s.arg(int64(query.Tenant)+1) + "::bigint AND a.type = " + s.arg(resourceType) + "::text AND a.last_login IS NOT NULL"
	for _, bound := range bounds {
		text += " AND a.last_login" + symbols[bound.Op] + s.arg(bound.Value) + "::timestamptz"
	}
	return text
}

// addLoginWalk adds the walk over one stretch of one type. Resources are looked up
// by key for each row, whatever the planner believes about sizes.
func addLoginWalk(s *statement, query store.Query, of store.TypeQuery, along stretch, enough string) error {
	direction := ""
	if query.Sort.Descending {
		direction = " DESC"
	}
	common := store.LastLoginsOf(of.Where)
	order := "r.id" + direction
	switch {
	case along.valued && common.Never, !along.valued && common.Used:
		// Nobody stands there; the arguments have to be named.
		s.add("(SELECT r.type, r.id, NULL::bigint FROM activity a CROSS JOIN resource r WHERE false AND ", along.where, " LIMIT ", enough, ")")
		return nil
	case along.valued:
		order = "a.last_login" + direction + ", a.id" + direction
		s.add("(SELECT r.type, r.id, (extract(epoch FROM a.last_login) * 1000000)::bigint FROM activity a CROSS JOIN LATERAL",
			" (SELECT r.* FROM resource r WHERE r.tenant = a.tenant AND r.type = a.type AND r.id = a.id OFFSET 0) r WHERE ",
			loginRange(s, query, of.Type, common.Bounds))
	default:
		s.add("(SELECT r.type, r.id, NULL::bigint FROM resource r WHERE ", tenantFor(s, store.ColumnID, query.Tenant),
			" AND r.type = ", s.arg(of.Type), "::text AND (SELECT a.last_login", joinedActivity, " IS NULL")
	}
	s.add(" AND ", along.where, " AND ")
	if err := addCondition(s, query, of, false); err != nil {
		return err
	}
	s.add(" ORDER BY ", order, " LIMIT ", enough, ")")
	return nil
}

// addLogins adds a condition about the last sign-in alone, in a form that begins
// with its index, where so many matches suffice; false where it is none.
func addLogins(s *statement, query store.Query, of store.TypeQuery) bool {
	common := store.LastLoginsOf(of.Where)
	if s.enough == "" || !common.Alone {
		return false
	}
	s.add("(r.ctid = ANY(ARRAY(SELECT k.ctid FROM activity a CROSS JOIN LATERAL (SELECT k.ctid FROM resource k",
		" WHERE k.tenant = a.tenant AND k.type = a.type AND k.id = a.id OFFSET 0) k WHERE ",
		loginRange(s, query, of.Type, common.Bounds), " LIMIT ", s.enough, ")))")
	return true
}
