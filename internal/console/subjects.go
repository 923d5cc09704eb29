package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"rollcall/internal/operator"
	"rollcall/scim"
	"rollcall/store"
)

// rowSubject is what a row of the audit trail is about.
type rowSubject struct {
	Name string
	// Path leads to its page, empty where there is none for this role.
	Path string
}

// membersNamed is how many of the members that a row adds or removes are named.
const membersNamed = 10

// subjects are what the rows of a page are about.
type subjects struct {
	names  names
	role   operator.Role
	labels map[uuid.UUID]string
}

// subjects reads what the resources are called that some rows are about, all at
// once.
func (c *call) subjects(rows []store.AuditRow, called names) (subjects, error) {
	ids := map[string][]uuid.UUID{}
	for i := range rows {
		row := &rows[i]
		ids[row.Subject.Type] = append(ids[row.Subject.Type], row.Subject.ID)
		for _, members := range [][]uuid.UUID{row.Added, row.Removed} {
			for _, name := range []string{scim.UserType, scim.GroupType} {
				ids[name] = append(ids[name], members[:min(len(members), membersNamed)]...)
			}
		}
	}
	for name := range ids {
		slices.SortFunc(ids[name], func(a, b uuid.UUID) int { return strings.Compare(string(a[:]), string(b[:])) })
		ids[name] = slices.Compact(ids[name])
	}
	labels, err := c.face.Provider.LabelsOf(c.Request().Context(), c.caller(), ids)
	return subjects{called, c.identity.Role, labels}, err
}

// of is what a row is about.
func (s subjects) of(row *store.AuditRow) *rowSubject {
	id := row.Subject.ID
	label, living := s.labels[id]
	settings := s.role.May(operator.ViewSettings)
	switch row.Subject.Type {
	case scim.UserType:
		return &rowSubject{cmp.Or(label, id.String()), "/users/" + id.String()}
	case scim.GroupType:
		return linked(cmp.Or(label, id.String()), "/groups/"+id.String(), living)
	case store.ConnectionSubject:
		name, ok := s.names.connections[id]
		return linked(cmp.Or(name, id.String()), "/connections/"+id.String(), ok && settings)
	case store.OperatorSubject:
		name, ok := s.names.sources[actor(scim.KindOperator, id.String())]
		return linked(cmp.Or(name, id.String()), "/operators/"+id.String(), ok && s.role.May(operator.ManageOperators))
	case store.ReceiverSubject:
		return linked("receiver "+id.String(), "/receivers/"+id.String(), settings)
	case store.BatchSubject:
		return &rowSubject{"job " + id.String(), "/batches/" + id.String()}
	}
	if living {
		return &rowSubject{Name: label}
	}
	return nil
}

func linked(name, path string, there bool) *rowSubject {
	if !there {
		path = ""
	}
	return &rowSubject{name, path}
}

// members are the members that a row added and removed, as changes.
func (s subjects) members(row *store.AuditRow) []change {
	var list []change
	if n := len(row.Added); n > 0 {
		list = append(list, change{Name: fmt.Sprintf("members added (%d)", n), After: s.several(row.Added), Alone: true})
	}
	if n := len(row.Removed); n > 0 {
		list = append(list, change{Name: fmt.Sprintf("members removed (%d)", n), Before: s.several(row.Removed), Alone: true})
	}
	return list
}

// several are what some resources are called, the first of them.
func (s subjects) several(ids []uuid.UUID) changedValue {
	var texts []string
	for _, id := range ids[:min(len(ids), membersNamed)] {
		texts = append(texts, cmp.Or(s.labels[id], id.String()))
	}
	if more := len(ids) - membersNamed; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return valueOf(strings.Join(texts, ", "))
}
