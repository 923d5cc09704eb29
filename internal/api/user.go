package api

import (
	"net/http"
	"strconv"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

func (f *face) userRoutes(r *routes) {
	r.get("/users", (*call).users, "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor")
	r.add(http.MethodPost, "/users", auth.ScopeAdminWrite, (*call).createUser, "entry")
	r.get("/users/:id", (*call).user)
	r.get("/users/:id/history", (*call).history, "count", "cursor")
	r.get("/users/:id/sign-ins", (*call).signIns, "count", "cursor")
}

// accountRow is a user in a list.
type accountRow struct {
	ID          string `json:"id"`
	UserName    string `json:"userName,omitzero"`
	DisplayName string `json:"displayName,omitzero"`
	ExternalID  string `json:"externalId,omitzero"`
	Version     int64  `json:"version"`
	// Status, Cause and Explanation are those of admin.AccountView.
	Status        string    `json:"status"`
	Cause         string    `json:"cause,omitzero"`
	Explanation   string    `json:"explanation"`
	StatusChanged time.Time `json:"statusChanged"`
	LastLogin     time.Time `json:"lastLogin,omitzero"`
	Stale         bool      `json:"stale"`
	Source        string    `json:"source,omitzero"`
	SourceClient  string    `json:"sourceClient,omitzero"`
	Created       time.Time `json:"created"`
	LastModified  time.Time `json:"lastModified"`
}

// userPage is a page of users.
type userPage struct {
	Users        []accountRow `json:"users"`
	TotalResults int          `json:"totalResults"`
	StartIndex   int          `json:"startIndex,omitzero"`
	Next         string       `json:"next,omitzero"`
	Previous     string       `json:"previous,omitzero"`
}

// users lists living users. It walks by cursor unless an index is given.
func (c *call) users() error {
	search, err := c.search()
	if err != nil {
		return err
	}
	sources, err := c.sources()
	if err != nil {
		return err
	}
	found, err := c.face.Provider.Accounts(c.Request().Context(), c.caller(), search)
	if refused, ok := fault.As(err); ok && refused.Confidential {
		return newProblem(http.StatusForbidden, "%s; what it is compared with must not be sent in a URI", refused.Detail)
	}
	if err != nil {
		return err
	}
	page := userPage{Users: []accountRow{}, TotalResults: found.Total, StartIndex: found.Start, Next: found.Next, Previous: found.Previous}
	now := c.face.Provider.Now()
	for i := range found.Accounts {
		page.Users = append(page.Users, rowOf(&found.Accounts[i], sources, now))
	}
	return c.reply(http.StatusOK, page)
}

func rowOf(a *scim.Account, sources admin.Sources, now time.Time) accountRow {
	return accountRow{
		ID: a.ID, UserName: a.UserName, DisplayName: a.DisplayName, ExternalID: a.ExternalID, Version: a.Version,
		Status: string(a.Standing.Status), Cause: string(a.Standing.Cause),
		Explanation:   admin.Words(&scim.Explanation{At: now, Standing: a.Standing, Facts: a.Facts}, sources),
		StatusChanged: a.ChangedAt, LastLogin: a.LastLogin, Stale: a.Stale, Source: a.Source, SourceClient: a.SourceClient,
		Created: a.Created, LastModified: a.Modified,
	}
}

// search reads the parameters of a list of users.
func (c *call) search() (scim.Search, error) {
	query := c.QueryParams()
	search := scim.Search{Filter: query.Get("filter"), HasFilter: query.Has("filter"), SortBy: query.Get("sortBy"), SortOrder: query.Get("sortOrder")}
	count, err := c.count()
	if err != nil {
		return search, err
	}
	search.Count = &count
	if !query.Has("startIndex") {
		cursor := query.Get("cursor")
		search.Cursor = &cursor
		return search, nil
	}
	if query.Has("cursor") {
		return search, invalid("cursor", "startIndex and cursor exclude each other")
	}
	search.StartIndex, err = strconv.Atoi(query.Get("startIndex"))
	if err != nil || search.StartIndex < 1 {
		return search, invalid("startIndex", "is a number from 1 on")
	}
	return search, nil
}

// sources are the names of what suspends, for people.
func (c *call) sources() (admin.Sources, error) {
	connections, err := c.face.Store.Connections(c.Request().Context(), c.identity.Tenant.ID)
	if err != nil {
		return nil, err
	}
	return admin.SourcesOf(connections), nil
}

// explained is the account that a call is about.
func (c *call) explained() (*scim.Explanation, error) {
	return c.face.Provider.Explain(c.Request().Context(), c.caller(), c.part("id"))
}

func (c *call) user() error {
	found, err := c.explained()
	if err != nil {
		return err
	}
	sources, err := c.sources()
	if err != nil {
		return err
	}
	c.tag(found.Version)
	return c.reply(http.StatusOK, admin.ViewAccount(found, sources))
}

// history is the audit trail of one user, and of the groups that took it up or
// let it go. It is there for those that are gone, too.
func (c *call) history() error {
	found, err := c.explained()
	if err != nil {
		return err
	}
	id, _ := store.ParseID(found.ID)
	return c.auditPage(store.AuditSearch{Tenant: c.identity.Tenant.ID, SubjectType: scim.UserType, Subject: id})
}
