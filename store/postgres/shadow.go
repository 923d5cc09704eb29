package postgres

import (
	"fmt"
	"maps"
	"math"

	"github.com/go-json-experiment/json"

	"rollcall/store"
)

// containment is what an index look-up searches the shadow for: the smallest
// document that every match contains. ok is false where there is none.
func containment(where store.Expr) (document any, ok bool, err error) {
	switch where := where.(type) {
	case store.Compare:
		if where.Op != store.Equal {
			return nil, false, nil
		}
		if err := checkValue(where.Value); err != nil {
			return nil, false, err
		}
		return nest(where.Path, where.Value), true, nil
	case store.Element:
		document, exact, err := elementContainment(where.Where)
		if err != nil || !exact {
			return nil, false, err
		}
		return nest(where.Path, document), true, nil
	}
	return nil, false, nil
}

// elementContainment is containment inside one element, where a conjunction of
// equalities is one object.
func elementContainment(where store.Expr) (document any, exact bool, err error) {
	terms, ok := where.(store.And)
	if !ok {
		return containment(where)
	}
	for i, term := range terms {
		next, ok, err := elementContainment(term)
		if err != nil || !ok {
			return nil, false, err
		}
		if i == 0 {
			document = next
			continue
		}
		if document, ok = merge(document, next); !ok {
			return nil, false, nil
		}
	}
	return document, document != nil, nil
}

// elementHint is a containment that every match of a condition on an element
// has, for finding candidates by index; nil where there is none.
func elementHint(where store.Expr) (any, error) {
	terms, ok := where.(store.And)
	if !ok {
		document, _, err := elementContainment(where)
		return document, err
	}
	var hint any
	for _, term := range terms {
		next, ok, err := elementContainment(term)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if hint == nil {
			hint = next
		} else if merged, ok := merge(hint, next); ok {
			hint = merged
		}
	}
	return hint, nil
}

// nest puts a value under a path.
func nest(path store.Path, value any) any {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i].Multi {
			value = []any{value}
		}
		value = map[string]any{path[i].Name: value}
	}
	return value
}

// merge unites what two containments ask for; ok is false where one document
// cannot say both.
func merge(a, b any) (any, bool) {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			return nil, false
		}
		united := maps.Clone(a)
		for name, value := range b {
			before, twice := united[name]
			if !twice {
				united[name] = value
				continue
			}
			if united[name], ok = merge(before, value); !ok {
				return nil, false
			}
		}
		return united, true
	case []any:
		b, ok := b.([]any)
		if !ok {
			return nil, false
		}
		return append(append([]any{}, a...), b...), true
	}
	return a, a == b
}

// checkValue refuses what the shadow cannot hold.
func checkValue(value any) error {
	switch value := value.(type) {
	case string:
		if !store.Storable(value) {
			return invalid("filter value")
		}
		return nil
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return invalid("filter value")
		}
		return nil
	case bool:
		return nil
	}
	return fmt.Errorf("filter value of kind %T", value)
}

// jsonText is a document as a parameter.
func jsonText(document any) (string, error) {
	text, err := json.Marshal(document, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("filter value: %w", err)
	}
	return string(text), nil
}
