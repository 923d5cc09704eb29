package batch

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// The members of a plan that assignments take.
const (
	TakesGroup = "group"
	TakesTag   = "tag"
)

// assignments are the actions that give users a group or a tag, or take it.
var assignments = map[string]struct {
	// takes is the member of a plan that says which.
	takes string
	take  bool
}{
	"add-to-group":      {TakesGroup, false},
	"remove-from-group": {TakesGroup, true},
	"tag":               {TakesTag, false},
	"untag":             {TakesTag, true},
}

// Assigns reports whether an action is an assignment.
func Assigns(action string) bool {
	_, ok := assignments[action]
	return ok
}

// AssignTakes is the member of a plan that an assignment takes, empty for another
// action.
func AssignTakes(action string) string { return assignments[action].takes }

// maxTag bounds a tag, in bytes.
const maxTag = 100

// checkAssignment refuses an assignment that does not say what it is about.
func (p *Plan) checkAssignment() error {
	if AssignTakes(p.Action) == TakesGroup {
		if _, ok := store.ParseID(p.Group); !ok {
			return validation.Errorf(TakesGroup, "is the id of a group")
		}
		return nil
	}
	p.Tag = strings.TrimSpace(p.Tag)
	if p.Tag == "" || len(p.Tag) > maxTag || strings.ContainsRune(p.Tag, 0) || !utf8.ValidString(p.Tag) {
		return validation.Errorf(TakesTag, "is 1 to 100 bytes of UTF-8, without NUL")
	}
	return nil
}

// check refuses what is wrong with a plan, and a group that is not there.
func (s *Service) check(ctx context.Context, c *scim.Caller, p *Plan) error {
	if err := p.check(s.Provider); err != nil || !Assigns(p.Action) {
		return err
	}
	assignment, err := p.assignment()
	if err != nil {
		return err
	}
	err = s.Provider.CheckAssignment(ctx, c, assignment)
	if told, ok := fault.As(err); ok && told.Status < http.StatusInternalServerError {
		return validation.Errorf(TakesGroup, "%s", told.Detail)
	}
	return err
}

// assignment is what the plan gives or takes.
func (p *Plan) assignment() (scim.Assignment, error) {
	of := assignments[p.Action]
	out := scim.Assignment{Take: of.take, Reason: p.Reason}
	if of.takes == TakesTag {
		out.Tag = p.Tag
		return out, nil
	}
	id, ok := store.ParseID(p.Group)
	if !ok {
		return out, store.ErrInvalid // Plan.check has seen it
	}
	out.Group = id
	return out, nil
}

// assignOperation gives each user a group or a tag, or takes it.
type assignOperation struct {
	service    *Service
	assignment scim.Assignment
	action     string
}

func (o *assignOperation) foresee(ctx context.Context, c *scim.Caller, ids []uuid.UUID) ([]Row, error) {
	seen, err := o.service.Provider.ForeseeAssign(ctx, c, ids, o.assignment)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(seen))
	for i := range seen {
		rows[i].ID = seen[i].ID
		if err := o.service.assigned(&rows[i], o.action, seen[i].Changed, seen[i].Err); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (o *assignOperation) do(ctx context.Context, c *scim.Caller, row *Row, note note) error {
	order := o.assignment
	if row.Was != "" {
		order.Tag, row.Was = row.Was, "" // as it was spelled
	}
	order.Also = func(was string) ([]store.Change, error) {
		row.Outcome, row.Was = Changed, was
		return note(row)
	}
	changed, err := o.service.Provider.Assign(ctx, c, row.ID, order)
	return o.service.assigned(row, o.action, changed, err)
}

// assigned makes what is known of a row its outcome.
func (s *Service) assigned(row *Row, action string, changed bool, err error) error {
	switch {
	case err != nil:
		return s.become(row, action, nil, err)
	case changed:
		row.Outcome = Changed
	default:
		row.Outcome, row.Was = Unchanged, ""
	}
	return nil
}
