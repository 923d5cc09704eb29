package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/lifecycle"
	"rollcall/scim"
)

func (f *face) actionRoutes(r *routes) {
	r.add(http.MethodPost, "/users/:id/actions/:action", auth.ScopeAdminWrite, (*call).act, "dryRun")
}

// order is the body of an action; each action takes some of it.
type order struct {
	Reason     *string        `json:"reason"`
	Until      *string        `json:"until"`
	For        *string        `json:"for"`
	Source     *string        `json:"source"`
	Approval   *bool          `json:"approval"`
	Mark       *string        `json:"mark"`
	Purpose    *string        `json:"purpose"`
	Confirm    *string        `json:"confirm"`
	Password   *string        `json:"password"`
	ValidFrom  jsontext.Value `json:"validFrom"`
	ValidUntil jsontext.Value `json:"validUntil"`
}

// taken pairs the members that were sent with what an action has to take for
// them.
func (o *order) taken() map[string]string {
	sent := map[string]string{}
	for _, member := range []struct {
		name, takes string
		given       bool
	}{
		{"until", admin.TakesUntil, o.Until != nil},
		{"for", admin.TakesUntil, o.For != nil},
		{"source", admin.TakesSource, o.Source != nil},
		{"approval", admin.TakesApproval, o.Approval != nil},
		{"mark", admin.TakesMark, o.Mark != nil},
		{"purpose", admin.TakesPurpose, o.Purpose != nil},
		{"confirm", admin.TakesConfirm, o.Confirm != nil},
		{"password", admin.TakesPassword, o.Password != nil},
		{"validFrom", admin.TakesFrom, o.ValidFrom != nil},
		{"validUntil", admin.TakesTo, o.ValidUntil != nil},
	} {
		if member.given {
			sent[member.name] = member.takes
		}
	}
	return sent
}

// request is what the body asks an action for.
func (o *order) request(action admin.Action, now time.Time, by string) (admin.Request, error) {
	request := admin.Request{By: by, Reason: text(o.Reason), Source: text(o.Source), Purpose: text(o.Purpose), Confirm: text(o.Confirm), Password: text(o.Password)}
	for name, takes := range o.taken() {
		if !slices.Contains(action.Takes, takes) {
			return request, invalid(name, "the action %s does not take it", action.Name)
		}
	}
	request.Mark = lifecycle.Mark(text(o.Mark))
	request.Approval = o.Approval != nil && *o.Approval
	var err1, err2, err3 error
	request.Until, err1 = span{text(o.Until), text(o.For)}.end(now)
	request.ValidFrom, err2 = bound("validFrom", o.ValidFrom)
	request.ValidUntil, err3 = bound("validUntil", o.ValidUntil)
	return request, errors.Join(err1, err2, err3)
}

func text(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

// bound reads a time that null takes away, and nothing leaves.
func bound(field string, value jsontext.Value) (*time.Time, error) {
	switch {
	case value == nil:
		return nil, nil //nolint:nilnil // no bound is an answer, not a failure
	case value.Kind() == 'n':
		return &time.Time{}, nil
	}
	at, err := time.Parse(`"`+time.RFC3339+`"`, string(value))
	if err != nil || at.Year() > 9998 || at.Year() < 1970 {
		return nil, invalid(field, "is a time such as 2030-01-31T00:00:00Z, or null")
	}
	at = at.UTC().Truncate(time.Microsecond)
	return &at, nil
}

// act carries an action out, or foresees it.
func (c *call) act() error {
	action, ok := admin.Lookup(c.part("action"))
	if !ok {
		return newProblem(http.StatusNotFound, "there is no such action; there are %s", strings.Join(admin.Names(), ", "))
	}
	dry, err := c.flag("dryRun")
	if err != nil {
		return err
	}
	var sent order
	if err := c.read(&sent); err != nil {
		return err
	}
	request, err := sent.request(action, c.face.Provider.Now(), c.by())
	if err != nil {
		return err
	}
	return c.carry(action, request, dry)
}

func (c *call) carry(action admin.Action, request admin.Request, dry bool) error {
	order, err := action.Order(c.part("id"), request, c.precondition(), dry)
	if err != nil {
		return err
	}
	done, err := c.face.Provider.Carry(c.Request().Context(), c.caller(), order)
	return c.outcome(action.Name, dry, done, err)
}

// outcome answers what became of an action.
func (c *call) outcome(action string, dry bool, done *scim.Transition, err error) error {
	var refused *lifecycle.Refusal
	if errors.As(err, &refused) {
		return transition(action, refused)
	}
	if err != nil {
		return err
	}
	c.tag(done.Version)
	return c.reply(http.StatusOK, admin.ViewOutcome(action, dry, done, c.link))
}

// link is what the owner of an account has to follow.
func (c *call) link(kind, secret string) string {
	return c.face.Link(c.identity.Tenant.Name, kind, secret)
}
