package store

import "time"

// ByLastLogin reports whether an order goes by ColumnLastLogin.
func (s Sort) ByLastLogin() bool {
	return s.Path == nil && s.Holds == nil && s.Column == ColumnLastLogin
}

// LastLogins is what every match of a condition has in common about its last
// sign-in, so that an index of those begins and ends where the matches do.
type LastLogins struct {
	// Bounds are comparisons of ColumnLastLogin with a time that all keep to.
	Bounds []CompareColumn
	// Used says that all have signed in, Never that none has; both where there can
	// be no match.
	Used, Never bool
	// Alone says that the condition says nothing but Bounds and Used.
	Alone bool
}

// LastLoginsOf reads a condition, nil for none.
func LastLoginsOf(where Expr) LastLogins {
	switch where := where.(type) {
	case And:
		all := LastLogins{Alone: len(where) > 0}
		for _, term := range where {
			one := LastLoginsOf(term)
			all.Bounds = append(all.Bounds, one.Bounds...)
			all.Used, all.Never, all.Alone = all.Used || one.Used, all.Never || one.Never, all.Alone && one.Alone
		}
		return all
	case CompareColumn:
		_, timed := where.Value.(time.Time)
		if timed && where.Column == ColumnLastLogin && (where.Op == Equal || where.Op > EndsWith) {
			return LastLogins{Bounds: []CompareColumn{where}, Used: true, Alone: true}
		}
	case PresentColumn:
		yes := where.Column == ColumnLastLogin
		return LastLogins{Used: yes, Alone: yes}
	case Not:
		absent, ok := where.Expr.(PresentColumn)
		return LastLogins{Never: ok && absent.Column == ColumnLastLogin}
	}
	return LastLogins{}
}
