package schema

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
)

// Misfit is what a stored document holds or lacks against its resource type.
type Misfit struct {
	// Attribute is the path of the attribute.
	Attribute string
	// Reason says what is wrong with it, without a value.
	Reason string
}

var errNoDocument = errors.New("not a stored document")

// Misfits holds a stored document against the type, which may be defined in
// another way than when the document was written. An error says that it is not
// a document at all.
func (t *ResourceType) Misfits(document []byte) ([]Misfit, error) {
	f := fitting{t: t, seen: map[Misfit]bool{}}
	err := f.object(document, t.root)
	return f.found, err
}

// fitting collects each misfit of a document once.
type fitting struct {
	t     *ResourceType
	found []Misfit
	seen  map[Misfit]bool
}

func (f *fitting) misfit(path, reason string) {
	m := Misfit{path, reason}
	if !f.seen[m] {
		f.seen[m] = true
		f.found = append(f.found, m)
	}
}

func (f *fitting) object(raw jsontext.Value, parent *Attribute) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return errors.Join(errNoDocument, err)
	}
	present := map[*Attribute]bool{}
	for d.PeekKind() != '}' {
		token, err := d.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		a, ok := parent.Lookup(name)
		switch {
		case !ok:
			f.misfit((&Attribute{Name: name, Parent: f.below(parent)}).Path(), "no longer defined")
			continue
		case a == f.t.Schemas:
			f.schemas(value)
		case a.Computed != Stored:
			f.misfit(a.Path(), "now kept apart from the resource")
		default:
			err = f.value(value, a)
		}
		if err != nil {
			return err
		}
		present[a] = true
	}
	for _, sub := range parent.Sub {
		if sub.Required && sub.Mutability != ReadOnly && sub.Computed == Stored && !present[sub] {
			f.misfit(sub.Path(), "now required, and missing")
		}
	}
	return nil
}

// below is the parent of an attribute that is an attribute itself.
func (f *fitting) below(parent *Attribute) *Attribute {
	if parent == f.t.root {
		return nil
	}
	return parent
}

// schemas looks for the base schema: extensions have data of their own.
func (f *fitting) schemas(raw jsontext.Value) {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	for token, err := d.ReadToken(); err == nil; token, err = d.ReadToken() {
		if token.Kind() == '"' && strings.EqualFold(token.String(), f.t.URN) {
			return
		}
	}
	f.misfit("schemas", "the schema of the resource type is now "+f.t.URN)
}

func (f *fitting) value(raw jsontext.Value, a *Attribute) error {
	switch list := raw.Kind() == '['; {
	case a.MultiValued && !list:
		f.misfit(a.Path(), "now multi-valued, and a single value is stored")
		return nil
	case !a.MultiValued && list:
		f.misfit(a.Path(), "now single-valued, and a list is stored")
		return nil
	case !list:
		return f.single(raw, a)
	}
	return f.list(raw, a)
}

func (f *fitting) list(raw jsontext.Value, a *Attribute) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	before, stored := len(f.found), 0
	for ; d.PeekKind() != ']'; stored++ {
		element, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err := f.single(element, a); err != nil {
			return err
		}
	}
	if len(f.found) > before {
		return nil
	}
	// What compares in another way may be the same now.
	read := decoder{Decoder: jsontext.NewDecoder(bytes.NewReader(raw)), leniency: &Leniency{}, stored: true}
	v, err := read.list(a)
	if distinct, _ := v.(List); err != nil || len(distinct) < stored {
		f.misfit(a.Path(), "two values of one resource are now the same, or both primary")
	}
	return nil
}

func (f *fitting) single(raw jsontext.Value, a *Attribute) error {
	err := error(nil)
	switch raw.Kind() {
	case '{':
		if a.Type == Complex {
			return f.object(raw, a)
		}
		err = mismatch(a, a.expects())
	case '"':
		err = f.text(raw, a)
	case '0':
		_, err = number(a, string(raw))
	default:
		if a.Type != Boolean {
			err = mismatch(a, a.expects())
		}
	}
	if refused, ok := fault.As(err); ok {
		f.misfit(a.Path(), strings.TrimPrefix(refused.Detail, a.Path()+": "))
		return nil
	}
	return err
}

// byConnection are the checks of values that a connection may do without. What
// is stored may have come by such a connection, so that a definition is not held
// against it.
const byConnection = UncheckedCertificates | UncheckedCountries | UncheckedLocales | UncheckedReferences

// text holds a string to what requests are held to, but for what is a matter of
// the connection.
func (f *fitting) text(raw jsontext.Value, a *Attribute) error {
	token, err := jsontext.NewDecoder(bytes.NewReader(raw)).ReadToken()
	if err != nil {
		return err
	}
	text := token.String()
	if a.Unique && len(a.Fold(text)) > MaxKeyBytes {
		return fault.New(fault.InvalidValue, "%s: the value is longer than %d bytes", a, MaxKeyBytes)
	}
	_, err = a.textValue(text, &Leniency{Allowed: byConnection})
	return err
}
