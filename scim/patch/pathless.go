package patch

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// pathless writes each attribute of a value that has no path.
func (p *patcher) pathless(op Op, raw jsontext.Value) error {
	if raw.Kind() != '{' {
		return fault.New(fault.InvalidValue, "the value of %s without a path must be an object", op)
	}
	return eachMember(raw, func(key string) (func(jsontext.Value) error, *schema.Attribute, error) {
		path, err := p.key("", key)
		if path == nil || err != nil {
			return nil, nil, err
		}
		write := func(raw jsontext.Value) error { return p.write(op, *path, raw) }
		if path.Where != nil {
			return write, nil, nil
		}
		return write, path.Attribute, nil
	})
}

// extension writes each attribute of an extension's object.
func (p *patcher) extension(op Op, a *schema.Attribute, raw jsontext.Value) error {
	return eachMember(raw, func(key string) (func(jsontext.Value) error, *schema.Attribute, error) {
		path, err := p.key(a.Name+":", key)
		if path == nil || err != nil {
			return nil, nil, err
		}
		return func(raw jsontext.Value) error { return p.write(op, *path, raw) }, path.Attribute, nil
	})
}

// key finds what a key of a pathless value names, prefix being the URN of the
// extension whose object it is in: nil for what is ignored. Attributes at the top level and "URN:attribute" are the RFC's forms; other
// paths are a normalisation.
func (p *patcher) key(prefix, key string) (*filter.Path, error) {
	path, err := p.keyPath(prefix, key)
	if err != nil {
		return nil, err
	}
	if path == nil {
		if p.leniency.Use(schema.UnknownAttributes) {
			return nil, nil
		}
		name, _, _ := strings.Cut(key, "[") // what a filter compares with is not repeated
		return nil, fault.New(fault.InvalidSyntax, "%q is not an attribute of this resource", fault.Clip(name))
	}
	target := path.Attribute
	if path.Sub != nil {
		target = path.Sub
	}
	if target.ReadOnlyHere() && p.leniency.Use(schema.ReadOnlyEcho) {
		return nil, nil
	}
	return path, nil
}

func (p *patcher) keyPath(prefix, key string) (*filter.Path, error) {
	if head, _, ok := strings.Cut(key, "["); ok {
		if _, known := p.resource.LookupLenient(prefix+head, p.leniency); !known || !p.leniency.Use(schema.PathKeys) {
			return nil, nil
		}
		return bindPath(prefix+key, p.resource, p.leniency)
	}
	a, ok := p.resource.LookupLenient(prefix+key, p.leniency)
	if !ok {
		return nil, nil
	}
	// "name.givenName" is a path; "URN:name.givenName" is a qualified name.
	if a.Parent != nil && !a.Parent.Extension && !strings.Contains(key, ":") && !p.leniency.Use(schema.PathKeys) {
		return nil, nil
	}
	return &filter.Path{Attribute: a}, nil
}

// eachMember reads an object of attributes. find says what to do with the
// value of a key, nil to ignore it, and which attribute must not come again.
func eachMember(raw jsontext.Value, find func(key string) (write func(jsontext.Value) error, unique *schema.Attribute, err error)) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		return schema.SyntaxFault(err)
	}
	seen := map[*schema.Attribute]bool{}
	for d.PeekKind() != '}' {
		token, err := d.ReadToken()
		if err != nil {
			return schema.SyntaxFault(err)
		}
		write, unique, err := find(token.String())
		if err != nil {
			return err
		}
		if unique != nil && seen[unique] {
			return fault.New(fault.InvalidSyntax, "%s is given twice", unique)
		}
		seen[unique] = true
		value, err := d.ReadValue()
		if err != nil {
			return schema.SyntaxFault(err)
		}
		if write != nil {
			if err := write(value); err != nil {
				return err
			}
		}
	}
	return nil
}
