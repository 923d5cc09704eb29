package schema

import (
	"fmt"
	"strings"
)

// Type is an attribute data type (RFC 7643 section 2.3).
type Type uint8

// The data types.
const (
	String Type = iota
	Boolean
	Decimal
	Integer
	DateTime
	Binary
	Reference
	Complex
)

var typeNames = [...]string{"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}

func (t Type) String() string { return typeNames[t] }

// Mutability says who may write an attribute and when (RFC 7643 section 7).
type Mutability uint8

// The mutabilities.
const (
	ReadWrite Mutability = iota
	ReadOnly
	Immutable
	WriteOnly
)

// Returned says when an attribute is part of an answer (RFC 7643 section 7).
type Returned uint8

// The values of returned.
const (
	Default Returned = iota
	Always
	Never
	OnRequest
)

// Computed marks an attribute whose value is not part of the stored document
// but is worked out by the provider and the store.
type Computed uint8

// The computed attributes. They are the whole list: adding one means giving it
// SQL on each backend.
const (
	Stored Computed = iota
	// ComputedMembers is a group's members, kept in a table of their own.
	ComputedMembers
	// ComputedGroups is the groups of a resource, direct and indirect.
	ComputedGroups
	// ComputedActive is derived from the lifecycle facts.
	ComputedActive
	// ComputedPassword is a credential, kept as a hash apart from the document.
	ComputedPassword
	// ComputedMeta is the common attribute meta.
	ComputedMeta
	// ComputedLifecycle is a read-only attribute of the lifecycle extension.
	ComputedLifecycle
)

// Attribute is one compiled attribute. It is immutable; two paths that name
// the same attribute lead to the same pointer.
type Attribute struct {
	// Name is the name as the schema document spells it; for an extension it
	// is the schema URN.
	Name string
	// Parent is the complex attribute that this is a sub-attribute of, the
	// extension for its attributes, nil for attributes at the top level.
	Parent *Attribute
	// Extension says that this stands for a schema extension: a complex
	// attribute whose name is a URN.
	Extension       bool
	Type            Type
	MultiValued     bool
	Required        bool
	CaseExact       bool
	Mutability      Mutability
	Returned        Returned
	Unique          bool
	CanonicalValues []string
	ReferenceTypes  []string
	Computed        Computed
	// Sub holds the sub-attributes in the order of the document.
	Sub []*Attribute

	// credential says that values prove who somebody is: passwords, and all
	// that only a client writes and nobody reads.
	credential bool
	// rule is what the prose of RFC 7643 demands beyond the characteristics.
	rule rule
	// position orders the attributes of one parent.
	position int
	byName   map[string]*Attribute
}

// Path is the full name: with its URN inside an extension, with the name of
// the complex attribute for a sub-attribute.
func (a *Attribute) Path() string {
	switch {
	case a.Parent == nil:
		return a.Name
	case a.Parent.Extension:
		return a.Parent.Name + ":" + a.Name
	default:
		return a.Parent.Path() + "." + a.Name
	}
}

func (a *Attribute) String() string { return a.Path() }

// Lookup finds a sub-attribute, ignoring case (RFC 7643 section 2.1).
func (a *Attribute) Lookup(name string) (*Attribute, bool) {
	if sub, ok := a.byName[name]; ok {
		return sub, true
	}
	sub, ok := a.byName[strings.ToLower(name)]
	return sub, ok
}

// LookupLenient is Lookup without what the request must not know of.
func (a *Attribute) LookupLenient(name string, leniency *Leniency) (*Attribute, bool) {
	sub, ok := a.Lookup(name)
	return sub, ok && !leniency.withholds(sub)
}

// Top is the attribute at the top level that this one belongs to: itself, the
// complex attribute or the extension.
func (a *Attribute) Top() *Attribute {
	for a.Parent != nil {
		a = a.Parent
	}
	return a
}

// Filterable reports whether filters and sorts may name the attribute. What is
// never returned, and what is too big to index, is not.
func (a *Attribute) Filterable() bool {
	return a.Returned != Never && a.Mutability != WriteOnly && a.Indexed()
}

// Indexed reports whether values of the attribute are in the search shadow;
// of the others only their presence is.
func (a *Attribute) Indexed() bool { return a.Type != Binary && a.rule != rulePhoto }

// ReadOnlyHere reports whether clients cannot write the attribute or what it
// is part of.
func (a *Attribute) ReadOnlyHere() bool {
	for at := a; at != nil; at = at.Parent {
		if at.Mutability == ReadOnly {
			return true
		}
	}
	return false
}

// Value returns the sub-attribute "value" of a complex attribute.
func (a *Attribute) Value() (*Attribute, bool) {
	sub, ok := a.byName["value"]
	return sub, ok
}

// Primary returns the boolean sub-attribute "primary" of a complex attribute.
func (a *Attribute) Primary() (*Attribute, bool) {
	sub, ok := a.byName["primary"]
	return sub, ok && sub.Type == Boolean
}

func (a *Attribute) adopt(sub *Attribute) error {
	key := strings.ToLower(sub.Name)
	if a.byName == nil {
		a.byName = map[string]*Attribute{}
	}
	if _, taken := a.byName[key]; taken {
		return fmt.Errorf("attribute %q is defined twice", sub.Name)
	}
	sub.position = len(a.Sub)
	a.Sub = append(a.Sub, sub)
	a.byName[sub.Name] = sub
	a.byName[key] = sub
	return nil
}
