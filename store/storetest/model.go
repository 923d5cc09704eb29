package storetest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/store"
)

// model is the contract's words as a program: what a directory of a few
// resources answers, by walking over all of them. It is what random queries
// are held against.
type model struct {
	tb      testing.TB
	records []store.Record
	// shadows are the decoded Record.Index, beside records.
	shadows []map[string]any
	// members maps a group's id to its members' ids.
	members map[string][]string
	now     time.Time
}

func (m *model) add(record store.Record) {
	var shadow map[string]any
	if err := json.Unmarshal(record.Index, &shadow); err != nil {
		m.tb.Fatalf("index %s: %v", record.Index, err)
	}
	m.records = append(m.records, record)
	m.shadows = append(m.shadows, shadow)
}

// find returns the ids of the resources of a type that match.
func (m *model) find(typ string, where store.Expr) []string {
	list := []string{}
	for i, record := range m.records {
		if record.Type == typ && m.match(where, record, m.shadows[i]) {
			list = append(list, record.ID.String())
		}
	}
	slices.Sort(list)
	return list
}

// match evaluates an expression; root is the shadow or an element of it.
func (m *model) match(where store.Expr, record store.Record, root any) bool {
	switch e := where.(type) {
	case nil:
		return true
	case store.And:
		return !slices.ContainsFunc(e, func(term store.Expr) bool { return !m.match(term, record, root) })
	case store.Or:
		return slices.ContainsFunc(e, func(term store.Expr) bool { return m.match(term, record, root) })
	case store.Not:
		return !m.match(e.Expr, record, root)
	case store.Const:
		return bool(e)
	case store.Compare:
		return slices.ContainsFunc(walk(root, e.Path), func(value any) bool { return satisfies(value, e.Op, e.Value) })
	case store.Present:
		return slices.ContainsFunc(walk(root, e.Path), hasValue)
	case store.Element:
		return slices.ContainsFunc(walk(root, e.Path), func(value any) bool { return m.match(e.Where, record, value) })
	case store.CompareColumn:
		value := m.column(record, e.Column)
		return value != nil && satisfies(value, e.Op, e.Value)
	case store.PresentColumn:
		return m.column(record, e.Column) != nil
	case store.Standing:
		standing := record.Facts.Standing(m.now)
		return (e.Statuses == nil || slices.Contains(e.Statuses, standing.Status)) && (e.Reasons == nil || slices.Contains(e.Reasons, standing.Reason))
	case store.Idle:
		marked := !record.Facts.IdleTold.IsZero() || !record.Facts.Due.IsZero() && !record.Facts.Due.After(m.now)
		return marked && !lastUse(record).After(e.Since)
	case store.Related:
		return slices.ContainsFunc(m.relatives(record.ID.String(), e.Relation), func(other store.Record) bool {
			return m.match(relatedWhere(e.Where), other, nil)
		})
	}
	m.tb.Fatalf("unknown expression %T", where)
	return false
}

// relatedWhere names the columns of the related resource as its own.
func relatedWhere(where store.Expr) store.Expr {
	switch e := where.(type) {
	case store.And:
		return store.And(relatedTerms(e))
	case store.Or:
		return store.Or(relatedTerms(e))
	case store.Not:
		return store.Not{Expr: relatedWhere(e.Expr)}
	default:
		return where
	}
}

func relatedTerms(terms []store.Expr) []store.Expr {
	list := make([]store.Expr, 0, len(terms))
	for _, term := range terms {
		list = append(list, relatedWhere(term))
	}
	return list
}

func (m *model) relatives(id string, relation store.Relation) []store.Record {
	wanted := map[string]bool{}
	switch relation {
	case store.Members:
		for _, member := range m.members[id] {
			wanted[member] = true
		}
	case store.Groups:
		for group, members := range m.members {
			wanted[group] = slices.Contains(members, id)
		}
	case store.AllGroups:
		m.climb(id, wanted)
	case store.IndirectGroups:
		m.climb(id, wanted)
		for group, members := range m.members {
			wanted[group] = wanted[group] && !slices.Contains(members, id)
		}
	}
	var list []store.Record
	for _, record := range m.records {
		if wanted[record.ID.String()] {
			list = append(list, record)
		}
	}
	return list
}

func (m *model) climb(id string, seen map[string]bool) {
	for group, members := range m.members {
		if !seen[group] && slices.Contains(members, id) {
			seen[group] = true
			m.climb(group, seen)
		}
	}
}

// walk returns the values that a path leads to.
func walk(root any, path store.Path) []any {
	values := []any{root}
	for _, step := range path {
		var next []any
		for _, value := range values {
			object, ok := value.(map[string]any)
			if !ok {
				continue
			}
			under, ok := object[step.Name]
			if !ok {
				continue
			}
			if !step.Multi {
				next = append(next, under)
			} else if list, ok := under.([]any); ok {
				next = append(next, list...)
			}
		}
		values = next
	}
	return values
}

func hasValue(value any) bool {
	switch v := value.(type) {
	case string, float64, bool:
		return true
	case map[string]any:
		return len(v) > 0
	}
	return false
}

// column returns nil where the column has no value.
func (m *model) column(record store.Record, column store.Column) any {
	if value, ok := m.lifecycle(record, column); ok {
		return value
	}
	text := map[store.Column]string{
		store.ColumnID: record.ID.String(), store.ColumnName: record.Name, store.ColumnExternalID: record.ExternalID,
		store.ColumnSortName: record.SortName, store.ColumnRelatedID: record.ID.String(), store.ColumnRelatedType: record.Type,
	}
	switch column {
	case store.ColumnCreated:
		return record.Created
	case store.ColumnModified:
		return record.Modified
	case store.ColumnRelatedLabel:
		text[column] = cmp.Or(record.SortName, record.Name)
	}
	if text[column] == "" {
		return nil
	}
	return text[column]
}

func satisfies(value any, op store.Op, want any) bool {
	switch v := value.(type) {
	case string:
		w, ok := want.(string)
		if !ok {
			return false
		}
		switch op {
		case store.Contains:
			return strings.Contains(v, w)
		case store.StartsWith:
			return strings.HasPrefix(v, w)
		case store.EndsWith:
			return strings.HasSuffix(v, w)
		}
		return inOrder(strings.Compare(v, w), op)
	case float64:
		w, ok := want.(float64)
		switch {
		case !ok:
			return false
		case v < w:
			return inOrder(-1, op)
		case v > w:
			return inOrder(1, op)
		}
		return inOrder(0, op)
	case bool:
		return op == store.Equal && v == want
	case time.Time:
		w, ok := want.(time.Time)
		return ok && inOrder(v.Compare(w), op)
	}
	return false
}

func inOrder(order int, op store.Op) bool {
	switch op {
	case store.Equal:
		return order == 0
	case store.Greater:
		return order > 0
	case store.GreaterOrEqual:
		return order >= 0
	case store.Less:
		return order < 0
	case store.LessOrEqual:
		return order <= 0
	}
	return false
}
