package console

import (
	"encoding/json"
	"net/url"
	"strings"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// profile is what the forms say of a user; their fields have the names of its
// members.
type profile struct {
	UserName, DisplayName, GivenName, FamilyName, Email, Title, Role string
}

// profileField is a field of the forms, with the path by which SCIM names it.
type profileField struct {
	Name, Title, path string
	of                func(*profile) *string
}

// profileFields are the fields in their order.
var profileFields = []profileField{
	{"userName", "Username", "userName", func(p *profile) *string { return &p.UserName }},
	{"givenName", "First name", "name.givenName", func(p *profile) *string { return &p.GivenName }},
	{"familyName", "Last name", "name.familyName", func(p *profile) *string { return &p.FamilyName }},
	{"displayName", "Display name", "displayName", func(p *profile) *string { return &p.DisplayName }},
	{"email", "Email", "emails", func(p *profile) *string { return &p.Email }},
	{"title", "Title", "title", func(p *profile) *string { return &p.Title }},
	{"role", "Role", "roles", func(p *profile) *string { return &p.Role }},
}

// several reports whether a field is one of several values, of which the form
// shows the primary one.
func (f *profileField) several() bool { return f.path == "emails" || f.path == "roles" }

func readProfile(sent url.Values) profile {
	var p profile
	for _, field := range profileFields {
		*field.of(&p) = typed(sent.Get(field.Name))
	}
	return p
}

// filledField is a field with its value.
type filledField struct {
	profileField
	Value string
	// Owner is whose it is, where it is not changed here.
	Owner string
}

func (p *profile) fill(owners owners) []filledField {
	var fields []filledField
	for _, field := range profileFields {
		fields = append(fields, filledField{field, *field.of(p), owners[field.Name]})
	}
	return fields
}

// resource is the profile as SCIM sends it, with what administrators note.
func (p *profile) resource(password string, n *notes) []byte {
	body := map[string]any{"schemas": []string{schema.UserURN}}
	if noted := n.extension(); len(noted) > 0 {
		body["schemas"], body[schema.LifecycleURN] = []string{schema.UserURN, schema.LifecycleURN}, noted
	}
	if password != "" {
		body["password"] = password
	}
	name := map[string]string{}
	for _, field := range profileFields {
		value := *field.of(p)
		switch part, nested := strings.CutPrefix(field.path, "name."); {
		case value == "":
		case nested:
			name[part] = value
		case field.several():
			body[field.path] = []any{element(&field, value)}
		default:
			body[field.path] = value
		}
	}
	if len(name) > 0 {
		body["name"] = name
	}
	text, _ := json.Marshal(body) // texts and lists of texts always render
	return text
}

// element is one of several values, the primary one.
func element(field *profileField, value string) map[string]any {
	made := map[string]any{"value": value, "primary": true}
	if field.path == "emails" {
		made["type"] = "work"
	}
	return made
}

// valued is one of several values.
type valued struct {
	Value   string
	Primary bool
}

// first is the primary one of several values, else the first.
func first(values []valued) string {
	found, _ := schema.First(values, func(one valued) bool { return one.Primary })
	return found.Value
}

// difference are the operations that make one profile of another.
func difference(before, after *profile) []operation {
	var operations []operation
	for i := range profileFields {
		field := &profileFields[i]
		was, is := *field.of(before), *field.of(after)
		old := field.path + "[value eq " + filter.Quote(was) + "]"
		switch {
		case typed(was) == is:
		case !field.several() && is == "":
			operations = append(operations, operation{"op": "remove", "path": field.path})
		case !field.several():
			operations = append(operations, operation{"op": "replace", "path": field.path, "value": is})
		case is == "":
			operations = append(operations, operation{"op": "remove", "path": old})
		case was == "":
			operations = append(operations, operation{"op": "add", "path": field.path, "value": []any{element(field, is)}})
		default:
			operations = append(operations, operation{"op": "replace", "path": old + ".value", "value": is})
		}
	}
	return operations
}
