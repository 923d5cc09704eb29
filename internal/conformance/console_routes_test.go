package conformance

import (
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"rollcall/internal/operator"
)

// consoleRoute is what the tests know of a route of the console.
type consoleRoute struct {
	// call is its method and its path, as they are registered.
	call string
	// needs is what a role has to allow; zero for what everybody may, or who is
	// signed in.
	needs operator.Permission
	// form is what its form sends.
	form func(e *estate) url.Values
	// status is what the form is answered with, 303 where it is zero.
	status int
	// stranger is what an operator of another tenant is answered, 404 where it is zero.
	stranger int
	// foreign is what the form is answered with where the objects that it names are of
	// another tenant, zero where it names none.
	foreign int
}

// fields are the values of a form that are the same everywhere.
func fields(pairs ...string) func(*estate) url.Values {
	return func(*estate) url.Values {
		sent := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			sent.Set(pairs[i], pairs[i+1])
		}
		return sent
	}
}

// newForm is what a page puts into a form that is to be carried out once.
func newForm() string { return uuid.Must(uuid.NewV7()).String() }

// naming is a form with the id of an object in one of its fields.
func naming(field string, of func(*estate) string, pairs ...string) func(*estate) url.Values {
	return func(e *estate) url.Values {
		sent := fields(pairs...)(e)
		sent.Set(field, of(e))
		return sent
	}
}

// versioned is a form that says of which version of its object it is, as the page does
// that it is sent from.
func versioned(object, page string, pairs ...string) func(*estate) url.Values {
	return func(e *estate) url.Values {
		_, body := e.owner.open(e.t, fmt.Sprintf(page, e.ids[object]))
		sent := fields(pairs...)(e)
		for _, version := range shownAs(body, "version") {
			sent.Set("version", html.UnescapeString(version))
		}
		return sent
	}
}

func (e *estate) theUser() string       { return e.ids["/users/:id"] }
func (e *estate) theGroup() string      { return e.ids["/groups/:id"] }
func (e *estate) theConnection() string { return e.name }

// pagesOfRoles are the pages of operators who have signed in, by what a role has to
// allow.
var pagesOfRoles = map[operator.Permission]string{
	operator.ViewAccounts: ` /batches /batches/:id /batches/:id/events /deleted /groups /groups/:id /sessions /users /users/export
		/users/:id /users/:id/danger /users/:id/groups /users/:id/schedule /users/:id/sign-ins /users/:id/timeline `,
	operator.ViewSettings:    `/connections /connections/:id /connections/:id/guard /connections/:id/tokens /operators /policies /receivers /receivers/:id /timers/guard`,
	operator.ViewAudit:       `/audit /connections/:id/requests /connections/:id/requests/:number /users/:id/provisioning`,
	operator.AssistAccounts:  `/users/:id/actions/:action`,
	operator.ManageAccounts:  `/imports/new /imports/:id /users/new /users/:id/edit`,
	operator.ManageSettings:  `/connections/:id/tokens/:prefix/revoke /receivers/new /receivers/:id/edit`,
	operator.ManageOperators: `/operators/:id`,
}

// formsOfRoles are what the forms of operators send, in an order in which all of
// them can be carried out: what takes something away comes last.
var formsOfRoles = []consoleRoute{
	{call: "/batches/ask", needs: operator.AssistAccounts, form: naming("id", (*estate).theUser, "action", "suspend"), status: 200, foreign: 200},
	{call: "/batches/preview", needs: operator.AssistAccounts, form: naming("id", (*estate).theUser, "action", "suspend", "reason", "r"), status: 200, foreign: 200},
	{call: "/batches/:id/apply", needs: operator.AssistAccounts, status: 400}, // a dry run is a job where there are many users alone
	{call: "/batches", needs: operator.AssistAccounts, form: naming("id", (*estate).theUser, "action", "activate", "reason", "r", "users", "1", "form", newForm()), foreign: 303},
	{call: "/batches/:id/cancel", needs: operator.ManageAccounts},
	{call: "/batches/:id/undo", needs: operator.ManageAccounts},
	{call: "/imports", needs: operator.ManageAccounts, status: 415}, // a file cannot be sent like this: TestConsoleImports
	{call: "/imports/:id/preview", needs: operator.ManageAccounts, form: fields("column0", "userName")},
	{call: "/imports/:id/delete", needs: operator.ManageAccounts},
	{call: "/batches/:id/import", needs: operator.ManageAccounts, form: fields("users", "1"), status: 422}, // the job is no dry run of a file
	{call: "/connections", needs: operator.ManageSettings, form: fields("name", "more", "kind", "okta", "profile", "lenient")},
	{call: "/connections/:id", needs: operator.ManageSettings, form: (*estate).options},
	{call: "/connections/:id/guard/:decision", needs: operator.ManageSettings, form: fields("for", "1h")},
	{call: "/timers/guard/:decision", needs: operator.ManageSettings, form: fields("for", "1h")},
	{call: "/connections/:id/requests/forget", needs: operator.ManageSettings},
	{call: "/connections/:id/tokens", needs: operator.ManageSettings, form: fields("scope", "scim:read"), status: 200},
	{call: "/deleted/:type/:id/restore", needs: operator.ManageAccounts, stranger: 303},
	{call: "/groups", needs: operator.ManageAccounts, form: fields("displayName", "More")},
	{call: "/groups/:id", needs: operator.ManageAccounts, form: fields("displayName", "Renamed")},
	{call: "/groups/:id/remove", needs: operator.ManageAccounts, form: naming("member", (*estate).theUser), foreign: 303},
	{call: "/groups/:id/add", needs: operator.ManageAccounts, form: naming("member", (*estate).theUser), foreign: 422},
	{call: "/operators", needs: operator.ManageOperators, form: fields("name", "more", "role", "auditor")},
	{call: "/operators/:id", needs: operator.ManageOperators, form: versioned("/operators/:id", "/operators/%s", "name", "other", "role", "owner")},
	{call: "/operators/:id/link", needs: operator.ManageOperators, status: 200},
	{call: "/policies/preview", needs: operator.ManageSettings, form: func(*estate) url.Values { return policyForm("0", map[string]string{"purgeAfter": "77d"}) }, status: 200},
	{call: "/policies", needs: operator.ManageSettings, form: fields("policy", `{"purgeAfter":"77d"}`, "version", "0")},
	{call: "/receivers", needs: operator.ManageSettings, form: naming("connection", (*estate).theConnection, "name", "more", "kind", "set-poll"), foreign: 422},
	{call: "/receivers/:id", needs: operator.ManageSettings, form: versioned("/receivers/:id", "/receivers/%s/edit", "name", "other", "kind", "webhook", "url", unheard, "events", "guard:alert")},
	{call: "/receivers/:id/pause", needs: operator.ManageSettings},
	{call: "/receivers/:id/resume", needs: operator.ManageSettings},
	{call: "/receivers/:id/ping", needs: operator.ManageSettings, status: 200},
	{call: "/receivers/:id/rotate", needs: operator.ManageSettings, status: 200},
	{call: "/receivers/:id/replay", needs: operator.ManageSettings, form: fields("from", "2020-01-01T00:00")},
	{call: "/receivers/:id/resend", needs: operator.ManageSettings, form: fields("position", "1")},
	{call: "/receivers/:id/resend-failed", needs: operator.ManageSettings},
	{call: "/users", needs: operator.ManageAccounts, form: naming("groups", (*estate).theGroup, "userName", "more", "start", "enrolled"), foreign: 422},
	{call: "/users/:id/timers/:kind/cancel", needs: operator.ManageAccounts},
	{call: "/users/:id/edit", needs: operator.ManageAccounts, form: versioned("/users/:id", "/users/%s/edit", "userName", "eve", "displayName", "more", "tags", "new")},
	{call: "/users/:id/groups/remove", needs: operator.ManageAccounts, form: naming("group", (*estate).theGroup), foreign: 422},
	{call: "/users/:id/groups/add", needs: operator.ManageAccounts, form: naming("group", (*estate).theGroup), foreign: 422},
	{call: "/users/:id/roles/add", needs: operator.ManageAccounts, form: fields("role", "engineer")},
	{call: "/users/:id/roles/remove", needs: operator.ManageAccounts, form: fields("role", "engineer")},
	{call: "/users/:id/actions/:action", needs: operator.ManageAccounts, form: fields("reason", "r")},
	{call: "/views", needs: operator.ViewAccounts, form: naming("group", (*estate).theGroup, "name", "more"), foreign: 303},

	{call: "/views/:id/delete", needs: operator.ViewAccounts},
	{call: "/connections/:id/tokens/:prefix/revoke", needs: operator.ManageSettings},
	{call: "/receivers/:id/delete", needs: operator.ManageSettings, form: fields("confirm", "other")},
	{call: "/groups/:id/delete", needs: operator.ManageAccounts, form: fields("confirm", "Renamed")},
	{call: "/sessions/:id/end", needs: operator.ViewAccounts, stranger: 303},
	{call: "/operators/:id/delete", needs: operator.ManageOperators},
}

// openRoutes are the routes that need no role; other tests are about each.
var openRoutes = []string{
	"GET /static/:file", "GET /sign-in", "POST /sign-in", "POST /sign-out", "GET /sign-in/oidc", "GET /sign-in/oidc/callback", "POST /sign-in/oidc",
}

// consoleRoutes are the routes of operators who have signed in.
func consoleRoutes() []consoleRoute {
	var all []consoleRoute
	for needs, paths := range pagesOfRoles {
		for path := range strings.FieldsSeq(paths) {
			all = append(all, consoleRoute{call: "GET " + path, needs: needs, stranger: 404})
		}
	}
	all = append(all, consoleRoute{call: "GET ", needs: operator.ViewAccounts})
	for _, one := range formsOfRoles {
		one.call = "POST " + one.call
		if one.form == nil {
			one.form = fields()
		}
		if one.stranger == 0 {
			one.stranger = 404
		}
		if one.status == 0 {
			one.status = 303
		}
		all = append(all, one)
	}
	return all
}

// options is the form of the options of a connection as it stands.
func (e *estate) options() url.Values {
	_, body := e.owner.open(e.t, "/connections/"+e.ids["/connections/:id"])
	sent := url.Values{"kind": {"okta"}, "profile": {"lenient"}, "inspect": {"on"}}
	for _, version := range shownAs(body, "version") {
		sent.Set("version", html.UnescapeString(version))
	}
	return sent
}
