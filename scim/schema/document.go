package schema

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"sort"
	"strings"

	eschema "github.com/elimity-com/scim/schema"
)

// The URNs that tell the kinds of documents apart.
const (
	schemaDocumentURN       = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	resourceTypeDocumentURN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
)

// Document is a published schema (RFC 7643 section 7).
type Document struct {
	URN  string
	Name string
	// JSON is the document as its author wrote it, without meta.
	JSON json.RawMessage

	attributes eschema.Attributes
}

// ExtensionUse is one entry of a resource type's schemaExtensions.
type ExtensionUse struct {
	URN      string
	Required bool
}

// typeDocument is a resource type document (RFC 7643 section 6).
type typeDocument struct {
	Name       string `json:"name"`
	Endpoint   string `json:"endpoint"`
	Schema     string `json:"schema"`
	Extensions []struct {
		Schema   string `json:"schema"`
		Required bool   `json:"required"`
	} `json:"schemaExtensions"`

	file string
	json json.RawMessage
}

// Load reads every *.json document of a file system and compiles them. An
// error names the file, the attribute and the reason.
func Load(files fs.FS) (*Registry, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list schema documents: %w", err)
	}
	sort.Strings(names)
	registry := &Registry{documents: map[string]*Document{}, byName: map[string]*ResourceType{}, byEndpoint: map[string]*ResourceType{}}
	var types []typeDocument
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read schema document: %w", err)
		}
		var head struct {
			Schemas []string `json:"schemas"`
		}
		if err := json.Unmarshal(data, &head); err != nil {
			return nil, fmt.Errorf("%s: not a JSON object: %w", name, err)
		}
		switch kind := strings.Join(head.Schemas, " "); kind {
		case schemaDocumentURN:
			err = registry.addDocument(data)
		case resourceTypeDocumentURN:
			doc := typeDocument{file: name, json: data}
			err = json.Unmarshal(data, &doc)
			types = append(types, doc)
		default:
			err = fmt.Errorf("schemas must be exactly [%q] or [%q]", schemaDocumentURN, resourceTypeDocumentURN)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, doc := range types {
		if err := registry.addType(doc); err != nil {
			return nil, fmt.Errorf("%s: %w", doc.file, err)
		}
	}
	sort.Slice(registry.types, func(i, j int) bool { return registry.types[i].order() < registry.types[j].order() })
	return registry, nil
}

func (r *Registry) addDocument(data []byte) error {
	var head struct {
		ID         string            `json:"id"`
		Name       string            `json:"name"`
		Attributes []json.RawMessage `json:"attributes"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return err
	}
	if err := checkURN(head.ID); err != nil {
		return fmt.Errorf("id: %w", err)
	}
	key := strings.ToLower(head.ID)
	if _, taken := r.documents[key]; taken {
		return fmt.Errorf("schema %s is defined twice", head.ID)
	}
	doc := &Document{URN: head.ID, Name: head.Name, JSON: data}
	for i, raw := range head.Attributes {
		attribute, err := readAttribute(raw, "", true)
		if err != nil {
			return fmt.Errorf("attribute %d of %s: %w", i+1, head.ID, err)
		}
		doc.attributes = append(doc.attributes, attribute)
	}
	if len(doc.attributes) == 0 {
		return fmt.Errorf("schema %s defines no attributes", head.ID)
	}
	r.documents[key] = doc
	r.order = append(r.order, doc)
	return nil
}

var attributeName = regexp.MustCompile(`^(\$ref|[A-Za-z][A-Za-z0-9_$-]*)$`)

// readAttribute checks what the schema model's reader does not, or reports
// without a name, and reads one attribute through it.
func readAttribute(raw json.RawMessage, parent string, subAllowed bool) (eschema.CoreAttribute, error) {
	var head struct {
		Name     string            `json:"name"`
		Type     string            `json:"type"`
		Unique   string            `json:"uniqueness"`
		Mutable  string            `json:"mutability"`
		Returned string            `json:"returned"`
		Sub      []json.RawMessage `json:"subAttributes"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return eschema.CoreAttribute{}, fmt.Errorf("%s%s: %w", parent, head.Name, err)
	}
	path := parent + head.Name
	switch {
	case !attributeName.MatchString(head.Name):
		return eschema.CoreAttribute{}, fmt.Errorf("%q: not an attribute name (RFC 7643 section 2.1)", path)
	case head.Type == "complex" && !subAllowed:
		return eschema.CoreAttribute{}, fmt.Errorf("%s: a sub-attribute cannot be complex", path)
	case head.Type == "complex" && len(head.Sub) == 0:
		return eschema.CoreAttribute{}, fmt.Errorf("%s: a complex attribute needs subAttributes", path)
	case head.Type != "complex" && len(head.Sub) > 0:
		return eschema.CoreAttribute{}, fmt.Errorf("%s: only complex attributes have subAttributes", path)
	case head.Type == "complex" && head.Unique != "" && head.Unique != "none":
		return eschema.CoreAttribute{}, fmt.Errorf("%s: a complex attribute cannot be unique", path)
	case head.Mutable == "writeOnly" && head.Returned != "never":
		return eschema.CoreAttribute{}, fmt.Errorf("%s: a writeOnly attribute must have returned \"never\"", path)
	}
	for _, sub := range head.Sub {
		if _, err := readAttribute(sub, path+".", false); err != nil {
			return eschema.CoreAttribute{}, err
		}
	}
	var model eschema.Schema
	if err := model.UnmarshalJSON([]byte(`{"attributes":[` + string(raw) + `]}`)); err != nil {
		return eschema.CoreAttribute{}, fmt.Errorf("%s: %w", path, err)
	}
	return model.Attributes[0], nil
}

var urnForm = regexp.MustCompile(`^(?i:urn):[A-Za-z0-9][A-Za-z0-9-]{0,31}:[A-Za-z0-9()+,\-.:=@;$_!*'%/?#]+$`)

func checkURN(urn string) error {
	if !urnForm.MatchString(urn) {
		return fmt.Errorf("%q is not a URN", urn)
	}
	if strings.HasPrefix(strings.ToLower(urn), "urn:ietf:params:scim:api:messages:") {
		return fmt.Errorf("%q is a message URN", urn)
	}
	return nil
}
