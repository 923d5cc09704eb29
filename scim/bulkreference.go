package scim

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
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
	for {
		token, err := in.ReadToken()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, bulkSyntax(err)
		}
		if token.Kind() == '"' {
			text, err := r.rewrite(t, in, token.String())
			if err != nil {
				return nil, err
			}
			token = jsontext.String(text)
		}
		if err := encoder.WriteToken(token); err != nil {
			return nil, bulkSyntax(err)
		}
	}
}

// rewrite returns what the string that was just read has to be.
func (r references) rewrite(t *schema.ResourceType, in *jsontext.Decoder, text string) (string, error) {
	place, isName := memberName(in)
	if isName || strings.EqualFold(place, "path") {
		return r.rewriteFilter(text)
	}
	name, ok := strings.CutPrefix(text, bulkIDPrefix)
	if !ok || !takesReference(t, place) {
		return text, nil
	}
	return r.resolve(name)
}

// memberName is the name of the object member that the string just read
// belongs to, through arrays; isName says that the string is a name itself.
func memberName(in *jsontext.Decoder) (name string, isName bool) {
	depth := in.StackDepth()
	if kind, length := in.StackIndex(depth); kind == '{' && length%2 != 0 {
		return "", true
	}
	pointer := in.StackPointer()
	for ; depth > 0; depth-- {
		if kind, _ := in.StackIndex(depth); kind == '{' {
			return pointer.LastToken(), false
		}
		pointer = pointer.Parent()
	}
	return "", false
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
	for {
		before, rest, found := strings.Cut(path, literal)
		name, after, closed := strings.Cut(rest, `"`)
		if !found || !closed {
			return path, nil
		}
		id, err := r.resolve(name)
		if err != nil {
			return "", err
		}
		path = before + `"` + id + `"` + after
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
