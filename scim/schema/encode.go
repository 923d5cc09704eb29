package schema

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendDocument appends the stored document of a resource: a JSON object with
// schemas and id first, then all stored attributes in the order of the schema.
// Computed attributes are not part of it. The lifecycle extension, where the
// type has one, ends it even without a value.
func (t *ResourceType) AppendDocument(out []byte, id string, object *Object) []byte {
	out = append(out, '{')
	out = t.AppendSchemas(out, object)
	out = append(out, `,"id":`...)
	out = appendText(out, id)
	for a, v := range object.All() {
		if a.Computed == Stored {
			out = append(out, ',')
			out = appendText(out, a.Name)
			out = append(out, ':')
			out = appendValue(out, v)
		}
	}
	if t.Lifecycle != nil && object.Get(t.Lifecycle) == nil {
		out = append(out, ',')
		out = appendText(out, t.Lifecycle.Name)
		out = append(out, ":{}"...)
	}
	return append(out, '}')
}

// schemasAhead bounds where "schemas", which leads every stored document, names
// the lifecycle.
const schemasAhead = 4096

// EndsInLifecycle reports whether a stored document ends in its lifecycle
// extension, as all do that AppendDocument has written.
func (t *ResourceType) EndsInLifecycle(document []byte) bool {
	return bytes.Contains(document[:min(len(document), schemasAhead)], t.lifecycleQuoted) && bytes.HasSuffix(document, []byte("}}"))
}

// AppendSchemas appends the member "schemas": the base schema and each
// extension that has data (RFC 7643 section 3), as the lifecycle always has.
func (t *ResourceType) AppendSchemas(out []byte, object *Object) []byte {
	out = append(out, `"schemas":[`...)
	out = appendText(out, t.URN)
	for a := range object.All() {
		if a.Extension && a != t.Lifecycle {
			out = append(out, ',')
			out = appendText(out, a.Name)
		}
	}
	if t.Lifecycle != nil {
		out = append(out, ',')
		out = appendText(out, t.Lifecycle.Name)
	}
	return append(out, ']')
}

// AppendProjected appends the stored members that the projection selects,
// divided by commas: a JSON object without its braces, so that the caller can
// add computed members. schemas and id lead; the lifecycle extension is left to
// AppendLifecycle.
func (t *ResourceType) AppendProjected(out []byte, id string, object *Object, p *Projection) []byte {
	out = t.AppendSchemas(out, object)
	out = append(out, `,"id":`...)
	out = appendText(out, id)
	for a, v := range object.All() {
		if a.Computed == Stored && a != t.Lifecycle && p.Includes(a) {
			before := len(out)
			out = append(out, ',')
			out = appendText(out, a.Name)
			out = append(out, ':')
			var any bool
			if out, any = p.appendValue(out, v); !any {
				out = out[:before]
			}
		}
	}
	return out
}

// AppendLifecycle appends the stored attributes of the lifecycle extension that
// the projection selects, divided by commas.
func (t *ResourceType) AppendLifecycle(out []byte, object *Object, p *Projection) []byte {
	extension, _ := object.Get(t.Lifecycle).(*Object)
	if extension == nil {
		return out
	}
	start := len(out)
	out, _ = p.appendValue(out, extension)
	// The braces go: computed attributes come between them.
	return append(out[:start], out[start+1:len(out)-1]...)
}

// Parse reads a stored document back. It trusts what AppendDocument wrote.
func (t *ResourceType) Parse(document []byte) (*Object, error) {
	d := decoder{Decoder: jsontext.NewDecoder(bytes.NewReader(document)), leniency: &Leniency{Allowed: UnknownAttributes}, stored: true}
	return d.resource(t)
}

func appendValue(out []byte, v Value) []byte {
	switch v := v.(type) {
	case string:
		return appendText(out, v)
	case bool:
		return strconv.AppendBool(out, v)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case Number:
		return append(out, v...)
	case *Object:
		out = append(out, '{')
		for i, f := range v.fields {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendText(out, f.attribute.Name)
			out = append(out, ':')
			out = appendValue(out, f.value)
		}
		return append(out, '}')
	case List:
		out = append(out, '[')
		for i, element := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendValue(out, element)
		}
		return append(out, ']')
	default:
		return append(out, "null"...)
	}
}

// AppendJSON appends a value as JSON.
func AppendJSON(out []byte, v Value) []byte { return appendValue(out, v) }

// appendText appends a JSON string. Values were checked to be UTF-8.
func appendText(out []byte, text string) []byte {
	out, err := jsontext.AppendQuote(out, text)
	if err != nil {
		// Only invalid UTF-8 can fail, and it was replaced in out.
		return out
	}
	return out
}
