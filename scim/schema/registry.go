package schema

import (
	"regexp"
	"strings"
)

var (
	typeName          = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)
	endpointForm      = regexp.MustCompile(`^/[A-Za-z][A-Za-z0-9_-]{0,63}$`)
	reservedEndpoints = map[string]bool{"/asyncstatus": true, "/bulk": true, "/me": true, "/schemas": true, "/resourcetypes": true, "/serviceproviderconfig": true}
)

// Registry is the immutable set of schemas and resource types of a server.
type Registry struct {
	documents  map[string]*Document
	order      []*Document
	types      []*ResourceType
	byName     map[string]*ResourceType
	byEndpoint map[string]*ResourceType
}

// Documents lists the schema documents in the order in which they were read.
func (r *Registry) Documents() []*Document { return r.order }

// Document returns the schema of that URN, ignoring case.
func (r *Registry) Document(urn string) (*Document, bool) {
	doc, ok := r.documents[strings.ToLower(urn)]
	return doc, ok
}

// Types lists the resource types: User, Group, then by name.
func (r *Registry) Types() []*ResourceType { return r.types }

// TypeNames lists the names of the resource types in the same order.
func (r *Registry) TypeNames() []string {
	names := make([]string, 0, len(r.types))
	for _, t := range r.types {
		names = append(names, t.Name)
	}
	return names
}

// Type returns the resource type of that name, ignoring case.
func (r *Registry) Type(name string) (*ResourceType, bool) {
	t, ok := r.byName[strings.ToLower(name)]
	return t, ok
}

// Endpoint returns the resource type at an endpoint such as "/Users",
// ignoring case.
func (r *Registry) Endpoint(path string) (*ResourceType, bool) {
	if t, ok := r.byEndpoint[path]; ok {
		return t, true
	}
	t, ok := r.byEndpoint[strings.ToLower(path)]
	return t, ok
}
