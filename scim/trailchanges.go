package scim

import "rollcall/scim/schema"

// changed are the names of attributes that differ, at the top level and in
// extensions; removed are those of them that have no value any more.
type changed struct {
	names, removed []string
}

func (c *changed) note(path string, gone bool) {
	c.names = append(c.names, path)
	if gone {
		c.removed = append(c.removed, path)
	}
}

// between lists the attributes at the top level and in extensions that differ,
// and their names. The password is named without its value; what members there
// are is recorded by the store.
func (d *differences) between(before, after *schema.Object, password, members bool, t *schema.ResourceType) {
	for _, a := range t.Attributes() {
		from, to := before.Get(a), after.Get(a)
		switch {
		case a.Computed != schema.Stored || schema.Equal(from, to):
		case a.Extension:
			fromObject, _ := from.(*schema.Object)
			toObject, _ := to.(*schema.Object)
			for _, sub := range a.Sub {
				d.attribute(sub, fromObject.Get(sub), toObject.Get(sub))
			}
		default:
			d.attribute(a, from, to)
		}
	}
	if password {
		d.row(t.Password.Name, nil, nil)
		d.note(t.Password.Name, false)
	}
	if members && t.Members != nil {
		d.note(t.Members.Name, false)
	}
}

// differences are written one after the other, as a JSON object {"path": [before,
// after]}.
type differences struct {
	changed

	out []byte
}

func newDifferences() differences { return differences{out: append(make([]byte, 0, 256), '{')} }

func (d *differences) close() []byte { return append(d.out, '}') }

// attribute leaves the values of secret attributes out.
func (d *differences) attribute(a *schema.Attribute, from, to schema.Value) {
	if schema.Equal(from, to) {
		return
	}
	secret := a.Returned == schema.Never
	d.note(a.Path(), to == nil && !secret)
	if secret {
		from, to = nil, nil
	}
	d.row(a.Path(), visible(from), visible(to))
}

func (d *differences) row(path string, from, to schema.Value) {
	if len(d.out) > 1 {
		d.out = append(d.out, ',')
	}
	d.out = append(appendQuoted(d.out, path), ':', '[')
	d.out = append(schema.AppendJSON(d.out, from), ',')
	d.out = append(schema.AppendJSON(d.out, to), ']')
}

func visible(v schema.Value) schema.Value {
	if v == nil {
		return nil
	}
	return schema.VisibleValue(v)
}
