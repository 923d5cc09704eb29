package schema

import (
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
)

// maxDepth bounds the nesting of a JSON body, unknown attributes included.
const maxDepth = 64

var errNotATime = errors.New("not an xsd:dateTime with date and time")

// Decode reads a resource of this type from a POST or PUT body (RFC 7644
// sections 3.3 and 3.5.1): names ignoring case, each at most once; read-only
// attributes are ignored; null and [] mean unassigned. It checks types and
// values, not what is required.
func (t *ResourceType) Decode(body io.Reader, leniency *Leniency) (*Object, error) {
	d := decoder{Decoder: jsontext.NewDecoder(body), leniency: leniency}
	out, err := d.resource(t)
	if err != nil {
		return nil, SyntaxFault(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fault.New(fault.InvalidSyntax, "the body continues after the JSON object")
		}
		return nil, SyntaxFault(err)
	}
	return out, nil
}

// DecodeValue reads the value of one attribute from JSON text; nil when it is
// null or empty. For a multi-valued attribute a single value is taken as a
// list of one where single is true or the leniency allows it.
func (a *Attribute) DecodeValue(raw jsontext.Value, single bool, leniency *Leniency) (Value, error) {
	d := decoder{Decoder: jsontext.NewDecoder(strings.NewReader(string(raw))), leniency: leniency}
	v, err := d.value(a, single)
	return v, SyntaxFault(err)
}

// DecodeElement reads one element of a multi-valued attribute.
func (a *Attribute) DecodeElement(raw jsontext.Value, leniency *Leniency) (Value, error) {
	d := decoder{Decoder: jsontext.NewDecoder(strings.NewReader(string(raw))), leniency: leniency}
	read := d.single
	if raw.Kind() == '[' {
		read = d.oneOfArray
	}
	v, err := read(a)
	return v, SyntaxFault(err)
}

// SyntaxFault turns what a JSON reader reports on a body into invalidSyntax;
// refusals that already are faults, also those of the body's reader, pass.
func SyntaxFault(err error) error {
	if err == nil {
		return nil
	}
	if refused, ok := fault.As(err); ok {
		return refused
	}
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fault.New(fault.InvalidSyntax, "the body names an attribute twice")
	case errors.As(err, &syntactic):
		return fault.New(fault.InvalidSyntax, "the body is not valid JSON at byte %d", syntactic.ByteOffset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.InvalidSyntax, "the body is empty or ends early")
	}
	return err
}

type decoder struct {
	*jsontext.Decoder
	leniency *Leniency
	// stored says that the value was checked when it was written.
	stored bool
	// unassigned collects what is named without a value; see Object.Unassigned.
	unassigned []*Attribute
}

func (d *decoder) resource(t *ResourceType) (*Object, error) {
	if d.PeekKind() != '{' {
		if _, err := d.ReadToken(); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.InvalidSyntax, "the body must be a JSON object")
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	object, seen, declared := &Object{}, map[*Attribute]bool{}, []string(nil)
	for d.PeekKind() != '}' {
		name, err := d.name()
		if err != nil {
			return nil, err
		}
		a, ok := t.root.LookupLenient(name, d.leniency)
		if !ok {
			if err := d.unknown(name); err != nil {
				return nil, err
			}
			continue
		}
		if seen[a] {
			return nil, fault.New(fault.InvalidSyntax, "%s is given twice", a)
		}
		seen[a] = true
		if a == t.Schemas {
			if declared, err = d.schemas(t); err != nil {
				return nil, err
			}
			continue
		}
		if a.Mutability == ReadOnly && !d.stored || a == t.ID {
			if err := d.skip(); err != nil {
				return nil, err
			}
			continue
		}
		null := d.PeekKind() == 'n'
		v, err := d.value(a, false)
		if err != nil {
			return nil, err
		}
		if IsEmpty(v) && (null || !a.Extension) {
			d.unassigned = append(d.unassigned, a)
		}
		object.Set(a, v)
	}
	object.unassigned = d.unassigned
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	if !seen[t.Schemas] {
		return nil, fault.New(fault.InvalidSyntax, "schemas is missing; it must name %s", t.URN)
	}
	return object, d.checkDeclared(t, object, declared)
}

// checkDeclared holds "schemas" against the data (RFC 7643 section 3.3).
func (d *decoder) checkDeclared(t *ResourceType, object *Object, declared []string) error {
	has := func(urn string) bool {
		for _, d := range declared {
			if strings.EqualFold(d, urn) {
				return true
			}
		}
		return false
	}
	if !has(t.URN) {
		return fault.New(fault.InvalidSyntax, "schemas must name %s", t.URN)
	}
	for a := range object.All() {
		if a.Extension && !has(a.Name) && !d.leniency.Use(UndeclaredExtensions) {
			return fault.New(fault.InvalidSyntax, "schemas must name %s, whose attributes are given", a.Name)
		}
	}
	return nil
}

func (d *decoder) schemas(t *ResourceType) ([]string, error) {
	v, err := d.value(t.Schemas, false)
	if err != nil {
		return nil, err
	}
	list, _ := v.(List)
	declared := make([]string, 0, len(list))
	for _, element := range list {
		urn, _ := element.(string)
		if err := t.CheckSchema(urn, d.leniency); err != nil {
			return nil, err
		}
		declared = append(declared, urn)
	}
	return declared, nil
}

// CheckSchema refuses a value of "schemas" that is neither the schema of the
// type nor one of its extensions.
func (t *ResourceType) CheckSchema(urn string, leniency *Leniency) error {
	if strings.EqualFold(urn, t.URN) {
		return nil
	}
	if _, ok := t.Extension(urn); ok {
		return nil
	}
	if legacyURNs[strings.ToLower(urn)] && leniency.Use(LegacySchemas) {
		return nil
	}
	return fault.New(leniency.UnknownName(fault.InvalidValue), "schemas: %q is neither the schema of %s nor one of its extensions", fault.Clip(urn), t.Name)
}

// name reads an attribute name.
func (d *decoder) name() (string, error) {
	token, err := d.ReadToken()
	if err != nil {
		return "", err
	}
	return token.String(), nil
}

func (d *decoder) unknown(name string) error {
	if !d.leniency.Use(UnknownAttributes) {
		return fault.New(fault.InvalidSyntax, "%q is not an attribute of this resource", fault.Clip(name))
	}
	return d.skip()
}

// skip passes over one value, checking its depth and syntax.
func (d *decoder) skip() error {
	for start := d.StackDepth(); ; {
		if d.StackDepth() > maxDepth {
			return fault.New(fault.InvalidSyntax, "the body is nested deeper than %d levels", maxDepth)
		}
		if _, err := d.ReadToken(); err != nil {
			return err
		}
		if d.StackDepth() <= start {
			return nil
		}
	}
}

// value reads all of an attribute's value.
func (d *decoder) value(a *Attribute, single bool) (Value, error) {
	kind := d.PeekKind()
	switch {
	case kind == 'n':
		_, err := d.ReadToken()
		return nil, err
	case a.MultiValued && kind == '[':
		return d.list(a)
	case a.MultiValued:
		// "" for a whole list is one of the ways to say that it is empty.
		if kind != '"' && !single && !d.leniency.Use(SingleObjects) {
			return nil, mismatch(a, "an array")
		}
		v, err := d.single(a)
		if err != nil || IsEmpty(v) {
			return nil, err
		}
		if kind == '"' && !single && !d.leniency.Use(SingleObjects) {
			return nil, mismatch(a, "an array")
		}
		return List{v}, nil
	case kind == '[':
		return d.oneOfArray(a)
	default:
		return d.single(a)
	}
}

// oneOfArray reads an array of at most one element for a single value.
func (d *decoder) oneOfArray(a *Attribute) (Value, error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	var v Value
	for n := 0; d.PeekKind() != ']'; n++ {
		if n > 0 || !d.leniency.Use(SingleArrays) {
			return nil, mismatch(a, "a single value")
		}
		var err error
		if v, err = d.single(a); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return v, err
}

func (d *decoder) list(a *Attribute) (Value, error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	var list List
	for d.PeekKind() != ']' {
		v, err := d.single(a)
		if err != nil {
			return nil, err
		}
		switch {
		case !IsEmpty(v):
			list = append(list, v)
		case a.Computed == ComputedMembers:
			return nil, fault.New(fault.InvalidValue, "%s: each member needs a value", a)
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, nil
	}
	if a.Computed == ComputedMembers {
		return list, nil // a set in the store, and far too long to compare here
	}
	return a.Distinct(list)
}

// single reads one value: a scalar, or one complex value.
func (d *decoder) single(a *Attribute) (Value, error) {
	switch kind := d.PeekKind(); kind {
	case 'n':
		_, err := d.ReadToken()
		return nil, err
	case '"':
		token, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		return d.text(a, token.String())
	case 't', 'f':
		if _, err := d.ReadToken(); err != nil {
			return nil, err
		}
		if a.Type != Boolean {
			return nil, mismatch(a, a.expects())
		}
		return kind == 't', nil
	case '0':
		token, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		return number(a, token.String())
	case '{':
		if a.Type != Complex {
			return nil, mismatch(a, a.expects())
		}
		return d.complex(a)
	case '[':
		return nil, mismatch(a, a.expects())
	default:
		_, err := d.ReadToken() // reports what is wrong
		return nil, err
	}
}

// complex reads an object of sub-attributes, or the object of an extension.
func (d *decoder) complex(a *Attribute) (Value, error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	object, seen := &Object{}, map[*Attribute]bool(nil)
	for d.PeekKind() != '}' {
		name, err := d.name()
		if err != nil {
			return nil, err
		}
		sub, ok := a.LookupLenient(name, d.leniency)
		if !ok {
			if err := d.unknown(name); err != nil {
				return nil, err
			}
			continue
		}
		if object.Get(sub) != nil || seen[sub] {
			return nil, fault.New(fault.InvalidSyntax, "%s is given twice", sub)
		}
		if sub.Mutability == ReadOnly && !d.stored {
			if err := d.skip(); err != nil {
				return nil, err
			}
			continue
		}
		v, err := d.value(sub, false)
		if err != nil {
			return nil, err
		}
		if IsEmpty(v) {
			if seen == nil {
				seen = map[*Attribute]bool{}
			}
			seen[sub] = true
			if a.Extension {
				d.unassigned = append(d.unassigned, sub)
			}
			continue
		}
		object.Set(sub, v)
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	if object.Len() == 0 {
		return nil, nil
	}
	return object, nil
}
