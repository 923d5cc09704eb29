package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/operator"
	"rollcall/lifecycle"
)

// policyForm is the form of the policies as the page sends it, with some values
// otherwise. No value takes one away.
func policyForm(revision string, values map[string]string) url.Values {
	sent := url.Values{"version": {revision}}
	for name, value := range lifecycle.DefaultPolicy().Values() {
		if value != "false" {
			sent.Set(name, value)
		}
	}
	for name, value := range values {
		if sent.Set(name, value); value == "" {
			sent.Del(name)
		}
	}
	return sent
}

// confirmed are the fields by which a page confirms what it has shown.
func confirmed(t *testing.T, body string) url.Values {
	t.Helper()
	sent := url.Values{}
	for _, name := range []string{"policy", "version", "reason"} {
		values := shownAs(body, name)
		if len(values) != 1 {
			t.Fatalf("%d values of %s to confirm: %s", len(values), name, body)
		}
		sent.Set(name, strings.NewReplacer("&#34;", `"`, "&lt;", "<", "&gt;", ">", "&#39;", "'", "&amp;", "&").Replace(values[0]))
	}
	return sent
}

// TestConsoleSetsPolicies: every value is a field with its standard; what is wrong
// is said beside it; a change is looked at, confirmed, carried out and told.
func TestConsoleSetsPolicies(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		response, body := b.open(t, "/policies")
		shows(t, response, body, 200, `name="version" value="0"`)
		for name, value := range flat("", o.ask(t, 200, "GET", "/policy", "")["policy"]) {
			if want := `name="` + name + `" value="` + strings.Replace(value, "0s", "0", 1) + `"`; !strings.Contains(body, want) && value != "false" && value != "hold" {
				t.Errorf("no %s", want)
			}
			if !strings.Contains(body, `name="`+name+`"`) || !strings.Contains(body, `id="`+name+`-about"`) {
				t.Errorf("the page does not explain %s", name)
			}
		}
		for field, value := range map[string]string{
			"purgeAfter": script, "inviteValidity": "1s", "lockout.failures": "0", "lockout.permanentAfter": "x", "stale.warnAfter": "91d",
			"guard.mode": script, "guard.percent": "101", "reason": strings.Repeat("x", 1001),
		} {
			response, body := b.submit(t, "/policies/preview", policyForm("0", map[string]string{field: value}))
			shows(t, response, body, 422, `aria-invalid="true" aria-describedby="`+field+`-problem`)
			if harmless(t, field, body); strings.Count(body, `aria-invalid="true"`) != 1 {
				t.Errorf("%s: something else is wrong as well", field)
			}
		}
		b.done(t, "/policies/preview", policyForm("0", nil), "Nothing was changed: all of it is in force")

		response, body = b.submit(t, "/policies/preview", policyForm("0", map[string]string{"stale.suspend": "on", "purgeAfter": "60d", "escalation.expired": "30d", "reason": script}))
		shows(t, response, body, 200, "Nothing is changed yet", "3 values", "<del>30d</del>", "<ins>60d</ins>", "<del>never</del>", "<ins>yes</ins>")
		harmless(t, "preview", body)
		report(t, map[string]any{"revision": 0.0}, o.ask(t, 200, "GET", "/policy", ""))
		sure := confirmed(t, body)
		if want := `{"escalation":{"expired":"30d"},"purgeAfter":"60d","stale":{"suspend":true}}`; sure.Get("policy") != want {
			t.Errorf("what is kept beside the standard: %s", sure.Get("policy"))
		}
		b.done(t, "/policies", sure, "The policies were changed.")
		report(t, map[string]any{"revision": 1.0, "policy": map[string]any{"purgeAfter": "60d", "stale": map[string]any{"suspend": true, "after": "90d"}, "escalation": map[string]any{"expired": "30d"}}},
			o.ask(t, 200, "GET", "/policy", ""))
		response, body = b.submit(t, "/policies", sure)
		shows(t, response, body, 409, "changed meanwhile", `value="60d"`, "In force: 60d", `name="version" value="1"`)
		response, body = b.submit(t, "/policies/preview", policyForm("0", map[string]string{"purgeAfter": "61d"}))
		shows(t, response, body, 409, "changed meanwhile", `value="61d"`, "In force: 60d", "standard: 30d", `name="version" value="1"`)
		for _, bad := range []url.Values{
			{"policy": {`{"purge":"1d"}`}, "version": {"1"}},
			{"policy": {script}, "version": {"1"}},
			{"policy": {`{}`}, "version": {"x"}},
			{"policy": {`{}`}, "version": {"-1"}},
			{"policy": {`{}`}, "version": {"1"}, "reason": {strings.Repeat("x", 1001)}},
		} {
			response, body := b.submit(t, "/policies", bad)
			shows(t, response, body, 400, "cannot be done")
		}
		response, body = b.submit(t, "/policies/preview", url.Values{"version": {"1"}, "standard": {"yes"}})
		shows(t, response, body, 200, "3 values", "<ins>30d</ins>")
		b.done(t, "/policies", confirmed(t, body), "The policies were changed.")
		report(t, map[string]any{"revision": 2.0, "policy": map[string]any{"purgeAfter": "30d"}}, o.ask(t, 200, "GET", "/policy", ""))
		response, body = b.open(t, "/audit?action=policy.")
		shows(t, response, body, 200, "Policy: set", ">ada<", "&lt;script&gt;")
		harmless(t, "/audit", body)
	})
}

// flat are the values of a JSON document, by the path that leads to each.
func flat(path string, document any) map[string]string {
	object, ok := document.(map[string]any)
	if !ok {
		return map[string]string{path: fmt.Sprint(document)}
	}
	all := map[string]string{}
	for name, value := range object {
		if path != "" {
			name = path + "." + name
		}
		for at, one := range flat(name, value) {
			all[at] = one
		}
	}
	return all
}

// TestRolesOnPolicies tries the pages in each role, of another tenant and from
// another site.
func TestRolesOnPolicies(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		change := url.Values{"policy": {`{"purgeAfter":"77d"}`}, "version": {"0"}}
		for _, role := range operator.Roles() {
			b := o.signIn(t, o.operator(t, string(role), role))
			sees, manages := role != operator.Helpdesk, role == operator.Owner || role == operator.Admin
			response, body := b.open(t, "/policies")
			if (response.StatusCode == 200) != sees || !sees && response.StatusCode != 403 {
				t.Errorf("%s: %d", role, response.StatusCode)
			}
			if offered := strings.Contains(body, "/policies/preview"); offered != manages {
				t.Errorf("%s: the form is offered: %v", role, offered)
			}
			if sees && !strings.Contains(body, "Purge after") {
				t.Errorf("%s: %s", role, body)
			}
			if response, _ := b.submit(t, "/policies/preview", policyForm("0", map[string]string{"purgeAfter": "77d"})); (response.StatusCode == 200) != manages || !manages && response.StatusCode != 403 {
				t.Errorf("%s: looking at a change: %d", role, response.StatusCode)
			}
			if !manages {
				if response, _ := b.submit(t, "/policies", change); response.StatusCode != http.StatusForbidden {
					t.Errorf("%s: changing: %d", role, response.StatusCode)
				}
			}
		}
		chief := o.signIn(t, o.operator(t, "chief", operator.Owner))
		for _, path := range []string{"/policies", "/policies/preview"} {
			response, body := chief.submit(t, path, change, "Sec-Fetch-Site", "cross-site")
			shows(t, response, body, 403, "another site")
		}
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		acme.signIn(t, acme.operator(t, "ada", operator.Owner)).done(t, "/policies", change, "The policies were changed.")
		report(t, map[string]any{"revision": 0.0, "policy": map[string]any{"purgeAfter": "30d"}}, o.ask(t, 200, "GET", "/policy", ""))
		report(t, map[string]any{"revision": 1.0, "policy": map[string]any{"purgeAfter": "77d"}}, acme.ask(t, 200, "GET", "/policy", ""))
	})
}
