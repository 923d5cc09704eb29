package scim

import (
	"slices"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

// relatives lowers conditions on members and groups, which are rows of the
// store and no part of any shadow.
type relatives struct {
	// types are all resource types: what a member can be.
	types []*schema.ResourceType
	// base is the root of the URIs in answers, without a trailing slash.
	base string
}

func (p *Provider) relatives(c *Caller) relatives {
	return relatives{types: p.types.Types(), base: c.Base}
}

// compare lowers a comparison outside of brackets. As with every multi-valued
// attribute "ne" also holds where there is no value at all.
func (r relatives) compare(relation *schema.Attribute, f filter.Compare) (store.Expr, error) {
	found, err := r.element(relation, f)
	if err != nil || f.Op != filter.NotEqual {
		return found, err
	}
	return store.Or{found, store.Not{Expr: present(relation)}}, nil
}

// present is true for a resource with any element. All that answers show of an
// element is always there, so that each sub-attribute is present with it.
func present(relation *schema.Attribute) store.Expr {
	if relation.Computed == schema.ComputedMembers {
		return store.Related{Relation: store.Members}
	}
	return store.Related{Relation: store.Groups} // who is in any group is in one directly
}

// element lowers a condition that one element satisfies.
func (r relatives) element(relation *schema.Attribute, f filter.Filter) (store.Expr, error) {
	if relation.Computed == schema.ComputedMembers {
		where, err := r.condition(f, "")
		return having(store.Members, where), err
	}
	if !mentionsType(f) {
		where, err := r.condition(f, "")
		return having(store.AllGroups, where), err
	}
	// Of a group of a user, "type" tells direct from indirect.
	direct, err := r.condition(f, "direct")
	if err != nil {
		return nil, err
	}
	indirect, err := r.condition(f, "indirect")
	return disjunction(having(store.Groups, direct), having(store.IndirectGroups, indirect)), err
}

func having(relation store.Relation, where store.Expr) store.Expr {
	if constant, ok := where.(store.Const); ok {
		if !constant {
			return constant
		}
		where = nil
	}
	return store.Related{Relation: relation, Where: where}
}

// condition lowers a condition on one related resource. kind is what "type" of
// a group is taken as; for members it is a column.
func (r relatives) condition(f filter.Filter, kind string) (store.Expr, error) {
	one := func(term filter.Filter) (store.Expr, error) { return r.condition(term, kind) }
	switch f := f.(type) {
	case filter.And:
		terms, err := lowerAll(f, one)
		return conjunction(terms...), err
	case filter.Or:
		terms, err := lowerAll(f, one)
		return disjunction(terms...), err
	case filter.Not:
		term, err := one(f.Filter)
		return negation(term), err
	case filter.Constant:
		return store.Const(f), nil
	case filter.Present:
		return store.Const(true), nil
	case filter.Compare:
		if f.Op != filter.NotEqual {
			return r.comparison(f, kind)
		}
		f.Op = filter.Equal
		term, err := r.comparison(f, kind)
		return negation(term), err
	}
	return nil, misplaced(f)
}

// comparison lowers a comparison other than "ne".
func (r relatives) comparison(f filter.Compare, kind string) (store.Expr, error) {
	text, ok := f.Value.(string)
	if !ok {
		return nil, unanswerable(f.Attribute)
	}
	switch f.Attribute.Name {
	case "value":
		return store.CompareColumn{Column: store.ColumnRelatedID, Op: storeOps[f.Op], Value: text}, nil
	case "display":
		return store.CompareColumn{Column: store.ColumnRelatedLabel, Op: storeOps[f.Op], Value: text}, nil
	case "$ref":
		return r.reference(f, text)
	case "type":
		if kind != "" {
			return store.Const(filter.MatchElement(f, f.Attribute, kind)), nil
		}
		return r.typed(func(t *schema.ResourceType) bool { return filter.MatchElement(f, f.Attribute, t.Name) }), nil
	}
	return nil, unanswerable(f.Attribute)
}

// typed is true for related resources of the types that are picked.
func (r relatives) typed(pick func(*schema.ResourceType) bool) store.Expr {
	var some store.Or
	for _, t := range r.types {
		if pick(t) {
			some = append(some, store.CompareColumn{Column: store.ColumnRelatedType, Op: store.Equal, Value: t.Name})
		}
	}
	if len(some) == len(r.types) {
		return store.Const(true)
	}
	return disjunction(some...)
}

// conjunction, disjunction and negation fold constants.
func conjunction(terms ...store.Expr) store.Expr {
	return fold(terms, false, func(terms []store.Expr) store.Expr { return store.And(terms) })
}

func disjunction(terms ...store.Expr) store.Expr {
	return fold(terms, true, func(terms []store.Expr) store.Expr { return store.Or(terms) })
}

// fold joins terms of which a constant one either decides the whole or does not
// matter.
func fold(terms []store.Expr, decides store.Const, join func([]store.Expr) store.Expr) store.Expr {
	var open []store.Expr
	for _, term := range terms {
		constant, ok := term.(store.Const)
		switch {
		case !ok:
			open = append(open, term)
		case constant == decides:
			return decides
		}
	}
	switch len(open) {
	case 0:
		return !decides
	case 1:
		return open[0]
	}
	return join(open)
}

func negation(term store.Expr) store.Expr {
	if constant, ok := term.(store.Const); ok {
		return !constant
	}
	return store.Not{Expr: term}
}

func mentionsType(f filter.Filter) bool {
	switch f := f.(type) {
	case filter.And:
		return slices.ContainsFunc(f, mentionsType)
	case filter.Or:
		return slices.ContainsFunc(f, mentionsType)
	case filter.Not:
		return mentionsType(f.Filter)
	case filter.Compare:
		return f.Attribute.Name == "type"
	}
	return false
}
