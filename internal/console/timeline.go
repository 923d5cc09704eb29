package console

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"rollcall/store"
)

// timeline is a page of the audit trail.
type timeline struct {
	Rows []timelineRow
	// Next is the page of what was before, empty for none.
	Next string
}

// timelineRow is a row of the audit trail, for people.
type timelineRow struct {
	store.AuditRow
	// Who did it, Words say what.
	Who, Words string
	Details    []change
}

// change is a value before and after.
type change struct{ Name, Before, After string }

// timeline reads a page of the trail of the tenant, newest first; the address
// says where it begins.
func (c *call) timeline(search store.AuditSearch) (*timeline, error) {
	names, err := c.names()
	if err != nil {
		return nil, err
	}
	search.Tenant, search.Limit = c.identity.Tenant.ID, rowsOnPage
	if search.After, err = store.ParseTimePosition(c.QueryParam("before")); err != nil {
		return nil, errNotFound
	}
	found, err := c.face.Store.SearchAudit(c.Request().Context(), search)
	if err != nil {
		return nil, err
	}
	page := &timeline{}
	for i := range found.Rows {
		row := &found.Rows[i]
		page.Rows = append(page.Rows, timelineRow{
			AuditRow: *row, Who: names.who(row.ActorKind, row.ActorID), Words: rowWords(row, search.Subject), Details: details(row.Changes),
		})
	}
	if found.More && len(found.Rows) > 0 {
		values := c.QueryParams()
		next := url.Values{}
		maps.Copy(next, values)
		next.Del("done")
		next.Set("before", found.Rows[len(found.Rows)-1].Position.String())
		page.Next = "?" + next.Encode()
	}
	return page, nil
}

// rowWords says what a row is about, for who looks at the trail of one subject.
func rowWords(row *store.AuditRow, subject uuid.UUID) string {
	switch kind := row.Subject.Type; {
	case subject != uuid.Nil && slices.Contains(row.Added, subject):
		return "Added to a " + strings.ToLower(kind)
	case subject != uuid.Nil && slices.Contains(row.Removed, subject):
		return "Removed from a " + strings.ToLower(kind)
	}
	return inWords(row.Action)
}

// inWords is the name of an action as people read it: "user.reset-password" is
// "User: reset password".
func inWords(action string) string {
	text := strings.NewReplacer(".", ": ", "-", " ", "_", " ").Replace(action)
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// details are the values that a row names, by name. A whole resource is shown by
// its attributes.
func details(changes []byte) []change {
	var values map[string][]json.RawMessage
	if json.Unmarshal(changes, &values) != nil {
		return nil // a row of another form has none
	}
	var list []change
	for _, name := range slices.Sorted(maps.Keys(values)) {
		pair := values[name]
		switch {
		case len(pair) != 2:
		case name == "":
			list = append(list, attributes(pair[0], pair[1])...)
		default:
			list = append(list, change{short(name), plainly(pair[0]), plainly(pair[1])})
		}
	}
	return list
}

// attributes are those of a resource that came or went.
func attributes(before, after json.RawMessage) []change {
	var was, is map[string]json.RawMessage
	if json.Unmarshal(before, &was) != nil || json.Unmarshal(after, &is) != nil {
		return nil // a row of another form has none
	}
	names := maps.Clone(is)
	if names == nil {
		names = map[string]json.RawMessage{}
	}
	maps.Copy(names, was)
	var list []change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name != "schemas" && name != "id" {
			list = append(list, change{short(name), plainly(was[name]), plainly(is[name])})
		}
	}
	return list
}

// short is the name of an attribute without the schema that it is of.
func short(name string) string {
	if i := strings.LastIndex(name, ":"); i >= 0 && strings.HasPrefix(name, "urn:") {
		return name[i+1:]
	}
	return name
}

// plainly writes a JSON value for people; nothing for none.
func plainly(value json.RawMessage) string {
	var text string
	switch {
	case len(value) == 0, string(value) == "null":
		return ""
	case json.Unmarshal(value, &text) == nil:
		return text
	}
	return string(value)
}
