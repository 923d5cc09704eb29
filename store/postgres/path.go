package postgres

import (
	"fmt"
	"strings"

	"rollcall/store"
)

// compare is true when any value under a path satisfies the operator.
func (c *condition) compare(expr store.Compare, in scope) (string, error) {
	if err := checkValue(expr.Value); err != nil {
		return "", err
	}
	if !in.element && expr.Op == store.Equal && len(expr.Path) > 0 {
		return c.contains(nest(expr.Path, expr.Value))
	}
	return c.any(expr.Path, in, func(leaf string) (string, error) { return c.compareLeaf(leaf, expr) })
}

// contains looks a document up in the shadow by its index.
func (c *condition) contains(document any) (string, error) {
	text, err := jsonText(map[string]any{shadowKey(c.tenant, c.typ): document})
	if err != nil {
		return "", err
	}
	return "(r.idx @> " + c.arg(text) + "::jsonb)", nil
}

func (c *condition) compareLeaf(leaf string, expr store.Compare) (string, error) {
	if expr.Op == store.Equal {
		text, err := jsonText(expr.Value)
		if err != nil {
			return "", err
		}
		return "(" + leaf + " = " + c.arg(text) + "::jsonb)", nil
	}
	switch value := expr.Value.(type) {
	case string:
		inner, err := c.compareText("("+leaf+` #>> '{}') COLLATE "C"`, expr.Op, value)
		if err != nil {
			return "", err
		}
		return "CASE WHEN jsonb_typeof(" + leaf + ") = 'string' THEN " + inner + " ELSE false END", nil
	case float64:
		symbol, ok := symbols[expr.Op]
		if !ok {
			return "", fmt.Errorf("operator %d on a number", expr.Op)
		}
		text, err := jsonText(value)
		if err != nil {
			return "", err
		}
		// Two numbers compare as numbers in jsonb.
		return "CASE WHEN jsonb_typeof(" + leaf + ") = 'number' THEN " + leaf + symbol + c.arg(text) + "::jsonb ELSE false END", nil
	}
	return "", fmt.Errorf("operator %d on %T", expr.Op, expr.Value)
}

func (c *condition) present(expr store.Present, in scope) (string, error) {
	return c.any(expr.Path, in, func(leaf string) (string, error) {
		return "CASE jsonb_typeof(" + leaf + ") WHEN 'string' THEN true WHEN 'number' THEN true WHEN 'boolean' THEN true" +
			" WHEN 'object' THEN " + leaf + " <> '{}'::jsonb ELSE false END", nil
	})
}

// element is true when one element satisfies the whole condition. What is one
// containment is answered by index; of the rest, the equalities find
// candidates by index and the condition is checked on these.
func (c *condition) element(expr store.Element, in scope) (string, error) {
	if terms, ok := expr.Where.(store.Or); ok {
		return c.where(spread(expr.Path, terms), in)
	}
	document, exact, err := containment(expr)
	if err != nil {
		return "", err
	}
	if exact {
		return c.contains(document)
	}
	check, err := c.any(expr.Path, in, func(leaf string) (string, error) {
		return c.where(expr.Where, scope{base: leaf, element: true})
	})
	if err != nil {
		return "", err
	}
	hint, err := elementHint(expr.Where)
	if err != nil || hint == nil {
		return check, err
	}
	candidates, err := c.contains(nest(expr.Path, hint))
	if err != nil {
		return "", err
	}
	return "(" + candidates + " AND " + check + ")", nil
}

// any is true when test is true for any value that a path leads to. Values of
// an unexpected shape are passed over: no comparison may ever fail.
func (c *condition) any(path store.Path, in scope, test func(leaf string) (string, error)) (string, error) {
	from, leaf := c.leaves(path, in)
	inner, err := test(leaf)
	if err != nil || from == nil {
		return inner, err
	}
	return "EXISTS (SELECT 1 FROM " + strings.Join(from, ", ") + " WHERE " + inner + ")", nil
}

// leaves returns what a path has to be unfolded from, nil where every resource has
// one value at the most, and the values.
func (c *condition) leaves(path store.Path, in scope) (from []string, leaf string) {
	base, names := in.base, []string(nil)
	if !in.element {
		names = append(names, shadowKey(c.tenant, c.typ))
	}
	for _, step := range path {
		names = append(names, step.Name)
		if step.Multi {
			c.aliases++
			alias := "e" + itoa(int64(c.aliases))
			array := c.follow(base, names)
			from = append(from, "jsonb_array_elements(CASE WHEN jsonb_typeof("+array+") = 'array' THEN "+array+" ELSE '[]'::jsonb END) AS "+alias+" (v)")
			base, names = alias+".v", nil
		}
	}
	return from, c.follow(base, names)
}

// follow is the jsonb value under names.
func (c *condition) follow(base string, names []string) string {
	if len(names) == 0 {
		return base
	}
	return "(" + base + " #> " + c.arg(names) + "::text[])"
}

// spread says of an element that satisfies one of several conditions: one of
// several elements.
func spread(path store.Path, terms store.Or) store.Or {
	elements := make(store.Or, len(terms))
	for i, term := range terms {
		elements[i] = store.Element{Path: path, Where: term}
	}
	return elements
}
