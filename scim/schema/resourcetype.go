package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	eschema "github.com/elimity-com/scim/schema"
)

// ResourceType is one compiled resource type. It is immutable.
type ResourceType struct {
	Name string
	// Endpoint starts with "/" and is relative to the base URI.
	Endpoint string
	// URN is the base schema.
	URN        string
	Extensions []ExtensionUse
	// JSON is the resource type document, without meta.
	JSON json.RawMessage

	// ID, ExternalID, Meta and Schemas are the common attributes.
	ID, ExternalID, Meta, Schemas *Attribute
	// Naming is the required attribute that is unique on its own; nil when the
	// type has none.
	Naming *Attribute
	// DisplayName is the attribute displayName at the top level, or nil.
	DisplayName *Attribute
	// Members, Groups, Active and Password are the computed attributes, nil
	// where the type has none.
	Members, Groups, Active, Password *Attribute
	// Roles is the multi-valued complex attribute roles at the top level, or nil.
	Roles *Attribute
	// Lifecycle is the lifecycle extension, nil where the type has none. It ends
	// every stored document, with the attributes of it that are stored.
	Lifecycle *Attribute
	// MemberTypes are the names of the resource types that Members may hold;
	// nil for any.
	MemberTypes []string

	root     *Attribute
	byPath   map[string]*Attribute
	bare     map[string]*Attribute
	verbatim bool
	// lifecycleQuoted is the name of Lifecycle as documents spell it.
	lifecycleQuoted []byte
	unique          []*Attribute
	// references are the lower-case names of reference attributes.
	references map[string]bool
}

// Verbatim reports whether the stored document may be sent as it is: the type
// has no stored attribute that an answer leaves out unless it is asked for.
func (t *ResourceType) Verbatim() bool { return t.verbatim }

// Attributes are the attributes at the top level, extensions last.
func (t *ResourceType) Attributes() []*Attribute { return t.root.Sub }

// Unique lists the attributes beside Naming whose values must be unique.
func (t *ResourceType) Unique() []*Attribute { return t.unique }

// Extension returns the attribute that stands for a schema extension.
func (t *ResourceType) Extension(urn string) (*Attribute, bool) {
	a, ok := t.byPath[strings.ToLower(urn)]
	return a, ok && a.Extension
}

// Lookup finds an attribute by its path: "userName", "name.givenName",
// "URN:attribute.sub", or the bare URN of an extension. Case is ignored.
func (t *ResourceType) Lookup(path string) (*Attribute, bool) {
	if a, ok := t.byPath[path]; ok {
		return a, true
	}
	a, ok := t.byPath[strings.ToLower(path)]
	return a, ok
}

// LookupLenient is Lookup that also finds an attribute of an extension by its
// path without the URN, where only one extension has it, and finds nothing that
// the request must not know of.
func (t *ResourceType) LookupLenient(path string, leniency *Leniency) (*Attribute, bool) {
	if a, ok := t.Lookup(path); ok {
		return a, !leniency.withholds(a)
	}
	if a, ok := t.bare[strings.ToLower(path)]; ok && a != nil && !leniency.withholds(a) && leniency.Use(BareExtensionNames) {
		return a, true
	}
	return nil, false
}

// builtIn reports whether the type is defined by the server itself.
func (t *ResourceType) builtIn() bool { return t.URN == UserURN || t.URN == GroupURN }

func (t *ResourceType) order() string {
	// User and Group lead every list, as clients expect.
	switch t.Name {
	case "User":
		return "\x00"
	case "Group":
		return "\x01"
	}
	return t.Name
}

func (r *Registry) addType(doc typeDocument) error {
	if !typeName.MatchString(doc.Name) {
		return fmt.Errorf("name: %q is not a name of letters, digits, - and _, 64 at the most", doc.Name)
	}
	if !endpointForm.MatchString(doc.Endpoint) || reservedEndpoints[strings.ToLower(doc.Endpoint)] {
		return fmt.Errorf("endpoint: %q is not a free path of one segment", doc.Endpoint)
	}
	if _, taken := r.byName[strings.ToLower(doc.Name)]; taken {
		return fmt.Errorf("resource type %s is defined twice", doc.Name)
	}
	if _, taken := r.byEndpoint[strings.ToLower(doc.Endpoint)]; taken {
		return fmt.Errorf("endpoint %s is defined twice", doc.Endpoint)
	}
	base, ok := r.Document(doc.Schema)
	if !ok {
		return fmt.Errorf("schema: %q is not the id of a schema document", doc.Schema)
	}
	t := &ResourceType{Name: doc.Name, Endpoint: doc.Endpoint, URN: base.URN, JSON: doc.json, root: &Attribute{Type: Complex}}
	for _, common := range commonAttributes() {
		if err := t.root.adopt(common); err != nil {
			return err
		}
	}
	for _, model := range base.attributes {
		if slices.Contains([]string{"schemas", "id", "externalid", "meta"}, strings.ToLower(model.Name())) {
			continue // the characteristics of RFC 7643 section 3.1 win
		}
		a := compile(model, nil, named{base.URN, model.Name()})
		err := a.compute(base.URN)
		if err == nil {
			err = t.root.adopt(a)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", base.URN, err)
		}
	}
	for _, use := range doc.Extensions {
		if err := r.addExtension(t, use); err != nil {
			return fmt.Errorf("schemaExtensions: %w", err)
		}
	}
	if t.Lifecycle != nil {
		if err := t.addLifecycle(); err != nil {
			return fmt.Errorf("schemaExtensions: %w", err)
		}
	}
	if err := t.index(); err != nil {
		return err
	}
	r.types = append(r.types, t)
	r.byName[strings.ToLower(t.Name)] = t
	r.byEndpoint[strings.ToLower(t.Endpoint)] = t
	return nil
}

func (r *Registry) addExtension(t *ResourceType, use extensionEntry) error {
	extension, err := r.compileExtension(use.Schema, use.Required)
	if err != nil {
		return err
	}
	t.Extensions = append(t.Extensions, ExtensionUse{URN: extension.Name, Required: use.Required})
	switch {
	case strings.EqualFold(extension.Name, t.URN):
		return fmt.Errorf("%s is the schema of the resource type itself", t.URN)
	case extension.Name == LifecycleURN:
		t.Lifecycle = extension
		return nil
	}
	return t.root.adopt(extension)
}

func (r *Registry) compileExtension(urn string, required bool) (*Attribute, error) {
	doc, ok := r.Document(urn)
	if !ok {
		return nil, fmt.Errorf("%q is not the id of a schema document", urn)
	}
	extension := &Attribute{Name: doc.URN, Extension: true, Type: Complex, Required: required}
	for _, model := range doc.attributes {
		if err := extension.adopt(compile(model, extension, named{doc.URN, model.Name()})); err != nil {
			return nil, fmt.Errorf("%s: %w", doc.URN, err)
		}
	}
	return extension, nil
}

// compile turns an attribute of the schema model into ours.
func compile(model eschema.CoreAttribute, parent *Attribute, name named) *Attribute {
	a := &Attribute{
		Name: model.Name(), Parent: parent, MultiValued: model.MultiValued(), Required: model.Required(),
		CanonicalValues: model.CanonicalValues(), rule: rules[name],
		Type:       Type(slices.Index(typeNames[:], model.AttributeType())),
		Mutability: Mutability(slices.Index([]string{"readWrite", "readOnly", "immutable", "writeOnly"}, model.Mutability())),
		Returned:   Returned(slices.Index([]string{"default", "always", "never", "request"}, model.Returned())),
		Unique:     model.Uniqueness() != "none",
	}
	// References and binaries compare exactly whatever a document says
	// (RFC 7643 sections 2.3.6 and 2.3.7).
	a.CaseExact = model.CaseExact() || a.Type == Reference || a.Type == Binary
	a.credential = a.Mutability == WriteOnly || parent != nil && parent.credential
	for _, reference := range model.ReferenceTypes() {
		a.ReferenceTypes = append(a.ReferenceTypes, string(reference))
	}
	for _, sub := range model.SubAttributes() {
		// Names were found free of duplicates when the document was read.
		_ = a.adopt(compile(sub, a, named{name.urn, name.path + "." + sub.Name()}))
	}
	return a
}

// commonAttributes are those of RFC 7643 section 3.1; no schema lists them.
func commonAttributes() []*Attribute {
	meta := &Attribute{Name: "meta", Type: Complex, Mutability: ReadOnly, Computed: ComputedMeta}
	for _, sub := range []*Attribute{
		{Name: "resourceType", Type: String, CaseExact: true},
		{Name: "created", Type: DateTime},
		{Name: "lastModified", Type: DateTime},
		{Name: "location", Type: Reference, CaseExact: true},
		{Name: "version", Type: String, CaseExact: true},
	} {
		sub.Parent, sub.Mutability = meta, ReadOnly
		_ = meta.adopt(sub)
	}
	return []*Attribute{
		{Name: "schemas", Type: Reference, MultiValued: true, CaseExact: true, Returned: Always, Required: true},
		{Name: "id", Type: String, CaseExact: true, Mutability: ReadOnly, Returned: Always},
		{Name: "externalId", Type: String, CaseExact: true},
		meta,
	}
}

// index fills what look-ups and hot paths read.
func (t *ResourceType) index() error {
	t.byPath, t.bare, t.verbatim = map[string]*Attribute{}, map[string]*Attribute{}, true
	t.references = map[string]bool{}
	if err := t.addPaths("", t.root); err != nil {
		return err
	}
	base := t.URN + ":"
	for path, a := range maps.Clone(t.byPath) {
		if !a.Top().Extension {
			if err := t.addPath(base+path, a); err != nil {
				return err
			}
		}
	}
	for _, extension := range t.root.Sub {
		if extension.Extension {
			t.addBare("", extension)
		}
	}
	t.walk(t.root)
	t.Schemas, _ = t.Lookup("schemas")
	t.ID, _ = t.Lookup("id")
	t.ExternalID, _ = t.Lookup("externalId")
	t.Meta, _ = t.Lookup("meta")
	if display, ok := t.Lookup("displayName"); ok && display.Type == String && !display.MultiValued && display.shown() {
		t.DisplayName = display
	}
	return nil
}

func (t *ResourceType) addPaths(prefix string, parent *Attribute) error {
	for _, sub := range parent.Sub {
		path := prefix + sub.Name
		if err := t.addPath(path, sub); err != nil {
			return err
		}
		separator := "."
		if sub.Extension {
			separator = ":"
		}
		if err := t.addPaths(path+separator, sub); err != nil {
			return err
		}
	}
	return nil
}

// addPath refuses a path that could mean two attributes: one URN may begin like
// another one and go on with the name of an attribute.
func (t *ResourceType) addPath(path string, a *Attribute) error {
	key := strings.ToLower(path)
	if other, taken := t.byPath[key]; taken && other != a {
		return fmt.Errorf("%s names two attributes of %s; choose another URN", path, t.Name)
	}
	t.byPath[path], t.byPath[key] = a, a
	return nil
}

func (t *ResourceType) addBare(prefix string, parent *Attribute) {
	for _, sub := range parent.Sub {
		key := strings.ToLower(prefix + sub.Name)
		if _, taken := t.bare[key]; taken {
			t.bare[key] = nil // ambiguous
			continue
		}
		t.bare[key] = sub
		t.addBare(key+".", sub)
	}
}

func (t *ResourceType) walk(parent *Attribute) {
	for _, a := range parent.Sub {
		if a.Type == Reference {
			t.references[strings.ToLower(a.Name)] = true
		}
		switch a.Computed {
		case ComputedMembers:
			t.Members = a
			continue
		case ComputedGroups:
			t.Groups = a
			continue
		case ComputedActive:
			t.Active = a
		case ComputedPassword:
			t.Password = a
		case Stored:
			if a.Returned == Never || a.Returned == OnRequest {
				t.verbatim = false
			}
			if a.Unique {
				t.addUnique(a)
			}
			if value, ok := a.Value(); ok && a.Name == "roles" && a.Parent == nil && a.MultiValued && a.Type == Complex && value.Type == String {
				t.Roles = a
			}
		case ComputedMeta, ComputedLifecycle:
			continue
		}
		t.walk(a)
	}
}

func (t *ResourceType) addUnique(a *Attribute) {
	if t.Naming == nil && a.Parent == nil && a.Required && a.Type == String && !a.MultiValued && a.shown() {
		t.Naming = a
		return
	}
	t.unique = append(t.unique, a)
}

// HasReference reports whether an attribute of that lower-case name, at any
// depth, is a reference.
func (t *ResourceType) HasReference(name string) bool { return t.references[name] }
