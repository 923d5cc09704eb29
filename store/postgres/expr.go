package postgres

import (
	"fmt"
	"strings"
	"time"

	"rollcall/store"
)

// condition translates expressions about a resource r of one type. A term may
// come out NULL where the contract says false: And and Or treat both alike,
// and Not asks IS NOT TRUE. So no term hides from an index behind coalesce.
type condition struct {
	*statement
	tenant store.TenantID
	typ    string
	now    time.Time
	// aliases numbers the FROM items of sub-queries.
	aliases int
	// leading is true while a relation that every match has is to find the
	// matches, because nothing else does.
	leading bool
	// alone says that the condition is one relation and nothing else.
	alone bool
}

// scope is what a path starts from: the shadow of a resource, or one element.
type scope struct {
	// base is the SQL of a jsonb value.
	base string
	// element is true inside Element.
	element bool
}

func (c *condition) shadow() scope { return scope{base: "r.idx"} }

// where returns the SQL of an expression.
func (c *condition) where(expr store.Expr, in scope) (string, error) {
	switch expr := expr.(type) {
	case store.And:
		return c.join(expr, " AND ", "true", in)
	case store.Or, store.Not:
		defer func(leading bool) { c.leading = leading }(c.leading)
		c.leading = false
		return c.either(expr, in)
	case store.Const:
		if expr {
			return "true", nil
		}
		return "false", nil
	case store.Compare:
		return c.compare(expr, in)
	case store.Present:
		return c.present(expr, in)
	}
	if in.element {
		return "", fmt.Errorf("%T inside an element", expr)
	}
	switch expr := expr.(type) {
	case store.Element:
		return c.element(expr, in)
	case store.CompareColumn:
		return c.compareColumn(expr)
	case store.PresentColumn:
		return c.presentColumn(expr)
	case store.Standing:
		return c.standing(expr)
	case store.Idle:
		return c.idle(expr)
	case store.Related:
		return c.related(expr)
	case containing:
		return c.containing(expr)
	}
	return "", fmt.Errorf("unknown expression %T", expr)
}

// either translates what matches without all of its terms being true.
func (c *condition) either(expr store.Expr, in scope) (string, error) {
	if terms, ok := expr.(store.Or); ok {
		return c.join(terms, " OR ", "false", in)
	}
	return c.not(expr.(store.Not), in)
}

// join is flat: a thousand terms are one level for the parser of the database.
func (c *condition) join(terms []store.Expr, operator, empty string, in scope) (string, error) {
	if len(terms) == 0 {
		return empty, nil
	}
	parts := make([]string, len(terms))
	for i, term := range terms {
		part, err := c.where(term, in)
		if err != nil {
			return "", err
		}
		parts[i] = part
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return "(" + strings.Join(parts, operator) + ")", nil
}

func (c *condition) not(expr store.Not, in scope) (string, error) {
	inner, err := c.where(expr.Expr, in)
	if err != nil {
		return "", err
	}
	return "((" + inner + ") IS NOT TRUE)", nil
}

var columnNames = map[store.Column]string{
	store.ColumnID: "r.id", store.ColumnName: "r.uniq", store.ColumnExternalID: "r.external_id",
	store.ColumnSortName: "r.sort_name", store.ColumnCreated: "r.created", store.ColumnModified: "r.modified",
}

func (c *condition) compareColumn(expr store.CompareColumn) (string, error) {
	name, ok := columnNames[expr.Column]
	switch {
	case !ok:
		return c.compareFact(expr)
	case expr.Column == store.ColumnCreated || expr.Column == store.ColumnModified:
		return c.compareTime(name, expr)
	case expr.Column == store.ColumnID:
		return c.compareID(name, expr)
	}
	return c.compareText(name, expr.Op, expr.Value)
}

func (c *condition) compareTime(text string, expr store.CompareColumn) (string, error) {
	at, ok := expr.Value.(time.Time)
	if !ok || symbols[expr.Op] == "" {
		return "", fmt.Errorf("operator %d of a time with %T", expr.Op, expr.Value)
	}
	return "(" + text + symbols[expr.Op] + c.arg(at) + "::timestamptz)", nil
}

// compareID compares ids as ids where it can, as text for all other operators.
func (c *condition) compareID(name string, expr store.CompareColumn) (string, error) {
	if expr.Op != store.Equal {
		return c.compareText(name+`::text COLLATE "C"`, expr.Op, expr.Value)
	}
	text, ok := expr.Value.(string)
	if !ok {
		return "", fmt.Errorf("comparison of an id with %T", expr.Value)
	}
	if !store.Storable(text) {
		return "", invalid("filter value")
	}
	value, ok := store.ParseID(text)
	if !ok {
		return "false", nil
	}
	return "(" + name + " = " + c.arg(id(value)) + "::uuid)", nil
}

var symbols = map[store.Op]string{
	store.Equal: " = ", store.Greater: " > ", store.GreaterOrEqual: " >= ", store.Less: " < ", store.LessOrEqual: " <= ",
}

// compareText compares SQL text of collation C with a string.
func (c *condition) compareText(text string, op store.Op, value any) (string, error) {
	literal, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("comparison of a text with %T", value)
	}
	if !store.Storable(literal) {
		return "", invalid("filter value")
	}
	pattern := escapeLike.Replace(literal)
	switch op {
	case store.Contains:
		pattern = "%" + pattern + "%"
	case store.StartsWith:
		pattern += "%"
	case store.EndsWith:
		pattern = "%" + pattern
	default:
		symbol, ok := symbols[op]
		if !ok {
			return "", fmt.Errorf("operator %d", op)
		}
		return "(" + text + symbol + c.arg(literal) + "::text)", nil
	}
	// A pattern without a wildcard in front is a range of the btree.
	return "(" + text + " LIKE " + c.arg(pattern) + "::text)", nil
}

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func (c *condition) presentColumn(expr store.PresentColumn) (string, error) {
	if name, ok := columnNames[expr.Column]; ok {
		return "(" + name + " IS NOT NULL)", nil
	}
	column, ok := c.column(expr.Column)
	if !ok {
		return "", fmt.Errorf("column %d of a resource", expr.Column)
	}
	return "(" + column.sql + " IS NOT NULL)", nil
}
