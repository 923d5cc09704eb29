package console

import (
	"errors"
	"net/url"
	"slices"
	"time"

	"rollcall/internal/admin"
	"rollcall/lifecycle"
	"rollcall/scim"
)

// actionFields are the fields of a form that asks for an action, on one user or
// on many.
type actionFields struct {
	// ReasonNeeded says that it is not done without words.
	ReasonNeeded bool
	// Takes are the fields beside the reason.
	Takes map[string]bool
	// Sources are those whose suspensions can be lifted or taken over, Marks what
	// an account can be marked as.
	Sources []admin.SuspensionView
	Marks   []lifecycle.Mark
	// Groups are names of groups to choose from, not all of them.
	Groups []string
	// Confirm is what has to be typed.
	Confirm string
	Sent    url.Values
	Problem string
}

// Old is what was sent for a field, to be corrected.
func (f *actionFields) Old(name string) string { return f.Sent.Get(name) }

// fieldsOf are the empty fields of an action.
func fieldsOf(action admin.Action) *actionFields {
	f := &actionFields{
		ReasonNeeded: action.AsksReason, Takes: map[string]bool{}, Sent: url.Values{},
		Marks: lifecycle.Marks(),
	}
	for _, name := range action.Takes {
		f.Takes[name] = true
	}
	return f
}

// actionRequest is what the form asks an action for.
func (c *call) actionRequest(action admin.Action, sent url.Values) (admin.Request, error) {
	request := admin.Request{
		Reason: sent.Get("reason"), Source: sent.Get("source"), Approval: sent.Get("approval") != "", Mark: lifecycle.Mark(sent.Get("mark")),
		Purpose: sent.Get("purpose"), Confirm: sent.Get("confirm"), Password: sent.Get("password"), By: actor(scim.KindOperator, c.identity.ActorID()),
	}
	var err1, err2, err3 error
	request.Until, err1 = day("until", sent.Get("until"))
	if slices.Contains(action.Takes, admin.TakesFrom) {
		var from, to time.Time
		from, err2 = day("validFrom", sent.Get("validFrom"))
		to, err3 = day("validUntil", sent.Get("validUntil"))
		request.ValidFrom, request.ValidUntil = &from, &to
	}
	return request, errors.Join(err1, err2, err3)
}

// MarkTitle is what people call a mark.
func (f *actionFields) MarkTitle(mark lifecycle.Mark) string { return markTitles[mark] }

var markTitles = map[lifecycle.Mark]string{
	lifecycle.MarkAPIOnly: "API-only: for tokens alone", lifecycle.MarkBreakGlass: "Break-glass: policies leave it alone", lifecycle.MarkLegalHold: "Legal hold: it is not purged",
}
