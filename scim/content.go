package scim

import (
	"strconv"

	"rollcall/scim/schema"
	"rollcall/store"
)

// content is a resource as events and audit rows tell of it: what SCIM answers at
// the time of a change, but for what follows from other resources, and for the
// lifecycle beyond "active".
type content struct {
	// document is without what is never returned; nil for no content.
	document []byte
	// active is the value of that attribute, nil where the type has none.
	active *bool
}

// contentOf is the content of a record at the time of its change.
func (b trail) contentOf(record *store.Record, object *schema.Object) content {
	out := content{document: record.Document}
	if !b.t.Verbatim() {
		out.document = b.t.AppendDocument(nil, record.ID.String(), object.Visible())
	}
	if b.t.Active != nil {
		active := activeAt(&record.Facts, b.now)
		out.active = &active
	}
	return out
}

// append appends the content as one JSON object.
func (c content) append(out []byte) []byte {
	if c.active == nil {
		return append(out, c.document...)
	}
	out = append(out, c.document[:len(c.document)-1]...)
	out = strconv.AppendBool(append(out, `,"active":`...), *c.active)
	return append(out, '}')
}
