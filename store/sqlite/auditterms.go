package sqlite

import "rollcall/store"

// auditSpan bounds the time and begins after the position.
func auditSpan(search store.AuditSearch, alias raw) fragment {
	var terms []fragment
	if !search.From.IsZero() {
		terms = append(terms, sqlf(" AND %s.at >= %s", alias, micros(search.From)))
	}
	if !search.Until.IsZero() {
		terms = append(terms, sqlf(" AND %s.at < %s", alias, micros(search.Until)))
	}
	if after := search.After; !after.IsZero() {
		sign := raw("<")
		if search.OldestFirst {
			sign = ">"
		}
		// SQLite seeks by the row of both only where it knows a bound of the first.
		terms = append(terms, sqlf(" AND %s.at %s= %s AND (%s.at, %s.seq) %s (%s, %s)",
			alias, sign, micros(after.At), alias, alias, sign, micros(after.At), after.Number))
	}
	return join(terms, "")
}

// auditResidual is what is asked of actor, action and request. Where an index
// fixes it, it costs nothing.
func auditResidual(search store.AuditSearch) fragment {
	var terms []fragment
	for _, equal := range []struct {
		column raw
		value  string
	}{
		{"actor_kind", search.ActorKind}, {"actor_id", search.ActorID}, {"request_id", search.RequestID},
	} {
		if equal.value != "" {
			terms = append(terms, sqlf(" AND a.%s = %s", equal.column, equal.value))
		}
	}
	if begin, end, ok := search.Actions(); ok {
		terms = append(terms, sqlf(" AND a.action >= %s AND a.action < %s", begin, end))
	} else if search.Action != "" {
		terms = append(terms, sqlf(" AND a.action = %s", search.Action))
	}
	return join(terms, "")
}

func auditOrder(search store.AuditSearch, alias raw) raw {
	if search.OldestFirst {
		return alias + ".at, " + alias + ".seq"
	}
	return alias + ".at DESC, " + alias + ".seq DESC"
}
