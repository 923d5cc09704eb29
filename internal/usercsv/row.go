package usercsv

import (
	"encoding/json"
	"reflect"
	"strings"

	"rollcall/scim/schema"
)

// Finding is what is wrong with a cell, or worth knowing about it.
type Finding struct {
	// Column is the name of the column, empty for the whole row.
	Column  string `json:"column,omitzero"`
	Problem string `json:"problem"`
}

// Edit is one attribute that a row changes.
type Edit struct {
	// Column is the name of the column that says so.
	Column string `json:"column"`
	// Path is the attribute, as SCIM names it.
	Path string `json:"path"`
	// Before and After are its values; nil for none.
	Before any `json:"before,omitempty"`
	After  any `json:"after,omitempty"`
}

// Provisioned reports whether identity providers say what the edit is about:
// administrators say who has which role, which group, and what the lifecycle notes.
func (e *Edit) Provisioned() bool {
	return e.Column != "active" && e.Column != "roles" && !strings.HasPrefix(e.Path, schema.LifecycleURN)
}

// Change are the edits that make of a user what a record says, its groups aside. user is the user
// as decoded from its JSON, nil for a new one. An empty cell says nothing, or,
// where clear is set, that there is nothing. Findings refuse the row.
func (m *Mapping) Change(user map[string]any, record *Record, clears bool) (edits []Edit, findings []Finding) {
	if record.Problem != "" {
		return nil, []Finding{{Problem: record.Problem}}
	}
	for i, c := range m.columns {
		if c == nil || c.Name == "id" || c.kind == names {
			continue
		}
		cell, stored := record.Cells[i], value(user, c.path)
		if cell == "" {
			if clears && stored != nil && c.Name != "active" {
				edits = append(edits, m.without(c, stored))
			}
			continue
		}
		next, err := c.parse(cell, stored)
		if err != nil {
			findings = append(findings, Finding{c.Name, err.Error() + `: "` + clip(cell, 100) + `"`})
			continue
		}
		if list, ok := next.([]any); ok && len(list) == 0 {
			next = nil
		}
		if !reflect.DeepEqual(next, stored) {
			edits = append(edits, Edit{c.Name, c.scim(), stored, next})
		}
	}
	return edits, findings
}

// without is the edit that takes away what a column stands for: of several
// values that one which it shows.
func (m *Mapping) without(c *Column, stored any) Edit {
	edit := Edit{Column: c.Name, Path: c.scim(), Before: stored}
	if c.kind != first {
		return edit
	}
	list, _ := stored.([]any)
	gone := firstOf(stored)
	var left []any
	for _, one := range list {
		if element, ok := one.(map[string]any); !ok || gone == nil || !reflect.DeepEqual(element, gone) {
			left = append(left, one)
		}
	}
	if left != nil {
		edit.After = left
	}
	return edit
}

// scim is the attribute as SCIM names it.
func (c *Column) scim() string {
	if strings.HasPrefix(c.path[0], "urn:") {
		return strings.Join(c.path, ":")
	}
	return strings.Join(c.path, ".")
}

// Resource is a new user of edits, as SCIM sends it.
func Resource(edits []Edit) ([]byte, error) {
	user := map[string]any{}
	schemas := []string{schema.UserURN}
	for _, edit := range edits {
		found, _ := Named([]string{edit.Column})
		if len(found) == 0 || edit.After == nil {
			continue
		}
		path, holder := found[0].path, user
		if len(path) > 1 {
			below, ok := user[path[0]].(map[string]any)
			if !ok {
				below = map[string]any{}
				user[path[0]] = below
				if strings.HasPrefix(path[0], "urn:") {
					schemas = append(schemas, path[0])
				}
			}
			holder = below
		}
		holder[path[len(path)-1]] = edit.After
	}
	user["schemas"] = schemas
	return json.Marshal(user)
}

// Patch are edits as SCIM sends them. A value of several parts is replaced as a
// whole.
func Patch(edits []Edit) ([]byte, error) {
	operations := []map[string]any{}
	for _, edit := range edits {
		_, whole := edit.After.(map[string]any)
		switch {
		case edit.After == nil:
			operations = append(operations, map[string]any{"op": "remove", "path": edit.Path})
			continue
		case whole && edit.Before != nil:
			operations = append(operations, map[string]any{"op": "remove", "path": edit.Path})
		}
		operations = append(operations, map[string]any{"op": "replace", "path": edit.Path, "value": edit.After})
	}
	return json.Marshal(map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations})
}

// Back are the edits that undo others.
func Back(edits []Edit) []Edit {
	back := make([]Edit, len(edits))
	for i, edit := range edits {
		back[len(edits)-1-i] = Edit{edit.Column, edit.Path, edit.After, edit.Before}
	}
	return back
}

// Shown is what an edit changes, for people, shortened.
func (e *Edit) Shown() (before, after string) {
	found, _ := Named([]string{e.Column})
	if len(found) == 0 {
		return "", ""
	}
	return clip(found[0].line(e.Before), maxShown), clip(found[0].line(e.After), maxShown)
}
