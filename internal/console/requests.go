package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	profiles "rollcall/scim/profile"
	"rollcall/scim/schema"
	"rollcall/store"
)

func (f *face) requestRoutes(r *routes) {
	r.show("/connections/:id/requests", operator.ViewAudit, (*call).requests)
	r.show("/connections/:id/requests/:number", operator.ViewAudit, (*call).request)
	r.do("/connections/:id/requests/forget", operator.ManageSettings, (*call).forgetRequests)
}

// requestsView is the request inspector of a connection.
type requestsView struct {
	connectionTop
	Filter            admin.RequestFilter
	Statuses, Methods []string
	// Inspected says that requests are remembered.
	Inspected bool
	Rows      []requestRow
	Next      string
	Problem   string
}

// requestRow is a request of a connection.
type requestRow struct {
	store.LoggedRequest
	Normalised []normalised
	// Client is what its connection is called, where the page is about a user.
	Client string
	// Changes are what it changed of the user, by the audit trail.
	Changes *changeList
	// Unread says that the trail was not read as far back as that.
	Unread bool
}

// normalised is a leniency that a request needed, and what that means.
type normalised struct{ Name, About string }

// Class is how the status looks.
func (r requestRow) Class() string {
	switch {
	case r.Status < http.StatusBadRequest:
		return "good"
	case r.Status >= http.StatusInternalServerError, r.Status != http.StatusNotFound:
		return "bad"
	}
	return "wait"
}

// When is when it came: requests follow each other in seconds.
func (r requestRow) When() string { return moment(r.At) }

// Words say the status in words.
func (r requestRow) Words() string { return strconv.Itoa(r.Status) + " " + http.StatusText(r.Status) }

// Milliseconds is how long the answer took.
func (r requestRow) Milliseconds() string {
	return strconv.FormatFloat(float64(r.Took.Microseconds())/float64(time.Millisecond/time.Microsecond), 'f', 1, 64) + "\u00a0ms"
}

func rowOf(r *store.LoggedRequest) requestRow {
	row := requestRow{LoggedRequest: *r}
	for _, name := range r.Normalisations {
		one, _ := schema.NormalisationOf(name)
		row.Normalised = append(row.Normalised, normalised{name, one.About()})
	}
	return row
}

func (c *call) requests() error {
	top, err := c.aboutConnection("/requests")
	if err != nil {
		return err
	}
	query := c.QueryParams()
	rules, _ := profiles.Of(top.Options)
	view := &requestsView{
		connectionTop: top, Statuses: admin.StatusClasses(), Methods: admin.RequestMethods(), Inspected: rules.Inspects,
		Filter: admin.RequestFilter{Status: query.Get("status"), Method: query.Get("method"), Resource: typed(query.Get("resource"))},
	}
	search, err := view.Filter.Search(c.identity.Tenant.ID)
	if problem := refused("search", err); problem != "" {
		view.Problem = problem
		return c.page(http.StatusUnprocessableEntity, "requests", top.Name, view)
	}
	search.Connection = top.ID
	if view.Rows, view.Next, err = c.logged(search); err != nil {
		return err
	}
	return c.page(http.StatusOK, "requests", top.Name, view)
}

// forgetRequests removes what is remembered of the requests of a connection.
func (c *call) forgetRequests() error {
	connection, err := c.theConnection()
	if err != nil {
		return err
	}
	err = admin.ForgetRequests(c.Request().Context(), c.face.Store, c.identity.Tenant.ID, connection.ID, c.noted())
	if err != nil {
		return err
	}
	return c.back("/connections/"+connection.ID.String()+"/requests", noticeRequestsForgotten)
}

// logged reads a page of requests; the address says where it begins.
func (c *call) logged(search store.RequestSearch) (rows []requestRow, next string, err error) {
	search.Limit = rowsOnPage
	if search.After, err = store.ParseTimePosition(c.QueryParam("before")); err != nil {
		return nil, "", errNotFound
	}
	found, err := c.face.Store.LoggedRequests(c.Request().Context(), search)
	if err != nil {
		return nil, "", err
	}
	for i := range found.Requests {
		rows = append(rows, rowOf(&found.Requests[i]))
	}
	if found.More && len(rows) > 0 {
		values := url.Values{}
		for name, list := range c.QueryParams() {
			values[name] = list
		}
		values.Del("done")
		values.Set("before", rows[len(rows)-1].Position().String())
		next = "?" + values.Encode()
	}
	return rows, next, nil
}

// requestPage is one request with its bodies.
type requestPage struct {
	connectionTop
	requestRow

	SentText, AnsweredText string
}

// Of is the id of the connection.
func (p *requestPage) Of() string { return p.connectionTop.ID.String() }

func (c *call) request() error {
	top, err := c.aboutConnection("/requests")
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(c.Param("number"), 10, 64)
	if err != nil {
		return errNotFound
	}
	found, err := c.face.Store.LoggedRequest(c.Request().Context(), c.identity.Tenant.ID, top.ID, number)
	if err != nil {
		return err
	}
	view := &requestPage{connectionTop: top, requestRow: rowOf(&found), SentText: shown(&found.Sent), AnsweredText: shown(&found.Answered)}
	return c.page(http.StatusOK, "request", top.Name, view)
}

// whyLeft say why a body was not kept.
var whyLeft = map[store.WhyLeft]string{
	store.LeftLarge: "It was not kept: it is larger than what is kept.", store.LeftUnread: "It was not kept: the request was refused before it was read.",
	store.LeftUnreadable: "It was not kept: it is no JSON object, so that nobody can tell what in it is secret.",
	store.LeftSecret:     "It was not kept: it repeats something secret.",
}

// shown is a body for people.
func shown(body *store.LoggedBody) string {
	var indented bytes.Buffer
	switch {
	case body.Left != "":
		return cmp.Or(whyLeft[body.Left], "It was not kept.")
	case len(body.Text) == 0:
		return "There was none."
	case json.Indent(&indented, body.Text, "", "  ") != nil:
		return string(body.Text)
	}
	return indented.String()
}
