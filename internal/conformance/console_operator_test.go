package conformance

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// TestConsoleLooksAfterOperators: an owner makes, changes and removes operators;
// nobody else does, and an owner remains.
func TestConsoleLooksAfterOperators(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		chief := o.operator(t, "chief", operator.Owner)
		b := o.signIn(t, chief)
		for problem, form := range map[string]url.Values{
			"Name: is needed":     {"role": {"admin"}},
			"Role: is one of":     {"name": {"bob"}, "role": {"king"}},
			"Another operator":    {"name": {"chief"}, "role": {"admin"}},
			"Issuer: is the URL":  {"name": {"bob"}, "role": {"admin"}, "issuer": {"x"}, "subject": {"y"}},
			"both or neither":     {"name": {script}, "role": {"admin"}, "subject": {"y"}},
			"takes at most 255 b": {"name": {strings.Repeat("x", 300)}, "role": {"admin"}},
		} {
			response, body := b.submit(t, "/operators", form)
			shows(t, response, body, 422, problem)
			harmless(t, problem, body)
		}
		response, _ := b.submit(t, "/operators", url.Values{"name": {script}, "role": {"helpdesk"}})
		at := strings.TrimSuffix(strings.TrimPrefix(response.Header.Get("Location"), console.Root), "?done=operator-made")
		for _, path := range []string{"/operators", at, "/audit?action=operator."} {
			response, body := b.open(t, path)
			shows(t, response, body, 200, "&lt;script&gt;")
			harmless(t, path, body)
		}
		response, body := b.submit(t, at+"/link", nil)
		_, link, _ := strings.Cut(body, console.Root+"/sign-in?link=")
		link, _, _ = strings.Cut(link, "<")
		helper := o.browser()
		if shows(t, response, body, 200, "Hand this link over"); len(link) < 40 {
			t.Fatalf("no link: %s", body)
		}
		helper.submit(t, "/sign-in", url.Values{"link": {link}})
		helper.in(t, "helpdesk")
		for path, status := range map[string]int{"/operators": 403, at: 403, "/audit": 403, "/users": 200} {
			response, body := helper.open(t, path)
			shows(t, response, body, status)
		}
		for _, path := range []string{"/operators", at, at + "/link", at + "/delete"} {
			response, body := helper.submit(t, path, url.Values{"name": {"me"}, "role": {"owner"}})
			shows(t, response, body, 403, "Your role does not allow this")
		}
		b.done(t, at, b.filled(t, at, url.Values{"name": {"bob"}, "role": {"auditor"}}), "The operator was changed.")
		for path, status := range map[string]int{"/operators": 200, at: 403, "/audit": 200} {
			response, body := helper.open(t, path)
			shows(t, response, body, status)
		}
		own := "/operators/" + chief
		response, body = b.submit(t, own, b.filled(t, own, url.Values{"name": {"chief"}, "role": {"admin"}}))
		shows(t, response, body, 422, "An owner has to stay")
		response, body = b.submit(t, own+"/delete", nil)
		shows(t, response, body, 422, "you cannot remove yourself")
		b.done(t, at+"/delete", nil, "The operator was removed")
		helper.out(t, "removed")
		for _, path := range []string{at, "/operators/x"} {
			response, body := b.open(t, path)
			shows(t, response, body, http.StatusNotFound)
		}
	})
}

// TestConsoleSearchesTheTrail by action, subject, actor, request and day.
func TestConsoleSearchesTheTrail(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Auditor, func(t *testing.T, s *server, o *office, b *browser) {
		id := s.user(t, "eve", `"displayName":"`+jsonScript+`"`)
		o.act(t, 200, id, "suspend", `{"reason":"`+jsonScript+`"}`, "X-Request-Id", "the-request")
		for query, wants := range map[string][2]string{
			"":                                  {"User: suspend", ""},
			"action=user.suspend":               {"User: suspend", "User: create"},
			"action=user.":                      {"User: create", "Operator: create"},
			"subject=" + id:                     {"User: create", "Operator: create"},
			"request=the-request":               {"User: suspend", "User: create"},
			"actor=nobody":                      {"Nothing.", "User: create"},
			"from=2020-01-01&until=2020-01-02":  {"Nothing.", "User: create"},
			"from=2020-01-01&until=2090-01-02":  {"User: create", ""},
			"action=" + url.QueryEscape(script): {"Nothing.", "User: create"},
		} {
			response, body := b.open(t, "/audit?"+query)
			shows(t, response, body, 200, wants[0])
			if harmless(t, query, body); wants[1] != "" && strings.Contains(body, wants[1]) {
				t.Errorf("%s finds %s", query, wants[1])
			}
		}
		for query, problem := range map[string]string{"subject=x": "Subject: is the id", "from=soon": "From: is a day"} {
			response, body := b.open(t, "/audit?"+query)
			shows(t, response, body, 422, problem)
		}
	})
}
