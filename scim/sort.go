package scim

import (
	"strings"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
	"rollcall/store"
)

// sortOf finds the order that sortBy and sortOrder name.
func (c clock) sortOf(types []*schema.ResourceType, by, order string, leniency *schema.Leniency) (store.Sort, error) {
	var out store.Sort
	switch strings.ToLower(order) {
	case "", "ascending":
	case "descending":
		out.Descending = true
	default:
		return out, fault.New(fault.InvalidValue, "sortOrder must be \"ascending\" or \"descending\"")
	}
	if by == "" {
		out.Descending = false // sortOrder without sortBy has nothing to order
		return out, nil
	}
	for i, t := range types {
		one, err := c.sortColumn(t, by, leniency)
		if err != nil {
			return out, err
		}
		if i > 0 && (one.Column != out.Column || one.Path != nil || out.Path != nil || one.Holds != nil || out.Holds != nil) {
			return out, fault.New(fault.InvalidPath, "sortBy over several resource types takes id, externalId, displayName, meta.created or meta.lastModified")
		}
		one.Descending = out.Descending
		out = one
	}
	return out, nil
}

func (c clock) sortColumn(t *schema.ResourceType, by string, leniency *schema.Leniency) (store.Sort, error) {
	a, ok := t.LookupLenient(by, leniency)
	if !ok {
		return store.Sort{}, fault.New(fault.InvalidPath, "sortBy names an attribute that %s does not have", t.Name)
	}
	if a.Type == schema.Complex && a.MultiValued {
		if value, ok := a.Value(); ok {
			a = value
		}
	}
	switch {
	case a.Type == schema.Complex:
		return store.Sort{}, fault.New(fault.InvalidPath, "sortBy: %s is complex; name one of its sub-attributes", a)
	case a == t.ID:
		return store.Sort{Column: store.ColumnID}, nil
	case a == t.ExternalID:
		return store.Sort{Column: store.ColumnExternalID}, nil
	case a == t.DisplayName:
		return store.Sort{Column: store.ColumnSortName}, nil
	case a == t.Naming:
		return store.Sort{Column: store.ColumnName}, nil
	case a.Parent == t.Meta && a.Name == "created":
		return store.Sort{Column: store.ColumnCreated}, nil
	case a.Parent == t.Meta && a.Name == "lastModified":
		return store.Sort{Column: store.ColumnModified}, nil
	case a.Computed == schema.ComputedLifecycle:
		return c.sortStanding(t, a)
	case a.Top().Computed != schema.Stored, !a.Filterable():
		return store.Sort{}, fault.New(fault.InvalidPath, "sortBy: %s cannot be sorted by", a)
	}
	return store.Sort{Path: shadowPath(a, nil)}, nil
}

// sortStanding is the order by a computed attribute of the lifecycle extension.
func (c clock) sortStanding(t *schema.ResourceType, a *schema.Attribute) (store.Sort, error) {
	switch a.Name {
	case "stale":
		return store.Sort{Holds: c.stale()}, nil
	case "noSharedData":
		return store.Sort{Holds: noSharedData(t)}, nil
	case "purgeAfter":
		return store.Sort{}, nil // no living account has one: all are equal
	}
	if column, ok := standingColumns[a.Name]; ok {
		return store.Sort{Column: column}, nil
	}
	return store.Sort{}, fault.New(fault.InvalidPath, "sortBy: %s cannot be sorted by", a)
}
