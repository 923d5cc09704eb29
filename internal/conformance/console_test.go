package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// browser is an operator's browser: it keeps cookies and goes nowhere by itself.
type browser struct {
	root    string
	cookies map[string]string
}

// browser is one that nobody has signed in with.
func (o *office) browser() *browser {
	return &browser{root: strings.TrimSuffix(o.Base, "/api/v1"), cookies: map[string]string{}}
}

// onEachConsole runs a test on every store, with a browser in which the operator
// ada has signed in.
func onEachConsole(t *testing.T, role operator.Role, test func(t *testing.T, s *server, o *office, b *browser)) {
	t.Helper()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Helper()
		o := s.desk()
		test(t, s, o, o.signIn(t, o.operator(t, "ada", role)))
	})
}

// open asks for a page of the console.
func (b *browser) open(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	return b.send(t, http.MethodGet, path, nil)
}

// submit sends a form of a page of the console.
func (b *browser) submit(t *testing.T, path string, fields url.Values, headers ...string) (*http.Response, string) {
	t.Helper()
	if fields == nil {
		fields = url.Values{}
	}
	return b.send(t, http.MethodPost, path, fields, headers...)
}

func (b *browser) send(t *testing.T, method, path string, fields url.Values, headers ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.root+console.Root+path, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if fields != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a request's has no attributes
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, body, err := exchangeBy(t, staying, request, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range response.Cookies() {
		if b.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
		}
	}
	return response, string(body)
}

// operator makes an operator and returns its id.
func (o *office) operator(t *testing.T, name string, role operator.Role) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"name": name, "role": role})
	if err != nil {
		t.Fatal(err)
	}
	return o.ask(t, 201, "POST", "/operators", string(body))["id"].(string)
}

// link makes a link for an operator and returns its secret.
func (o *office) link(t *testing.T, id string) string {
	t.Helper()
	link := o.ask(t, 201, "POST", "/operators/"+id+"/link", "")["link"].(string)
	secret, ok := strings.CutPrefix(link, strings.TrimSuffix(o.Base, "/api/v1")+console.Root+"/sign-in?link=")
	if !ok {
		t.Fatalf("the link %q leads elsewhere", link)
	}
	return secret
}

// signIn is the browser of an operator who has signed in.
func (o *office) signIn(t *testing.T, id string) *browser {
	t.Helper()
	b := o.browser()
	if response, body := b.submit(t, "/sign-in", url.Values{"link": {o.link(t, id)}}); response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != console.Root {
		t.Fatalf("signing in: %d %s", response.StatusCode, body)
	}
	return b
}

// out fails unless the console asks to sign in.
func (b *browser) out(t *testing.T, why string) {
	t.Helper()
	response, _ := b.open(t, "")
	if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != console.Root+"/sign-in" {
		t.Errorf("%s: %d to %q", why, response.StatusCode, response.Header.Get("Location"))
	}
}

// in fails unless the console shows itself.
func (b *browser) in(t *testing.T, words ...string) {
	t.Helper()
	response, body := b.open(t, "")
	shows(t, response, body, 200, words...)
}

// TestSignInLinks: a link signs in once, whoever has looked at it before.
func TestSignInLinks(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := o.operator(t, "Ada <b>", operator.Admin)
		secret, b := o.link(t, id), o.browser()
		b.out(t, "nobody")
		for range 2 { // a preview of a chat first
			response, body := b.open(t, "/sign-in?link="+secret)
			shows(t, response, body, 200, "Ada &lt;b&gt;", "default", secret)
		}
		if b.out(t, "looked at only"); len(b.cookies) > 0 {
			t.Errorf("cookies of a look: %v", b.cookies)
		}
		const n = 5
		statuses := make([]int, n)
		all := make([]*browser, n)
		var wait sync.WaitGroup
		for i := range n {
			all[i] = o.browser()
			wait.Go(func() {
				response, _ := all[i].submit(t, "/sign-in", url.Values{"link": {secret}})
				statuses[i] = response.StatusCode
			})
		}
		wait.Wait()
		if slices.Sort(statuses); statuses[0] != http.StatusSeeOther || statuses[1] != http.StatusNotFound {
			t.Errorf("five at once: %v", statuses)
		}
		for _, one := range all {
			if len(one.cookies) > 0 {
				one.in(t, "Ada &lt;b&gt;", "admin")
			}
		}
		for _, other := range []string{secret, "x", "", strings.Repeat("x", 5000), "\x00"} {
			response, body := b.submit(t, "/sign-in", url.Values{"link": {other}})
			shows(t, response, body, 404, "does not work")
		}
		response, body := b.open(t, "/sign-in?link="+secret)
		shows(t, response, body, 404, "does not work")
		if strings.Contains(o.ask(t, 200, "GET", "/operators/"+id, "")["lastSignIn"].(string), "0001") {
			t.Error("no last sign-in")
		}
		var did []string
		for _, row := range o.ask(t, 200, "GET", "/audit?action=operator.", "")["rows"].([]any) {
			did = append(did, row.(map[string]any)["action"].(string))
		}
		if slices.Reverse(did); !slices.Equal(did, []string{"operator.create", "operator.link", "operator.sign-in"}) {
			t.Errorf("the trail says %v", did)
		}
	})
}

// TestSessionsAreRevocable: a session ends by its operator, by an administrator
// and with its operator, and a role counts at once.
func TestSessionsAreRevocable(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		chief := o.operator(t, "chief", operator.Owner)
		id := o.operator(t, "ada", operator.Helpdesk)
		phone, desk, owner := o.signIn(t, id), o.signIn(t, id), o.signIn(t, chief)
		list := func(query string) (ids []string) {
			for _, one := range o.ask(t, 200, "GET", "/sessions"+query, "")["sessions"].([]any) {
				ids = append(ids, one.(map[string]any)["id"].(string))
			}
			return ids
		}
		if all, hers := list(""), list("?operator="+id); len(all) != 3 || len(hers) != 2 {
			t.Errorf("%d sessions, %d of one operator", len(all), len(hers))
		}
		newest := list("?operator=" + id)[0]
		o.ask(t, 204, "DELETE", "/sessions/"+newest, "")
		o.ask(t, 404, "DELETE", "/sessions/"+newest, "")
		desk.out(t, "ended by the API")
		phone.in(t, "ada", "helpdesk")
		o.ask(t, 200, "PATCH", "/operators/"+id, `{"role":"auditor"}`)
		phone.in(t, "ada", "auditor")

		// Her own sessions alone are hers to end.
		response, body := phone.open(t, "/sessions")
		if shows(t, response, body, 200, "ada"); strings.Contains(body, ">chief") {
			t.Errorf("an auditor sees the sessions of others: %s", body)
		}
		var ofChief string
		for _, one := range o.ask(t, 200, "GET", "/sessions?operator="+chief, "")["sessions"].([]any) {
			ofChief = one.(map[string]any)["id"].(string)
		}
		phone.submit(t, "/sessions/"+ofChief+"/end", nil)
		owner.in(t, "chief")
		hers := list("?operator=" + id)[0]
		if response, _ := owner.submit(t, "/sessions/"+hers+"/end", nil); response.StatusCode != http.StatusSeeOther {
			t.Errorf("ending it: %d", response.StatusCode)
		}
		phone.out(t, "ended by an owner")

		again := o.signIn(t, id)
		o.ask(t, 204, "DELETE", "/operators/"+id, "")
		again.out(t, "removed")
		if refused := o.ask(t, 409, "DELETE", "/operators/"+chief, ""); !strings.Contains(refused["detail"].(string), "owner") {
			t.Errorf("%v", refused)
		}
		o.ask(t, 409, "PATCH", "/operators/"+chief, `{"role":"admin"}`)
		kept := owner.cookies
		if response, _ := owner.submit(t, "/sign-out", nil); response.StatusCode != http.StatusSeeOther || len(owner.cookies) > 0 {
			t.Errorf("signing out: %d %v", response.StatusCode, owner.cookies)
		}
		thief := o.browser()
		thief.cookies["rollcall"] = kept["rollcall"]
		thief.out(t, "signed out")
	})
}

// TestOperatorRules: what an operator cannot be, and whose operators are seen.
func TestOperatorRules(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := o.operator(t, "ada", operator.Owner)
		for body, field := range map[string]string{
			`{"role":"owner"}`:                                             "name",
			`{"name":" ada ","role":"owner"}`:                              "name",
			`{"name":"a\u0000","role":"owner"}`:                            "name",
			`{"name":"` + strings.Repeat("x", 256) + `","role":"owner"}`:   "name",
			`{"name":"bob"}`:                                               "role",
			`{"name":"bob","role":"king"}`:                                 "role",
			`{"name":"bob","role":"admin","issuer":"https://id.example"}`:  "subject",
			`{"name":"bob","role":"admin","issuer":"id","subject":"b"}`:    "issuer",
			`{"name":"bob","role":"admin","password":"Correct-Horse-123"}`: "password",
		} {
			if refused := o.ask(t, 400, "POST", "/operators", body); refused["field"] != field {
				t.Errorf("%s: %v", body, refused)
			}
		}
		report(t, map[string]any{"field": "name", "detail": "another operator has this name, or is this subject at the provider"},
			o.ask(t, 409, "POST", "/operators", `{"name":"ada","role":"admin"}`))
		o.ask(t, 201, "POST", "/operators", `{"name":"bob","role":"admin","issuer":"https://id.example","subject":"b"}`)
		o.ask(t, 409, "POST", "/operators", `{"name":"twin","role":"admin","issuer":"https://id.example","subject":"b"}`)
		o.ask(t, 404, "GET", "/operators/nobody", "")
		if list := o.ask(t, 200, "GET", "/operators", "")["operators"].([]any); len(list) != 2 {
			t.Errorf("%d operators", len(list))
		}

		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		b := o.signIn(t, id)
		session := o.ask(t, 200, "GET", "/sessions", "")["sessions"].([]any)[0].(map[string]any)["id"].(string)
		acme.ask(t, 404, "GET", "/operators/"+id, "")
		acme.ask(t, 404, "PATCH", "/operators/"+id, `{"role":"auditor"}`)
		acme.ask(t, 404, "DELETE", "/operators/"+id, "")
		acme.ask(t, 404, "POST", "/operators/"+id+"/link", "")
		acme.ask(t, 404, "DELETE", "/sessions/"+session, "")
		if acme.operator(t, "ada", operator.Owner); len(acme.ask(t, 200, "GET", "/sessions", "")["sessions"].([]any)) != 0 {
			t.Error("sessions of another tenant")
		}
		b.in(t, "ada")
		// Operators are no users.
		s.refuse(t, 404, "", "GET", "/Users/"+id, "")
	})
}

// TestConsoleIsGuarded: other sites cannot write, frame or read it, and links lead
// nowhere else.
func TestConsoleIsGuarded(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Owner, func(t *testing.T, s *server, o *office, b *browser) {
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			response, body := b.submit(t, "/sign-out", nil, headers...)
			shows(t, response, body, 403, "another site")
		}
		b.in(t, "ada")
		for _, path := range []string{"", "/sessions", "/sign-in", "/nothing", "/static/style.css", "/static/..%2fpages%2fframe.html"} {
			response, _ := b.open(t, path)
			for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"} {
				if !strings.Contains(response.Header.Get(name), want) {
					t.Errorf("%s: %s: %q", path, name, response.Header.Get(name))
				}
			}
		}
		for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "sessions"} {
			fresh := o.browser()
			id := o.operator(t, "of "+next, operator.Auditor)
			response, _ := fresh.submit(t, "/sign-in", url.Values{"link": {o.link(t, id)}, "next": {next}})
			if to := response.Header.Get("Location"); to != console.Root && !strings.HasPrefix(to, console.Root+"/") {
				t.Errorf("%s leads to %s", next, to)
			}
		}
		anonymous := o.browser()
		if response, _ := anonymous.open(t, "/sessions?x=1"); response.Header.Get("Location") != console.Root+"/sign-in?next=%2Fsessions%3Fx%3D1" {
			t.Errorf("asked to sign in at %s", response.Header.Get("Location"))
		}
		anonymous.cookies["rollcall"] = "x"
		anonymous.out(t, "a made-up session")
		response, _ := b.send(t, http.MethodPost, "/sign-in", nil)
		if response.StatusCode != http.StatusUnsupportedMediaType {
			t.Errorf("no form: %d", response.StatusCode)
		}
	})
}
