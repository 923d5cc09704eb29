package scim

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// bulkIDPrefix begins a reference to a POST of the same request
// (RFC 7644 section 3.7.2).
const bulkIDPrefix = "bulkId:"

// references puts ids for the bulkIds in one operation and notes what the
// operation refers to.
type references struct {
	op    *bulkOperation
	posts map[string]*bulkOperation
	// base is the absolute root of URIs.
	base string
}

func (r references) resolve(name string) (string, error) {
	target, ok := r.posts[name]
	if !ok {
		return "", fault.Plain(409, "no POST operation of the request has the bulkId that is referred to")
	}
	if target != r.op && !slices.Contains(r.op.needs, target) {
		r.op.needs = append(r.op.needs, target)
	}
	return target.allocated.String(), nil
}

// substitute rewrites string values of the form "bulkId:name" where a
// reference may stand, and bulkIds in the value filters of PATCH paths.
func (r references) substitute(t *schema.ResourceType, data jsontext.Value) (jsontext.Value, error) {
	if !bytes.Contains(data, []byte(bulkIDPrefix)) {
		return data, nil
	}
	in := jsontext.NewDecoder(bytes.NewReader(data))
	var out bytes.Buffer
	encoder := jsontext.NewEncoder(&out)
	var at place
	for {
		token, err := in.ReadToken()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, bulkSyntax(err)
		}
		name, isName := at.pass(token)
		if token.Kind() == '"' {
			text := token.String()
			if strings.Contains(text, bulkIDPrefix) {
				if text, err = r.rewrite(t, name, isName, text); err != nil {
					return nil, err
				}
				token = jsontext.String(text)
			}
		}
		if err := encoder.WriteToken(token); err != nil {
			return nil, bulkSyntax(err)
		}
	}
}

// rewrite returns what a string has to be that stands under a name, or is one.
func (r references) rewrite(t *schema.ResourceType, place string, isName bool, text string) (string, error) {
	if isName || strings.EqualFold(place, "path") {
		return r.rewriteFilter(text)
	}
	name, ok := strings.CutPrefix(text, bulkIDPrefix)
	if !ok || !takesReference(t, place) {
		return text, nil
	}
	id, err := r.resolve(name)
	if err == nil && strings.EqualFold(place, "$ref") {
		return r.base + "/" + strings.Trim(r.posts[name].Path, "/") + "/" + id, nil
	}
	return id, err
}

// place is where in a document the tokens that pass stand.
type place struct{ open []container }

// container is an object or array that is open. Arrays carry the name of the
// member that they are the value of.
type container struct {
	object, awaitsValue bool
	name                string
}

// pass takes the next token and returns the name of the object member that a
// string belongs to, through arrays; isName says that it is a name itself.
func (p *place) pass(token jsontext.Token) (name string, isName bool) {
	top := &container{}
	if len(p.open) > 0 {
		top = &p.open[len(p.open)-1]
	}
	switch token.Kind() {
	case '}', ']':
		p.open = p.open[:len(p.open)-1]
		return "", false
	case '"':
		if top.object && !top.awaitsValue {
			top.name, top.awaitsValue = token.String(), true
			return top.name, true
		}
	}
	name, top.awaitsValue = top.name, false
	switch token.Kind() {
	case '{':
		p.open = append(p.open, container{object: true})
	case '[':
		p.open = append(p.open, container{name: name})
	}
	return name, false
}

// takesReference reports whether a member may hold a reference: "value",
// "$ref" and "manager" everywhere, and the reference attributes of the type.
// Elsewhere a text may begin with "bulkId:" and mean itself.
func takesReference(t *schema.ResourceType, name string) bool {
	if at := strings.LastIndexAny(name, ":."); at >= 0 {
		name = name[at+1:] // a path as the key of a pathless value
	}
	name = strings.ToLower(name)
	return name == "value" || name == "$ref" || name == "manager" || t.HasReference(name)
}

// rewriteFilter puts ids into the literals of a value filter:
// members[value eq "bulkId:x"].
func (r references) rewriteFilter(path string) (string, error) {
	const literal = `"` + bulkIDPrefix
	if len(path) > filter.MaxLength {
		return path, nil // no filter is as long
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(path, literal)
		name, after, closed := strings.Cut(rest, `"`)
		if !found || !closed {
			out.WriteString(path)
			return out.String(), nil
		}
		id, err := r.resolve(name)
		if err != nil {
			return "", err
		}
		out.WriteString(before + `"` + id + `"`)
		path = after
	}
}

// bulkUnits orders operations so that each comes after those that it needs.
// Those that need each other, directly or not, are one unit; all else stays in
// the order of the request. (The components of Tarjan's algorithm come in just
// that order.)
func bulkUnits(operations []bulkOperation) [][]*bulkOperation {
	order := bulkOrder{number: make(map[*bulkOperation]int, len(operations)), low: map[*bulkOperation]int{}, open: map[*bulkOperation]bool{}}
	for i := range operations {
		if order.number[&operations[i]] == 0 {
			order.visit(&operations[i])
		}
	}
	return order.units
}

type bulkOrder struct {
	// number counts visits from 1; low is the earliest that can be reached.
	number, low map[*bulkOperation]int
	stack       []*bulkOperation
	open        map[*bulkOperation]bool
	units       [][]*bulkOperation
}

// visit recurses as deep as a chain of references is long, which is bounded by
// the number of operations.
func (o *bulkOrder) visit(op *bulkOperation) {
	n := len(o.number) + 1
	o.number[op], o.low[op], o.open[op] = n, n, true
	o.stack = append(o.stack, op)
	for _, needed := range op.needs {
		if o.number[needed] == 0 {
			o.visit(needed)
			o.low[op] = min(o.low[op], o.low[needed])
		} else if o.open[needed] {
			o.low[op] = min(o.low[op], o.number[needed])
		}
	}
	if o.low[op] != n {
		return
	}
	at := slices.Index(o.stack, op)
	unit := slices.Clone(o.stack[at:])
	o.stack = o.stack[:at]
	for _, one := range unit {
		o.open[one] = false
	}
	o.units = append(o.units, unit)
}
