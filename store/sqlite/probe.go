package sqlite

import (
	"time"
	"unicode/utf8"

	"rollcall/store"
)

// A probe is a necessary condition that an index answers: a statement that
// selects the row ids of every match, and of some that are none. It narrows
// down what the full condition is then asked of. The weaker a kind of probe,
// the higher its cost.
type probe struct {
	sql  fragment
	cost int
	// length of the text that it asks for, as a guess at how few have it:
	// among probes of one cost an address finds fewer than "work" does.
	length int
	// exact says that the probe selects no more than the matches.
	exact bool
}

func (p probe) better(than probe) bool {
	return than.cost == 0 || p.cost < than.cost || p.cost == than.cost && p.length > than.length
}

const (
	costEqual = iota + 1
	costPrefix
	costRange
	costPresent
	// maxCost bounds the probes of an Or; SQLite takes 500 SELECTs in one.
	maxCost = 200
)

// prober finds probes for the conditions on one type of one tenant.
type prober struct {
	tenant int64
	typ    string
	// now is Query.Now in microseconds.
	now int64
}

// find returns the cheapest probe of an expression, false where there is none.
func (p prober) find(where store.Expr, under store.Path) (probe, bool) {
	switch e := where.(type) {
	case store.And:
		var best probe
		for _, term := range e {
			if one, ok := p.find(term, under); ok && one.better(best) {
				best = one
			}
		}
		return best, best.cost > 0
	case store.Or:
		return p.any(e, under)
	case store.Element:
		return p.find(e.Where, append(under[:len(under):len(under)], e.Path...))
	case store.Present:
		return p.attr(append(under[:len(under):len(under)], e.Path...), costPresent, fragment{text: always}), true
	case store.Compare:
		return p.compare(append(under[:len(under):len(under)], e.Path...), e.Op, e.Value)
	case store.CompareColumn:
		return p.column(e)
	case store.Standing:
		return p.standing(e)
	case store.Idle:
		return p.idle()
	case store.Related:
		return p.related(e)
	}
	return probe{}, false
}

// any needs a probe for every term: what one of them matches must be found.
func (p prober) any(terms []store.Expr, under store.Path) (probe, bool) {
	var list []fragment
	cost := 0
	for _, term := range terms {
		one, ok := p.find(term, under)
		if cost += one.cost; !ok || cost > maxCost {
			return probe{}, false
		}
		list = append(list, one.sql)
	}
	return probe{sql: join(list, " UNION ALL "), cost: cost}, len(list) > 0
}

// attr asks the side table.
func (p prober) attr(path store.Path, cost int, value fragment) probe {
	names := make([]string, 0, len(path))
	for _, step := range path {
		names = append(names, step.Name)
	}
	return probe{cost: cost, sql: sqlf("SELECT rid FROM attr WHERE tenant = %s AND type = %s AND path = %s AND %s", p.tenant, p.typ, pathKey(names), value)}
}

func (p prober) compare(path store.Path, op store.Op, value any) (probe, bool) {
	text, ok := value.(string)
	switch {
	case !ok:
		return p.attr(path, costPresent, fragment{text: always}), true
	case op == store.Equal && utf8.ValidString(text):
		one := p.attr(path, costEqual, sqlf("value = %s", probeText(text)))
		one.length = len(text)
		return one, true
	case op == store.StartsWith && text != "" && utf8.ValidString(text):
		prefix := probeText(text)
		return p.attr(path, costPrefix, sqlf("value >= %s AND value < %s", prefix, successor(prefix))), true
	}
	return p.attr(path, costPresent, fragment{text: always}), true
}

// column uses the indexes of the resource itself.
func (p prober) column(e store.CompareColumn) (probe, bool) {
	if status, ok := e.Value.(string); ok && e.Column == store.ColumnStatus && e.Op == store.Equal {
		return p.standing(store.Standing{Statuses: []string{status}})
	}
	names := map[store.Column]raw{
		store.ColumnID: "id", store.ColumnName: "name", store.ColumnExternalID: "external_id", store.ColumnSortName: "sort_name",
		store.ColumnCreated: "created", store.ColumnModified: "modified", store.ColumnSourceClient: "source_client",
	}
	name, ok := names[e.Column]
	if !ok {
		return probe{}, false
	}
	const rows = "SELECT rid FROM resource WHERE tenant = %s AND type = %s AND "
	switch value := e.Value.(type) {
	case time.Time:
		if operator, err := ordering(e.Op); err == nil {
			return probe{cost: costRange, sql: sqlf(rows+"%s %s %s", p.tenant, p.typ, name, raw(operator), micros(value))}, true
		}
	case string:
		switch {
		case e.Op == store.Equal:
			return probe{cost: costEqual, length: store.MaxKeyBytes, sql: sqlf(rows+"%s = %s", p.tenant, p.typ, name, value)}, true
		case e.Op == store.StartsWith && value != "":
			return probe{cost: costPrefix, sql: sqlf(rows+"%s >= %s AND %s < %s", p.tenant, p.typ, name, value, name, successor(value))}, true
		}
	}
	return probe{}, false
}
