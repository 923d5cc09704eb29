package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/store"
)

func (f *face) auditRoutes(r *routes) {
	r.get("/audit", (*call).audit, append(auditFilters(), "order", "count", "cursor")...)
	r.get("/audit/export", (*call).exportAudit, append(auditFilters(), "format")...)
}

func auditFilters() []string {
	return []string{"subjectType", "subject", "actorKind", "actor", "action", "request", "from", "until"}
}

// auditRow is one row of the audit trail, named as the export names it.
type auditRow struct {
	Time        time.Time      `json:"time"`
	Action      string         `json:"action"`
	ActorKind   string         `json:"actorKind"`
	ActorID     string         `json:"actorId"`
	SubjectType string         `json:"subjectType"`
	SubjectID   string         `json:"subjectId"`
	Version     int64          `json:"version"`
	RequestID   string         `json:"requestId,omitzero"`
	Reason      string         `json:"reason,omitzero"`
	Changes     jsontext.Value `json:"changes"`
	Added       []string       `json:"added,omitempty"`
	Removed     []string       `json:"removed,omitempty"`
	Position    string         `json:"position"`
}

// auditPageView is a page of the audit trail.
type auditPageView struct {
	Rows []auditRow `json:"rows"`
	Next string     `json:"next,omitzero"`
}

// audit searches the trail of the tenant.
func (c *call) audit() error {
	search, err := c.auditSearch()
	if err != nil {
		return err
	}
	switch c.QueryParam("order") {
	case "", "newest":
	case "oldest":
		search.OldestFirst = true
	default:
		return invalid("order", "is newest or oldest")
	}
	return c.auditPage(search)
}

func (c *call) auditSearch() (store.AuditSearch, error) {
	query := c.QueryParams()
	search := store.AuditSearch{
		Tenant: c.identity.Tenant.ID, SubjectType: query.Get("subjectType"),
		ActorKind: query.Get("actorKind"), ActorID: query.Get("actor"), Action: query.Get("action"), RequestID: query.Get("request"),
	}
	if text := query.Get("subject"); text != "" {
		id, ok := store.ParseID(text)
		if !ok {
			return search, invalid("subject", "is the id of what rows are about")
		}
		search.Subject = id
	}
	switch {
	case search.Subject != uuid.Nil && search.SubjectType == "":
		search.SubjectType = scim.UserType
	case search.Subject == uuid.Nil && search.SubjectType != "" && search.SubjectType != store.TenantSubject:
		return search, invalid("subject", "is needed beside subjectType: rows are found by what they are about, not by its kind")
	}
	var err1, err2 error
	search.From, err1 = c.instant("from")
	search.Until, err2 = c.instant("until")
	return search, errors.Join(err1, err2)
}

// auditPage answers one page of a search.
func (c *call) auditPage(search store.AuditSearch) error {
	var err error
	if search.Limit, err = c.count(); err != nil {
		return err
	}
	if search.After, err = store.ParseTimePosition(c.QueryParam("cursor")); err != nil {
		return errCursor
	}
	found, err := c.face.Store.SearchAudit(c.Request().Context(), search)
	if err != nil {
		return err
	}
	page := auditPageView{Rows: []auditRow{}}
	for i := range found.Rows {
		page.Rows = append(page.Rows, viewAudit(&found.Rows[i]))
	}
	if found.More && len(found.Rows) > 0 {
		page.Next = found.Rows[len(found.Rows)-1].Position.String()
	}
	return c.reply(http.StatusOK, page)
}

func viewAudit(row *store.AuditRow) auditRow {
	view := auditRow{
		Time: row.At.UTC(), Action: row.Action, ActorKind: row.ActorKind, ActorID: row.ActorID,
		SubjectType: row.Subject.Type, SubjectID: row.Subject.ID.String(), Version: row.Version, RequestID: row.RequestID,
		Reason: row.Reason, Changes: row.Changes, Position: row.Position.String(),
	}
	if len(view.Changes) == 0 {
		view.Changes = jsontext.Value("{}")
	}
	for _, id := range row.Added {
		view.Added = append(view.Added, id.String())
	}
	for _, id := range row.Removed {
		view.Removed = append(view.Removed, id.String())
	}
	return view
}
