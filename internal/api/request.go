package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/internal/admin"
	"rollcall/scim/schema"
	"rollcall/store"
)

func (f *face) requestRoutes(r *routes) {
	r.get("/connections/:name/requests", (*call).requests, "status", "method", "resource", "count", "cursor")
	r.get("/connections/:name/requests/:position", (*call).request)
}

// requestView is a request of a connection that is inspected. Its bodies are in
// the answer about it alone.
type requestView struct {
	Position       int64               `json:"position"`
	Time           time.Time           `json:"time"`
	RequestID      string              `json:"requestId"`
	Method         string              `json:"method"`
	Path           string              `json:"path"`
	Query          string              `json:"query,omitzero"`
	Status         int                 `json:"status"`
	Microseconds   int64               `json:"microseconds"`
	Normalisations []normalisationView `json:"normalisations"`
	Resources      []string            `json:"resources,omitempty"`
	Sent           *bodyView           `json:"sent,omitzero"`
	Answered       *bodyView           `json:"answered,omitzero"`
}

// normalisationView is what a request needed to be taken, and what that means.
type normalisationView struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

// bodyView is a body without what is secret, or why there is none.
type bodyView struct {
	Body jsontext.Value `json:"body,omitzero"`
	Left store.WhyLeft  `json:"left,omitzero"`
}

func viewRequest(r *store.LoggedRequest) requestView {
	view := requestView{
		Position: r.Number, Time: r.At, RequestID: r.RequestID, Method: r.Method, Path: r.Path, Query: r.Query, Status: r.Status,
		Microseconds: r.Took.Microseconds(), Normalisations: []normalisationView{},
	}
	for _, name := range r.Normalisations {
		one, _ := schema.NormalisationOf(name)
		view.Normalisations = append(view.Normalisations, normalisationView{name, one.About()})
	}
	for _, id := range r.Subjects {
		view.Resources = append(view.Resources, id.String())
	}
	return view
}

func viewBody(body *store.LoggedBody) *bodyView {
	if body.Text == nil && body.Left == "" {
		return nil
	}
	return &bodyView{Body: body.Text, Left: body.Left}
}

// requests lists what is remembered of the requests of a connection.
func (c *call) requests() error {
	search, err := admin.RequestFilter{Status: c.QueryParam("status"), Method: c.QueryParam("method"), Resource: c.QueryParam("resource")}.Search(c.identity.Tenant.ID)
	if err != nil {
		return err
	}
	if search.Limit, err = c.count(); err != nil {
		return err
	}
	if search.After, err = store.ParseTimePosition(c.QueryParam("cursor")); err != nil {
		return errCursor
	}
	connection, err := c.named(c.part("name"))
	if err != nil {
		return err
	}
	search.Connection = connection.ID
	found, err := c.face.Store.LoggedRequests(c.Request().Context(), search)
	if err != nil {
		return err
	}
	page := struct {
		Requests []requestView `json:"requests"`
		Next     string        `json:"next,omitzero"`
	}{Requests: []requestView{}}
	for i := range found.Requests {
		page.Requests = append(page.Requests, viewRequest(&found.Requests[i]))
	}
	if found.More && len(found.Requests) > 0 {
		page.Next = found.Requests[len(found.Requests)-1].Position().String()
	}
	return c.reply(http.StatusOK, page)
}

func (c *call) request() error {
	connection, err := c.named(c.part("name"))
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(c.part("position"), 10, 64)
	if err != nil {
		return errNoRequest
	}
	found, err := c.face.Store.LoggedRequest(c.Request().Context(), c.identity.Tenant.ID, connection.ID, number)
	if errors.Is(err, store.ErrNotFound) {
		return errNoRequest
	}
	if err != nil {
		return err
	}
	view := viewRequest(&found)
	view.Sent, view.Answered = viewBody(&found.Sent), viewBody(&found.Answered)
	return c.reply(http.StatusOK, view)
}

var errNoRequest = newProblem(http.StatusNotFound, "the request does not exist, or is no longer kept")
