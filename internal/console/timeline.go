package console

import (
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
	Changes    *changeList
	// About is what the row is about, nil for what the page is about or what has
	// no name.
	About *rowSubject
}

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
	about, err := c.subjects(found.Rows, names)
	if err != nil {
		return nil, err
	}
	page := &timeline{}
	for i := range found.Rows {
		row := &found.Rows[i]
		shown := timelineRow{AuditRow: *row, Who: names.who(row.ActorKind, row.ActorID), Words: rowWords(row, search.Subject)}
		changes := changesOf(row.Changes, names)
		if _, resource := c.face.Provider.Types().Type(row.Subject.Type); !resource {
			onlyTold(changes)
		}
		if search.Subject == uuid.Nil || row.Subject.ID == search.Subject {
			changes = append(changes, about.members(row)...)
		}
		if row.Subject.ID != search.Subject {
			shown.About = about.of(row)
		}
		shown.Changes = listed(changes)
		page.Rows = append(page.Rows, shown)
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
