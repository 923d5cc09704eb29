package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
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
	Name       string           `json:"name"`
	Endpoint   string           `json:"endpoint"`
	Schema     string           `json:"schema"`
	Extensions []extensionEntry `json:"schemaExtensions"`

	file  string
	json  json.RawMessage
	added bool
}

type extensionEntry struct {
	Schema   string `json:"schema"`
	Required bool   `json:"required"`
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
	names := map[string]bool{}
	for i, raw := range head.Attributes {
		attribute, err := readAttribute(raw, "", true)
		if err == nil {
			err = once(names, attribute.Name(), "")
		}
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

var attributeName = regexp.MustCompile(`^(\$ref|[A-Za-z][A-Za-z0-9_$-]{0,127})$`)

// once refuses a name that was there before, ignoring case (RFC 7643 section
// 2.1).
func once(names map[string]bool, name, parent string) error {
	key := strings.ToLower(name)
	if names[key] {
		return fmt.Errorf("attribute %q is defined twice", parent+name)
	}
	names[key] = true
	return nil
}

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
	names := map[string]bool{}
	for _, sub := range head.Sub {
		attribute, err := readAttribute(sub, path+".", false)
		if err == nil {
			err = once(names, attribute.Name(), path+".")
		}
		if err != nil {
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

// maxURN leaves room in a key of the database for an attribute of the schema
// and a sub-attribute of that.
const maxURN = 512

// reservedURNs are the schemas of discovery, which no resource has.
var reservedURNs = []string{
	strings.ToLower(schemaDocumentURN), strings.ToLower(resourceTypeDocumentURN),
	"urn:ietf:params:scim:schemas:core:2.0:serviceproviderconfig",
}

func checkURN(urn string) error {
	if !urnForm.MatchString(urn) {
		return fmt.Errorf("%q is not a URN", urn)
	}
	switch key := strings.ToLower(urn); {
	case len(urn) > maxURN:
		return fmt.Errorf("the URN is longer than %d bytes", maxURN)
	case strings.HasPrefix(key, "urn:ietf:params:scim:api:messages:"):
		return fmt.Errorf("%q is a message URN", urn)
	case slices.Contains(reservedURNs, key):
		return fmt.Errorf("%q is reserved for the documents themselves (RFC 7643 section 8.7)", urn)
	}
	return nil
}
