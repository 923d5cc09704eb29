package filter

import (
	ast "github.com/scim2/filter-parser/v2"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// Path is a PATCH path bound to a resource type.
type Path struct {
	// Attribute is what the path names: an attribute, a sub-attribute of all
	// elements (its Parent tells) or an extension.
	Attribute *schema.Attribute
	// Where selects elements; nil without brackets.
	Where Filter
	// Sub is the sub-attribute after the brackets, or nil.
	Sub *schema.Attribute
	// Terms are the values that an element must have to satisfy Where, where
	// that says so plainly: a conjunction of "eq". nil otherwise.
	Terms []Term
}

// Term is one "eq" of a value filter, its literal as it was sent.
type Term struct {
	Attribute *schema.Attribute
	// Literal is a string, a float64 or a bool.
	Literal any
}

// terms takes a conjunction of "eq" apart.
func terms(e ast.Expression, multi *schema.Attribute, found []Term) ([]Term, bool) {
	switch e := e.(type) {
	case *ast.LogicalExpression:
		if e.Operator != ast.AND {
			return nil, false
		}
		found, ok := terms(e.Left, multi, found)
		if !ok {
			return nil, false
		}
		return terms(e.Right, multi, found)
	case *ast.AttributeExpression:
		b := binder{element: multi, leniency: &schema.Leniency{}} // the filter was bound before: what it names exists
		a, ok := b.elementAttribute(e.AttributePath)
		if !ok || e.Operator != ast.EQ || e.CompareValue == nil {
			return nil, false
		}
		return append(found, Term{a, e.CompareValue}), true
	}
	return nil, false
}

// BindPath finds what a path names. An unknown attribute is invalidPath.
func BindPath(p ast.Path, t *schema.ResourceType, l *schema.Leniency) (Path, error) {
	a, ok := t.LookupLenient(fullName(p.AttributePath), l)
	if !ok {
		return Path{}, fault.New(l.UnknownName(fault.InvalidPath), "%q is not an attribute of %s", fault.Clip(fullName(p.AttributePath)), t.Name)
	}
	path := Path{Attribute: a}
	if p.ValueExpression == nil {
		return path, nil
	}
	if !selectable(a) || a.Parent != nil && a.Parent.MultiValued {
		return Path{}, fault.New(fault.InvalidPath, "%s takes no filter in [ ]: it has no elements", a)
	}
	var err error
	if path.Where, err = BindElement(p.ValueExpression, a, l); err != nil {
		return Path{}, err
	}
	if found, ok := terms(p.ValueExpression, a, nil); ok {
		path.Terms = found
	}
	if p.SubAttribute != nil {
		if path.Sub, ok = a.LookupLenient(*p.SubAttribute, l); !ok {
			return Path{}, fault.New(l.UnknownName(fault.InvalidPath), "%s has no sub-attribute %q", a, fault.Clip(*p.SubAttribute))
		}
	}
	return path, nil
}

// selectable reports whether an attribute has elements for [ ] to choose from.
func selectable(a *schema.Attribute) bool {
	return !a.Extension && (a.MultiValued || a.Type == schema.Complex)
}
