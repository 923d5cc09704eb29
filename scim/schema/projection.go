package schema

import "strings"

// Projection is what an answer carries of a resource (RFC 7644 section 3.9).
// The zero value and nil select the default: returned "always" and "default".
type Projection struct {
	// named is the set of attributes that the request names.
	named map[*Attribute]bool
	// exclude says that named attributes are left out instead of selected.
	exclude bool
	// sent are attributes with returned "request" that the request wrote.
	sent map[*Attribute]bool
}

// Sent returns the projection of an answer to a write: it also shows the
// attributes with returned "request" that the request wrote (RFC 7643 section
// 7). wrote are attributes at the top level.
func (p *Projection) Sent(wrote func(yield func(*Attribute) bool)) *Projection {
	var sent map[*Attribute]bool
	for a := range wrote {
		if a.Returned == OnRequest {
			if sent == nil {
				sent = map[*Attribute]bool{}
			}
			sent[a] = true
		}
	}
	if sent == nil {
		return p
	}
	with := Projection{sent: sent}
	if p != nil {
		with.named, with.exclude = p.named, p.exclude
	}
	return &with
}

// NewProjection reads the parameters attributes and excludedAttributes. Names
// that the type does not have are ignored. It returns nil when neither names
// anything, which selects the default.
func (t *ResourceType) NewProjection(attributes, excluded []string) *Projection {
	switch {
	case len(attributes) > 0:
		return &Projection{named: t.named(attributes)}
	case len(excluded) > 0:
		return &Projection{named: t.named(excluded), exclude: true}
	}
	return nil
}

func (t *ResourceType) named(paths []string) map[*Attribute]bool {
	set := map[*Attribute]bool{}
	for _, path := range paths {
		path = strings.TrimSpace(path)
		if a, ok := t.Lookup(path); ok {
			set[a] = true
			continue
		}
		// The URN of the base schema stands for all of its attributes.
		if strings.EqualFold(path, t.URN) {
			for _, a := range t.root.Sub {
				if !a.Extension {
					set[a] = true
				}
			}
		}
	}
	return set
}

// Includes reports whether the answer carries the attribute or a part of it.
func (p *Projection) Includes(a *Attribute) bool {
	switch {
	case a.Returned == Never:
		return false
	case a.Returned == Always && a.Parent == nil:
		return true
	case p == nil || p.named == nil:
		return a.Returned != OnRequest || p != nil && p.sent[a]
	case p.exclude:
		if p.named[a] {
			return a.Returned == Always || a.hasAlways()
		}
		return a.Returned != OnRequest || p.sent[a]
	case p.covers(a):
		return true
	case a.Returned == Always:
		// A sub-attribute that is always returned comes with its parent only.
		return a.Parent == nil || p.covers(a.Parent) || p.names(a.Parent)
	}
	return p.names(a)
}

// covers reports whether the request names the attribute or what it is in.
func (p *Projection) covers(a *Attribute) bool {
	for at := a; at != nil; at = at.Parent {
		if p.named[at] {
			return a.Returned != OnRequest || at == a || p.named[a]
		}
	}
	return false
}

// names reports whether the request names something inside the attribute.
func (p *Projection) names(a *Attribute) bool {
	for _, sub := range a.Sub {
		if p.named[sub] || p.names(sub) {
			return true
		}
	}
	return false
}

func (a *Attribute) hasAlways() bool {
	for _, sub := range a.Sub {
		if sub.Returned == Always || sub.hasAlways() {
			return true
		}
	}
	return false
}

// appendValue appends the selected part of a value; any is false when nothing
// of a complex value is selected.
func (p *Projection) appendValue(out []byte, v Value) (_ []byte, any bool) {
	switch v := v.(type) {
	case *Object:
		out = append(out, '{')
		for sub, value := range v.All() {
			if !p.Includes(sub) {
				continue
			}
			before := len(out)
			if any {
				out = append(out, ',')
			}
			out = appendText(out, sub.Name)
			out = append(out, ':')
			var some bool
			if out, some = p.appendValue(out, value); !some {
				out = out[:before]
			}
			any = any || some
		}
		return append(out, '}'), any
	case List:
		out = append(out, '[')
		for _, element := range v {
			before := len(out)
			if any {
				out = append(out, ',')
			}
			var some bool
			if out, some = p.appendValue(out, element); !some {
				out = out[:before]
			}
			any = any || some
		}
		return append(out, ']'), any
	default:
		return appendValue(out, v), true
	}
}
