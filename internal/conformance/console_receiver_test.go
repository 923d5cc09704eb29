package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/await"
	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// led is where a form led to below the console, without what is said there.
func led(t *testing.T, response *http.Response, body string) string {
	t.Helper()
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %d %s", response.Request.URL.Path, response.StatusCode, body)
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(response.Header.Get("Location"), console.Root), "?")
	return path
}

// secretIn is the secret of a webhook that a page shows, empty for none.
func secretIn(body string) string {
	_, rest, ok := strings.Cut(body, "<code>whsec_")
	if !ok {
		return ""
	}
	secret, _, _ := strings.Cut(rest, "<")
	return "whsec_" + strings.NewReplacer("&#43;", "+", "&#34;", `"`).Replace(secret)
}

// TestConsoleMakesReceivers of each kind, shows secrets once and tokens never,
// and says what is wrong at the field.
func TestConsoleMakesReceivers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, h := s.desk(), newHook(t)
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		for _, kind := range []string{"webhook", "set-push", "set-poll"} {
			response, body := b.open(t, "/receivers/new?kind="+kind)
			shows(t, response, body, 200, `name="events"`, `value="`+kind+`"`)
		}
		response, body := b.open(t, "/receivers/new?kind=x")
		shows(t, response, body, 404)

		for name, try := range map[string]struct {
			fields       url.Values
			field, words string
		}{
			"no name":       {url.Values{"kind": {"set-poll"}}, "name", "Is required"},
			"no URL":        {url.Values{"kind": {"webhook"}, "name": {script}}, "url", "Is required"},
			"private URL":   {url.Values{"kind": {"webhook"}, "name": {"x"}, "url": {"https://10.0.0.1/" + script}}, "url", ""},
			"no type":       {url.Values{"kind": {"set-poll"}, "name": {"x"}, "events": {"prov:create " + script}}, "events", "Must be a type"},
			"no connection": {url.Values{"kind": {"set-poll"}, "name": {"x"}, "connection": {script}}, "connection", "no such connection"},
			"long reason":   {url.Values{"kind": {"set-poll"}, "name": {"x"}, "reason": {strings.Repeat("x", 1001)}}, "reason", "Takes at most"},
			"no token":      {url.Values{"kind": {"set-push"}, "name": {"x"}, "url": {"https://receiver.example"}, "bearer": {"badly-made-secret\n"}}, "bearer", "visible"},
		} {
			response, body := b.submit(t, "/receivers", try.fields)
			shows(t, response, body, 422, `aria-invalid="true" aria-describedby="`+try.field+`-problem`, try.words)
			if harmless(t, name, body); strings.Contains(body, "badly-made") {
				t.Errorf("%s: the token is repeated", name)
			}
		}

		webhook := url.Values{"kind": {"webhook"}, "name": {script}, "url": {h.URL + "/" + "?x=<script>alert"}, "events": {"prov:*, status:change"}, "reason": {script}}
		response, body = b.submit(t, "/receivers", webhook)
		secret := secretIn(body)
		if shows(t, response, body, 200, "shown this once"); secret == "" {
			t.Fatalf("no secret: %s", body)
		}
		harmless(t, "the answer", body)
		response, body = b.submit(t, "/receivers", webhook)
		shows(t, response, body, 422, "Another receiver has this name.")
		if secretIn(body) != "" {
			t.Error("a secret of nothing")
		}
		response, body = b.submit(t, "/receivers", url.Values{"kind": {"set-push"}, "name": {"siem"}, "url": {h.URL}, "audience": {script}, "bearer": {"the-token-of-it"}})
		push := led(t, response, body)
		response, body = b.submit(t, "/receivers", url.Values{"kind": {"set-poll"}, "name": {"poll"}, "connection": {"default"}, "form": {"notice"}})
		poll := led(t, response, body)

		list := o.ask(t, 200, "GET", "/receivers", "")["receivers"].([]any)
		if len(list) != 3 {
			t.Fatalf("%d receivers: %v", len(list), list)
		}
		var hook string
		for _, one := range list {
			if one := one.(map[string]any); one["kind"] == "webhook" {
				hook = "/receivers/" + one["id"].(string)
				report(t, map[string]any{"name": script, "events": []any{"prov:*", "status:change"}, "form": "full"}, one)
			}
		}
		report(t, map[string]any{"connection": "default", "form": "notice"}, o.ask(t, 200, "GET", poll, ""))

		// What was said is changed, and the token stays unless it is taken away.
		b.done(t, push, b.filled(t, push+"/edit", url.Values{"kind": {"set-push"}, "name": {"siem"}, "url": {h.URL + "/2"}}), "The receiver was changed.")
		b.submit(t, push+"/ping", nil)
		b.done(t, push, b.filled(t, push+"/edit", url.Values{"kind": {"set-push"}, "name": {"siem"}, "url": {h.URL}, "no-bearer": {"on"}}), "The receiver was changed.")
		b.submit(t, push+"/ping", nil)
		calls := h.until(t, time.Minute, func(calls []hookCall) bool { return len(calls) == 2 })
		if first, second := calls[0].Header.Get("Authorization"), calls[1].Header.Get("Authorization"); first != "Bearer the-token-of-it" || second != "" {
			t.Errorf("authorized by %q, then %q", first, second)
		}
		response, body = b.submit(t, push, b.filled(t, push+"/edit", url.Values{"kind": {"webhook"}, "name": {"siem"}, "url": {h.URL}}))
		shows(t, response, body, 422, "Cannot be changed.")

		// Nothing that is secret is shown again, to anybody.
		auditor := o.signIn(t, o.operator(t, "bob", operator.Auditor))
		for _, one := range []*browser{b, auditor} {
			for _, path := range []string{"/receivers", hook, push, poll, "/audit?action=receiver."} {
				response, body := one.open(t, path)
				shows(t, response, body, 200)
				if harmless(t, path, body); strings.Contains(body, strings.TrimPrefix(secret, "whsec_")) || strings.Contains(body, "whsec_") || strings.Contains(body, "the-token-of-it") {
					t.Errorf("%s shows a secret", path)
				}
			}
		}
		if _, body := auditor.open(t, hook); strings.Contains(body, "?x=") {
			t.Error("who sees settings alone sees more of a URL than its host")
		}
		response, body = b.open(t, hook+"/edit")
		shows(t, response, body, 200, `value="prov:* status:change"`)
		harmless(t, hook+"/edit", body)
		response, body = b.submit(t, hook+"/rotate", nil)
		if fresh := secretIn(body); response.StatusCode != 200 || fresh == "" || fresh == secret {
			t.Errorf("another secret: %d %q", response.StatusCode, fresh)
		}
		response, body = b.submit(t, poll+"/rotate", nil)
		shows(t, response, body, 422, "no secret of its own")
	})
}

// TestConsoleSendsAgain what a receiver has refused, one event or all of them.
func TestConsoleSendsAgain(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Owner, func(t *testing.T, s *server, o *office, b *browser) {
		made := o.ask(t, 201, "POST", "/receivers", `{"name":"poll","kind":"set-poll","events":["prov:create"]}`)
		at := "/receivers/" + made["id"].(string)
		id := s.user(t, "ada")
		s.user(t, "bob")
		s.user(t, "eve")
		refused := map[string]any{}
		await.That(t, time.Minute, "three events", func() bool {
			for name := range o.ask(t, 200, "POST", at+"/poll", `{"maxEvents":10}`)["sets"].(map[string]any) {
				refused[name] = map[string]any{"err": "invalid_request", "description": script}
			}
			return len(refused) == 3
		})
		body, err := json.Marshal(map[string]any{"maxEvents": 0, "returnImmediately": true, "setErrs": refused})
		if err != nil {
			t.Fatal(err)
		}
		o.ask(t, 200, "POST", at+"/poll", string(body))
		states := func(state string) int {
			return len(o.ask(t, 200, "GET", at+"/deliveries?state="+state, "")["deliveries"].([]any))
		}
		if n := states("failed"); n != 3 {
			t.Fatalf("%d deliveries failed", n)
		}
		response, page := b.open(t, at+"?state=failed")
		shows(t, response, page, 200, "Send all of them again", "/users/"+id, "refused: invalid_request")
		harmless(t, at, page)
		positions := shownAs(page, "position")
		if len(positions) != 3 {
			t.Fatalf("%d events can be sent again", len(positions))
		}
		response, page = b.open(t, at+"?state=delivered")
		shows(t, response, page, 200, "Nothing.")
		b.done(t, at+"/resend", url.Values{"position": {positions[2]}, "reason": {script}}, "The event is sent again.")
		if failed, pending := states("failed"), states("pending"); failed != 2 || pending != 1 {
			t.Errorf("one was sent again: %d failed, %d pending", failed, pending)
		}
		b.done(t, at+"/resend-failed", nil, "What was given up is sent again.")
		if failed, pending := states("failed"), states("pending"); failed != 0 || pending != 3 {
			t.Errorf("all were sent again: %d failed, %d pending", failed, pending)
		}
		report(t, map[string]any{"sets": "$len:3"}, o.ask(t, 200, "POST", at+"/poll", `{"maxEvents":10}`))
		report(t, map[string]any{"resent": 0.0}, o.ask(t, 200, "POST", at+"/deliveries/resend-failed", ""))
		b.done(t, at+"/resend-failed", nil, "no longer kept")
		b.done(t, at+"/resend", url.Values{"position": {"99999"}}, "no longer kept")
		response, page = b.submit(t, at+"/resend", url.Values{"position": {"x"}})
		shows(t, response, page, 400)
		for _, query := range []string{"?before=x", "?before=-1"} {
			response, page := b.open(t, at+query)
			shows(t, response, page, 404)
		}
		response, page = b.open(t, "/audit?action=receiver.")
		shows(t, response, page, 200, "Receiver: resend", "Receiver: resend failed", ">ada<")
		harmless(t, "/audit", page)
	})
}

// TestConsoleLooksAfterReceivers: one is tried, paused, goes on, gets again what
// it had, and goes.
func TestConsoleLooksAfterReceivers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, h := s.desk(), newHook(t)
		b := o.signIn(t, o.operator(t, "ada", operator.Owner))
		made := o.ask(t, 201, "POST", "/receivers", `{"name":"hook","kind":"webhook","url":"`+h.URL+`","events":["prov:create"]}`)
		at := "/receivers/" + made["id"].(string)
		h.answer(http.StatusBadRequest, "")
		response, body := b.submit(t, at+"/ping", nil)
		shows(t, response, body, 200, "The test was not taken, with status 400")
		h.answer(http.StatusNoContent, "")
		response, body = b.submit(t, at+"/ping", nil)
		shows(t, response, body, 200, "The test was taken, with status 204")

		id := s.user(t, "ada")
		o.settled(t, at, 1)
		for _, from := range []string{"", script, "2090-01-01T00:00", "0001-01-01T00:00"} {
			response, body := b.submit(t, at+"/replay", url.Values{"from": {from}, "reason": {script}})
			shows(t, response, body, 422, "Is a minute that has passed", "<details open>")
			harmless(t, from, body)
		}
		b.done(t, at+"/replay", url.Values{"from": {"2020-01-01T00:00"}}, "gets again what has happened")
		h.until(t, time.Minute, func(all []hookCall) bool { return len(of(all, "prov:create", id)) == 2 })

		b.done(t, at+"/pause", url.Values{"reason": {script}}, "is paused")
		response, body = b.open(t, at)
		shows(t, response, body, 200, "Paused", "&lt;script&gt;", "Resume")
		harmless(t, at, body)
		late := s.user(t, "late")
		b.done(t, at+"/resume", nil, "is active")
		h.until(t, time.Minute, func(all []hookCall) bool { return len(of(all, "prov:create", late)) == 1 })
		response, body = b.open(t, "/receivers")
		shows(t, response, body, 200, ">hook</a>", "Active", strings.TrimPrefix(h.URL, "http://"))

		response, body = b.submit(t, at+"/delete", url.Values{"confirm": {script}})
		shows(t, response, body, 422, "Type the name of the receiver.", "<details open>")
		harmless(t, at+"/delete", body)
		b.done(t, at+"/delete", url.Values{"confirm": {"hook"}, "reason": {"done with"}}, "The receiver was removed.")
		for _, path := range []string{at, at + "/edit", "/receivers/x", "/receivers/" + uuid.NewString()} {
			response, body := b.open(t, path)
			shows(t, response, body, 404)
		}
		response, body = b.open(t, "/audit?action=receiver.")
		shows(t, response, body, 200, "Receiver: create", "Receiver: pause", "Receiver: resume", "Receiver: replay", "Receiver: delete", ">ada<", "done with")
	})
}

// TestRolesOnReceivers tries each page and form in each role, of another tenant
// and from another site.
func TestRolesOnReceivers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		at := "/receivers/" + o.ask(t, 201, "POST", "/receivers", `{"name":"hook","kind":"set-poll"}`)["id"].(string)
		shown := []string{"/receivers", at}
		managed := []string{"/receivers/new?kind=webhook", at + "/edit"}
		forms := []string{"/receivers", at, at + "/pause", at + "/resume", at + "/ping", at + "/rotate", at + "/replay", at + "/resend", at + "/resend-failed", at + "/delete"}
		for _, role := range operator.Roles() {
			b := o.signIn(t, o.operator(t, string(role), role))
			sees, manages := role != operator.Helpdesk, role == operator.Owner || role == operator.Admin
			allowed := func(path string, may bool, status int) {
				if (status != http.StatusForbidden) != may {
					t.Errorf("%s: %s: %d", role, path, status)
				}
			}
			for _, path := range shown {
				response, body := b.open(t, path)
				allowed(path, sees, response.StatusCode)
				if sees && strings.Contains(body, "<form method=\"post\" action=\"/console/receivers") != (manages && path == at) {
					t.Errorf("%s: what %s offers", role, path)
				}
			}
			for _, path := range managed {
				response, _ := b.open(t, path)
				allowed(path, manages, response.StatusCode)
			}
			for _, path := range forms {
				if manages {
					continue // the other tests carry them out
				}
				response, _ := b.submit(t, path, url.Values{"name": {"hook"}, "kind": {"set-poll"}, "confirm": {"hook"}})
				allowed(path, false, response.StatusCode)
			}
			_, body := b.open(t, "")
			if strings.Contains(body, `href="/console/receivers"`) != sees {
				t.Errorf("%s: what the navigation offers", role)
			}
		}
		chief := o.signIn(t, o.operator(t, "chief", operator.Owner))
		for _, path := range forms {
			response, body := chief.submit(t, path, url.Values{"confirm": {"hook"}}, "Sec-Fetch-Site", "cross-site")
			shows(t, response, body, 403, "another site")
		}
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		stranger := acme.signIn(t, acme.operator(t, "ada", operator.Owner))
		for _, path := range []string{at, at + "/edit"} {
			response, body := stranger.open(t, path)
			shows(t, response, body, 404)
		}
		for _, path := range forms[1:] {
			response, body := stranger.submit(t, path, url.Values{"name": {"mine"}, "kind": {"set-poll"}, "confirm": {"hook"}, "position": {"1"}, "from": {"2020-01-01T00:00"}})
			shows(t, response, body, 404)
		}
		report(t, map[string]any{"name": "hook", "state": "active"}, o.ask(t, 200, "GET", at, ""))
		if left, _ := json.Marshal(acme.ask(t, 200, "GET", "/receivers", "")); string(left) != `{"receivers":[]}` {
			t.Errorf("the other tenant has %s", left)
		}
	})
}
