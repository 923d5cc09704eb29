package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rollcall/internal/operator"
	"rollcall/scim"
	"rollcall/store"
)

func (f *face) auditRoutes(r *routes) {
	r.show("/audit", operator.ViewAudit, (*call).audit)
}

// subjectTypes are what rows can be about that has an id: resources, and the
// things around them.
func (f *face) subjectTypes() []string {
	return append(slices.Clone(f.Provider.Types().TypeNames()),
		store.ConnectionSubject, store.TokenSubject, store.ReceiverSubject, store.OperatorSubject, store.BatchSubject, store.SigningKeySubject, store.ViewSubject)
}

// auditView is a page of the audit trail of the tenant.
type auditView struct {
	Timeline *timeline
	// Sent are the fields of the search.
	Sent    url.Values
	Types   []string
	Problem string
}

// Old is what was looked for.
func (v *auditView) Old(name string) string { return v.Sent.Get(name) }

// TypeTitle is what people call a type of subjects.
func (v *auditView) TypeTitle(name string) string {
	switch name {
	case store.ReceiverSubject:
		return "Webhook or receiver"
	case store.BatchSubject:
		return "Job"
	case store.SigningKeySubject:
		return "Signing key"
	case store.ViewSubject:
		return "Saved view"
	}
	if rest, ours := strings.CutPrefix(name, "$"); ours {
		return strings.ToUpper(rest[:1]) + rest[1:]
	}
	return name
}

// audit searches the audit trail.
func (c *call) audit() error {
	query := c.QueryParams()
	view := &auditView{Sent: query, Types: c.face.subjectTypes()}
	search := store.AuditSearch{Action: typed(query.Get("action")), ActorID: typed(query.Get("actor")), RequestID: typed(query.Get("request"))}
	if text := typed(query.Get("subject")); text != "" {
		id, ok := store.ParseID(text)
		if !ok {
			view.Problem = "Subject: is the id of what rows are about."
		}
		if search.Subject, search.SubjectType = id, scim.UserType; slices.Contains(view.Types, query.Get("type")) {
			search.SubjectType = query.Get("type")
		}
	}
	var err1, err2 error
	search.From, err1 = day("from", query.Get("from"))
	search.Until, err2 = day("until", query.Get("until"))
	for _, err := range []error{err1, err2} {
		if err != nil {
			view.Problem = sentence(err.Error())
		}
	}
	if !search.Until.IsZero() {
		search.Until = search.Until.Add(24 * time.Hour) // the whole of the day
	}
	if view.Problem != "" {
		return c.page(http.StatusUnprocessableEntity, "audit", "Audit", view)
	}
	var err error
	if view.Timeline, err = c.timeline(search); err != nil {
		return err
	}
	return c.page(http.StatusOK, "audit", "Audit", view)
}
