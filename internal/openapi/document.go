package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// Document is an OpenAPI 3.1 document whose schemas are compiled. It is safe
// for concurrent use.
type Document struct {
	// Operations are in the order of their paths and methods.
	Operations []*Operation

	servers []template
	paths   []*pathItem
	// What is not described must be answered as these say.
	notFound, methodNotAllowed *response
}

// Operation is one method of one path.
type Operation struct {
	// Path is the template below a server, Method in capitals.
	Path, Method string
	ID           string
	// Open says that no credentials are needed.
	Open bool

	parameters []*Parameter
	body       map[string]*Media
	// bodiless says that a request may do without a body.
	bodiless  bool
	responses map[string]*response
}

// Refusal reports whether the operation describes no success: it exists to say
// that it does not.
func (o *Operation) Refusal() bool {
	for status := range o.responses {
		if status[0] == '2' {
			return false
		}
	}
	return true
}

// Describes reports whether the operation may be answered with a status.
func (o *Operation) Describes(status int) bool {
	return o.responses[strconv.Itoa(status)] != nil
}

// Parameters are the parameters of the operation and of its path.
func (o *Operation) Parameters() []*Parameter { return o.parameters }

// Body returns what a request may have as its body, by media type.
func (o *Operation) Body() map[string]*Media { return o.body }

// Parameter is a parameter of an operation.
type Parameter struct {
	Name, In string
	// Examples are values in the form in which they stand in a URL or header,
	// before escaping.
	Examples map[string]string

	required bool
	list     bool
	schema   *jsonschema.Schema
}

// Media is a body in one media type.
type Media struct {
	// Examples are JSON.
	Examples map[string][]byte

	schema *jsonschema.Schema
}

type response struct {
	headers map[string]*Parameter
	content map[string]*Media
}

type pathItem struct {
	template   template
	operations map[string]*Operation
}

// The names of the responses among the components that describe what is
// answered to requests outside of the described paths and methods.
const (
	notFoundResponse         = "NotFound"
	methodNotAllowedResponse = "MethodNotAllowed"
)

// location is where the document stands for the schema compiler.
const location = "https://openapi.invalid/openapi.json"

// Read reads a document in YAML and compiles it. What is not valid OpenAPI 3.1
// is an error, and so is an example that does not fit its schema. The
// components must hold the responses NotFound and MethodNotAllowed.
func Read(text []byte) (*Document, error) {
	value, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	if err := conforms(value); err != nil {
		return nil, fmt.Errorf("not OpenAPI 3.1: %w", err)
	}
	schemas := jsonschema.NewCompiler()
	schemas.AssertFormat()
	schemas.AssertContent()
	if err := schemas.AddResource(location, value); err != nil {
		return nil, err
	}
	r := &reader{root: value, schemas: schemas}
	d := r.document()
	return d, r.err
}

// decode turns YAML into what the schema library works on: the values of JSON.
func decode(text []byte) (any, error) {
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
}

func (d *Document) sort() {
	for _, p := range d.paths {
		for _, o := range p.operations {
			d.Operations = append(d.Operations, o)
		}
	}
	slices.SortFunc(d.Operations, func(a, b *Operation) int {
		return slices.Compare([]string{a.Path, a.Method}, []string{b.Path, b.Method})
	})
	// Concrete paths are matched before templates (OpenAPI 3.1 section 4.8.8.2).
	slices.SortFunc(d.paths, func(a, b *pathItem) int { return a.template.compare(b.template) })
}
