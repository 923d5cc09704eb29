package scim

import (
	"fmt"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

// lowering is what conditions are translated with that no attribute tells.
type lowering struct {
	relatives
	clock
}

// lower translates a bound filter into the store's condition: attributes with
// a column or a relation go there, the others to the search shadow.
func lower(t *schema.ResourceType, l lowering, f filter.Filter) (store.Expr, error) {
	whole := func(term filter.Filter) (store.Expr, error) { return lower(t, l, term) }
	switch f := f.(type) {
	case filter.And:
		terms, err := lowerAll(f, whole)
		return store.And(terms), err
	case filter.Or:
		terms, err := lowerAll(f, whole)
		return store.Or(terms), err
	case filter.Not:
		term, err := whole(f.Filter)
		return store.Not{Expr: term}, err
	case filter.Constant:
		return store.Const(f), nil
	case filter.Compare:
		return lowerCompare(t, l, f)
	case filter.Present:
		return lowerPresent(t, l, f.Attribute)
	case filter.Element:
		return lowerElement(l.relatives, f)
	}
	return nil, misplaced(f)
}

// misplaced is a fault of ours: no filter that was bound holds the term there.
func misplaced(f filter.Filter) error {
	return fmt.Errorf("lower a filter: %T in an unexpected place", f)
}

func lowerAll(terms []filter.Filter, one func(filter.Filter) (store.Expr, error)) ([]store.Expr, error) {
	out := make([]store.Expr, 0, len(terms))
	for _, term := range terms {
		lowered, err := one(term)
		if err != nil {
			return nil, err
		}
		out = append(out, lowered)
	}
	return out, nil
}

func lowerCompare(t *schema.ResourceType, l lowering, f filter.Compare) (store.Expr, error) {
	a := f.Attribute
	switch {
	case a == t.Active:
		return lowerActive(f)
	case a.Computed == schema.ComputedMembers || a.Parent != nil && a.Parent == t.Members:
		return l.compare(t.Members, f)
	case a.Computed == schema.ComputedGroups || a.Parent != nil && a.Parent == t.Groups:
		return l.compare(t.Groups, f)
	case a.Computed == schema.ComputedLifecycle, isAPIOnly(t, a):
		return l.compareStanding(t, f)
	}
	if column, ok := columnOf(t, a); ok {
		return lowerColumn(column, f)
	}
	if !a.Filterable() || a.Top().Computed != schema.Stored {
		return nil, unanswerable(a)
	}
	return compareShadow(shadowPath(a, nil), f.Op, f.Value), nil
}

func unanswerable(a *schema.Attribute) error {
	return fault.New(fault.InvalidFilter, "%s cannot be filtered by with this operator", a)
}

// columnOf finds the column that holds an attribute.
func columnOf(t *schema.ResourceType, a *schema.Attribute) (store.Column, bool) {
	switch {
	case a == t.ID:
		return store.ColumnID, true
	case a == t.ExternalID:
		return store.ColumnExternalID, true
	case a == t.Naming:
		return store.ColumnName, true
	case a.Parent != nil && a.Parent == t.Meta && a.Name == "created":
		return store.ColumnCreated, true
	case a.Parent != nil && a.Parent == t.Meta && a.Name == "lastModified":
		return store.ColumnModified, true
	}
	return 0, false
}

var storeOps = map[filter.Op]store.Op{
	filter.Equal: store.Equal, filter.Contains: store.Contains, filter.StartsWith: store.StartsWith, filter.EndsWith: store.EndsWith,
	filter.Greater: store.Greater, filter.GreaterOrEqual: store.GreaterOrEqual, filter.Less: store.Less, filter.LessOrEqual: store.LessOrEqual,
}

func lowerColumn(column store.Column, f filter.Compare) (store.Expr, error) {
	value := f.Value
	if f.Attribute.Type == schema.DateTime {
		text, _ := f.Value.(string)
		at, err := schema.ParseTime(text)
		if err != nil {
			return nil, unanswerable(f.Attribute)
		}
		// An instant between two microseconds equals none that is stored.
		if f.Op == filter.Equal && !at.Equal(at.Truncate(time.Microsecond)) {
			return store.Const(false), nil
		}
		value = at.UTC()
	}
	if f.Op == filter.NotEqual {
		return store.Not{Expr: store.CompareColumn{Column: column, Op: store.Equal, Value: value}}, nil
	}
	return store.CompareColumn{Column: column, Op: storeOps[f.Op], Value: value}, nil
}

func lowerActive(f filter.Compare) (store.Expr, error) {
	var active, inactive []string
	for _, status := range livingStatuses {
		if lifecycle.Status(status).Active() {
			active = append(active, status)
		} else {
			inactive = append(inactive, status)
		}
	}
	want, ok := f.Value.(bool)
	if !ok || f.Op != filter.Equal && f.Op != filter.NotEqual {
		return nil, unanswerable(f.Attribute)
	}
	if want == (f.Op == filter.Equal) {
		return store.Standing{Statuses: active}, nil
	}
	return store.Standing{Statuses: inactive}, nil
}

// isAPIOnly tells the one stored attribute of the lifecycle extension that has a
// value where the document has none.
func isAPIOnly(t *schema.ResourceType, a *schema.Attribute) bool {
	return t.Lifecycle != nil && a.Parent == t.Lifecycle && a.Name == "apiOnly"
}

// compareShadow compares what a path of the shadow leads to. Of several values
// "ne" asks whether one differs, or whether there is none.
func compareShadow(path store.Path, op filter.Op, value any) store.Expr {
	if op != filter.NotEqual {
		return store.Compare{Path: path, Op: storeOps[op], Value: value}
	}
	multi := false
	for _, step := range path {
		multi = multi || step.Multi
	}
	if !multi {
		return store.Not{Expr: store.Compare{Path: path, Op: store.Equal, Value: value}}
	}
	absent := store.Not{Expr: store.Present{Path: path}}
	if flag, ok := value.(bool); ok {
		return store.Or{store.Compare{Path: path, Op: store.Equal, Value: !flag}, absent}
	}
	return store.Or{
		store.Compare{Path: path, Op: store.Less, Value: value},
		store.Compare{Path: path, Op: store.Greater, Value: value},
		absent,
	}
}

func lowerPresent(t *schema.ResourceType, l lowering, a *schema.Attribute) (store.Expr, error) {
	switch {
	case a.Computed == schema.ComputedLifecycle:
		return l.presentStanding(a)
	case a == t.Lifecycle && a != nil:
		return store.Const(true), nil
	case a == t.ID, a == t.Active, a == t.Naming, a.Top() == t.Meta, a == t.Schemas:
		return store.Const(true), nil
	case a == t.ExternalID:
		return store.PresentColumn{Column: store.ColumnExternalID}, nil
	case a.Top() == t.Members, a.Top() == t.Groups:
		return present(a.Top()), nil
	case a.Top().Computed != schema.Stored:
		return nil, unanswerable(a)
	}
	return store.Present{Path: shadowPath(a, nil)}, nil
}

func lowerElement(r relatives, f filter.Element) (store.Expr, error) {
	a := f.Attribute
	switch a.Computed {
	case schema.ComputedMembers, schema.ComputedGroups:
		return r.element(a, f.Where)
	case schema.Stored:
	default:
		return nil, unanswerable(a)
	}
	where, err := lowerWithin(a, f.Where)
	if err != nil {
		return nil, err
	}
	if a.Type == schema.Complex && a.MultiValued {
		return store.Element{Path: shadowPath(a, nil), Where: where}, nil
	}
	return where, nil
}

// lowerWithin lowers a condition on one element. Paths start at the element
// of a multi-valued complex attribute; for a single complex value, or for the
// values of a simple attribute, they start at the root.
func lowerWithin(outer *schema.Attribute, f filter.Filter) (store.Expr, error) {
	within := func(term filter.Filter) (store.Expr, error) { return lowerWithin(outer, term) }
	switch f := f.(type) {
	case filter.And:
		if outer.Type != schema.Complex && len(f) > 1 {
			return nil, fault.New(fault.InvalidFilter, "%s: a value filter on a simple attribute takes one comparison", outer)
		}
		terms, err := lowerAll(f, within)
		return store.And(terms), err
	case filter.Or:
		terms, err := lowerAll(f, within)
		return store.Or(terms), err
	case filter.Not:
		if outer.Type != schema.Complex {
			return nil, fault.New(fault.InvalidFilter, "%s: a value filter on a simple attribute takes one comparison", outer)
		}
		term, err := lowerWithin(outer, f.Filter)
		return store.Not{Expr: term}, err
	case filter.Constant:
		return store.Const(f), nil
	case filter.Compare:
		if !f.Attribute.Filterable() {
			return nil, unanswerable(f.Attribute)
		}
		return compareShadow(shadowPath(f.Attribute, elementOf(outer)), f.Op, f.Value), nil
	case filter.Present:
		return store.Present{Path: shadowPath(f.Attribute, elementOf(outer))}, nil
	}
	return nil, misplaced(f)
}

func elementOf(outer *schema.Attribute) *schema.Attribute {
	if outer.Type == schema.Complex && outer.MultiValued {
		return outer
	}
	return nil
}

// shadowPath leads from below an attribute (nil: the root) to another.
func shadowPath(a, below *schema.Attribute) store.Path {
	var path store.Path
	for at := a; at != nil && at != below; at = at.Parent {
		path = append(store.Path{{Name: at.Name, Multi: at.MultiValued}}, path...)
	}
	return path
}
