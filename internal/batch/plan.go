package batch

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/validation"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// MaxIDs is how many users a plan can name one by one.
const MaxIDs = 10_000

// Selection is whom a plan is about: exactly one of its members says so.
type Selection struct {
	// IDs name users, living or not.
	IDs []string `json:"ids,omitempty"`
	// Filter is a SCIM filter for living users.
	Filter string `json:"filter,omitzero"`
	// Deleted are all deprovisioned users.
	Deleted bool `json:"deleted,omitzero"`
}

// Plan is a batch as it is asked for, and as it is kept: there is no secret in
// it.
type Plan struct {
	// Action names an action of administrators.
	Action string `json:"action"`
	// Reason is the administrator's words, required of every batch.
	Reason     string         `json:"reason"`
	Until      time.Time      `json:"until,omitzero"`
	Source     string         `json:"source,omitzero"`
	Approval   bool           `json:"approval,omitzero"`
	Mark       lifecycle.Mark `json:"mark,omitzero"`
	Purpose    string         `json:"purpose,omitzero"`
	ValidFrom  *time.Time     `json:"validFrom,omitempty"`
	ValidUntil *time.Time     `json:"validUntil,omitempty"`
	// Group is the id of the group and Tag the tag that an assignment is about.
	Group     string    `json:"group,omitzero"`
	Tag       string    `json:"tag,omitzero"`
	Selection Selection `json:"selection"`
}

// Actions are the names of what a batch can do, in their order: assignments, and
// the actions of administrators. One password for many people is none of it.
func Actions() []string {
	names := slices.DeleteFunc(admin.Names(), func(name string) bool {
		action, _ := admin.Lookup(name)
		return slices.Contains(action.Takes, admin.TakesPassword)
	})
	return slices.Sorted(slices.Values(slices.AppendSeq(names, maps.Keys(assignments))))
}

// ActionNamed returns the action of a name. To delete an account is to deprovision
// it, as DELETE over SCIM does, so that both names mean that.
func ActionNamed(name string) (string, bool) {
	if name == "delete" {
		name = "deprovision"
	}
	return name, slices.Contains(Actions(), name)
}

// check refuses what is wrong with a plan whoever it turns out to be about, and
// puts its ids in order. Its errors are *validation.Error.
func (p *Plan) check(provider *scim.Provider) error {
	name, ok := ActionNamed(p.Action)
	if !ok {
		return validation.Errorf("action", "is one of %s", strings.Join(Actions(), ", "))
	}
	p.Action = name
	if strings.TrimSpace(p.Reason) == "" {
		return validation.Errorf("reason", "is required of a batch")
	}
	if Assigns(p.Action) {
		if err := p.checkAssignment(); err != nil {
			return err
		}
		return p.Selection.check()
	}
	action, _ := admin.Lookup(p.Action)
	if _, err := action.Order("", p.request(""), scim.Precondition{}, true); err != nil {
		return err
	}
	mails := action.Trigger == lifecycle.TriggerInvite || action.Trigger == lifecycle.TriggerSendReset
	if mails && !provider.Mails() {
		return validation.Errorf("action", "sends letters, and no way to send mail is set up")
	}
	return p.Selection.check()
}

func (s *Selection) check() error {
	given := 0
	for _, one := range []bool{s.IDs != nil, s.Filter != "", s.Deleted} {
		if one {
			given++
		}
	}
	switch {
	case given != 1:
		return validation.Errorf("selection", "takes exactly one of ids, filter, deleted")
	case s.IDs != nil && len(s.IDs) == 0, len(s.IDs) > MaxIDs:
		return validation.Errorf("selection.ids", "takes 1 to 10000 ids; select more by a filter")
	}
	seen := make(map[uuid.UUID]bool, len(s.IDs))
	distinct := make([]string, 0, len(s.IDs))
	for _, text := range s.IDs {
		id, ok := store.ParseID(text)
		if !ok {
			return validation.Errorf("selection.ids", `"%s" is no id of a user`, fault.Clip(text))
		}
		if !seen[id] {
			distinct = append(distinct, text)
		}
		seen[id] = true
	}
	if s.IDs != nil {
		s.IDs = distinct
	}
	return nil
}

// NewPlan is the plan that does with a selection what a request asks of an action.
// Who asks and what is confirmed are no part of it, nor is a password.
func NewPlan(action string, r admin.Request, of Selection) Plan {
	return Plan{
		Action: action, Reason: r.Reason, Until: r.Until, Source: r.Source, Approval: r.Approval, Mark: r.Mark, Purpose: r.Purpose,
		ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil, Selection: of,
	}
}

// request is what each user's action is asked for with: what NewPlan was given, to
// be kept up with it. Who confirmed the number
// of users has confirmed each of them.
func (p *Plan) request(by string) admin.Request {
	return admin.Request{
		// Who is suspended or locked already is so, and keeps the words for it.
		Keep:   true,
		Reason: p.Reason, Until: p.Until, Source: p.Source, Approval: p.Approval, Mark: p.Mark, Purpose: p.Purpose,
		ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil, Confirmed: true, By: by,
	}
}

// head is the plan as it is shown: without the ids, which are rows.
func (p *Plan) head() *Plan {
	shown := *p
	shown.Selection.IDs = nil
	return &shown
}
