package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// reader builds a Document out of the decoded text. It keeps the first error
// and goes on, so that the code that reads needs no branches for it.
type reader struct {
	root    any
	schemas *jsonschema.Compiler
	err     error
}

// node is a place in the document.
type node struct {
	value   any
	pointer string
}

func (r *reader) fail(at node, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %w", at.pointer, fmt.Errorf(format, args...))
	}
}

// child descends by one name and follows a reference that it finds there.
func (r *reader) child(n node, name string) node {
	object, _ := n.value.(map[string]any)
	value, ok := object[name]
	if !ok {
		return node{pointer: n.pointer + "/" + escape(name)}
	}
	found := node{value, n.pointer + "/" + escape(name)}
	return r.resolve(found)
}

// element descends to one element of an array.
func (r *reader) element(n node, i int) node {
	return r.resolve(node{n.value.([]any)[i], fmt.Sprintf("%s/%d", n.pointer, i)})
}

// resolve follows the reference that a place may be.
func (r *reader) resolve(n node) node {
	object, _ := n.value.(map[string]any)
	if ref, ok := object["$ref"].(string); ok {
		return r.follow(n, ref)
	}
	return n
}

func (r *reader) follow(from node, ref string) node {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		r.fail(from, "the reference %q leads out of the document", ref)
		return node{pointer: from.pointer}
	}
	n := node{r.root, ""}
	for name := range strings.SplitSeq(path, "/") {
		n = r.child(n, unescape(name))
	}
	if n.value == nil {
		r.fail(from, "the reference %q leads nowhere", ref)
	}
	return n
}

// each visits the members of an object.
func (r *reader) each(n node, visit func(name string, child node)) {
	object, _ := n.value.(map[string]any)
	for name := range object {
		visit(name, r.child(n, name))
	}
}

func (r *reader) text(n node, name string) string {
	text, _ := r.child(n, name).value.(string)
	return text
}

func (r *reader) document() *Document {
	root, d := node{r.root, ""}, &Document{}
	servers, _ := r.child(root, "servers").value.([]any)
	for _, s := range servers {
		d.servers = append(d.servers, newTemplate(r.text(node{s, "/servers"}, "url")))
	}
	r.each(r.child(root, "paths"), func(path string, item node) {
		d.paths = append(d.paths, r.pathItem(path, item))
	})
	responses := r.child(r.child(root, "components"), "responses")
	d.notFound = r.response(r.child(responses, notFoundResponse))
	d.methodNotAllowed = r.response(r.child(responses, methodNotAllowedResponse))
	d.sort()
	return d
}

func (r *reader) pathItem(path string, item node) *pathItem {
	p := &pathItem{template: newTemplate(path), operations: map[string]*Operation{}}
	shared := r.parameters(r.child(item, "parameters"))
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		n := r.child(item, strings.ToLower(method))
		if n.value == nil {
			continue
		}
		o := &Operation{Path: path, Method: method, ID: r.text(n, "operationId"), Open: r.open(n), responses: map[string]*response{}}
		o.parameters = append(r.parameters(r.child(n, "parameters")), shared...)
		body := r.child(n, "requestBody")
		o.body = r.content(r.child(body, "content"))
		o.bodiless = r.child(body, "required").value != true
		r.each(r.child(n, "responses"), func(status string, answer node) {
			o.responses[status] = r.response(answer)
		})
		p.operations[method] = o
	}
	return p
}

// open reports whether one of the alternatives of an operation's security is
// none at all.
func (r *reader) open(operation node) bool {
	alternatives, own := r.child(operation, "security").value.([]any)
	for _, one := range alternatives {
		if schemes, ok := one.(map[string]any); ok && len(schemes) == 0 {
			return true
		}
	}
	return own && len(alternatives) == 0
}

func (r *reader) parameters(list node) []*Parameter {
	var out []*Parameter
	elements, _ := list.value.([]any)
	for i := range elements {
		n := r.element(list, i)
		out = append(out, r.parameter(n, r.text(n, "name"), r.text(n, "in")))
	}
	return out
}

// parameter reads a parameter or a header, which have the same form.
func (r *reader) parameter(n node, name, in string) *Parameter {
	p := &Parameter{Name: name, In: in, Examples: map[string]string{}}
	p.required, _ = r.child(n, "required").value.(bool)
	p.schema = r.schema(n)
	p.list = p.schema != nil && p.schema.Types != nil && p.schema.Types.String() == "[array]"
	r.examples(n, p.schema, func(name string, value any) {
		p.Examples[name] = p.print(value)
	})
	return p
}

func (r *reader) response(n node) *response {
	if n.value == nil {
		r.fail(n, "there is no such response")
	}
	out := &response{headers: map[string]*Parameter{}, content: r.content(r.child(n, "content"))}
	r.each(r.child(n, "headers"), func(name string, header node) {
		out.headers[http.CanonicalHeaderKey(name)] = r.parameter(header, name, "header")
	})
	return out
}

func (r *reader) content(n node) map[string]*Media {
	out := map[string]*Media{}
	r.each(n, func(kind string, content node) {
		m := &Media{schema: r.schema(content), Examples: map[string][]byte{}}
		r.examples(content, m.schema, func(name string, value any) {
			m.Examples[name], _ = json.Marshal(value)
		})
		out[kind] = m
	})
	return out
}

// schema compiles the member schema of a place; nil where there is none.
func (r *reader) schema(n node) *jsonschema.Schema {
	object, _ := n.value.(map[string]any)
	if _, ok := object["schema"]; !ok {
		r.fail(n, "there is no schema")
		return nil
	}
	schema, err := r.schemas.Compile(location + "#" + n.pointer + "/schema")
	if err != nil {
		r.fail(n, "%w", err)
	}
	return schema
}

// examples holds the examples of a place against its schema.
func (r *reader) examples(n node, schema *jsonschema.Schema, take func(name string, value any)) {
	check := func(name string, at node) {
		if schema != nil {
			if err := schema.Validate(at.value); err != nil {
				r.fail(at, "the example does not fit: %w", err)
			}
		}
		take(name, at.value)
	}
	if one := r.child(n, "example"); one.value != nil {
		check("example", one)
	}
	r.each(r.child(n, "examples"), func(name string, example node) {
		check(name, r.child(example, "value"))
	})
}

var pointerEscapes, pointerUnescapes = strings.NewReplacer("~", "~0", "/", "~1"), strings.NewReplacer("~1", "/", "~0", "~")

func escape(name string) string   { return pointerEscapes.Replace(name) }
func unescape(name string) string { return pointerUnescapes.Replace(name) }
