package conformance

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/app"
	"rollcall/internal/trial"
)

// person is somebody with a browser, who knows the addresses of mails.
type person struct{ root string }

// get follows a link.
func (p person) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	return p.send(t, http.MethodGet, path, nil)
}

// submit sends a form.
func (p person) submit(t *testing.T, path string, fields ...string) (*http.Response, string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return p.send(t, http.MethodPost, path, form)
}

func (p person) send(t *testing.T, method, path string, form url.Values) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.root+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, body, err := exchange(t, request, nil)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// choose sets a password by the page behind a link.
func (p person) choose(t *testing.T, link, password string) {
	t.Helper()
	page, secret, _ := strings.Cut(link, "?link=")
	if response, body := p.submit(t, page, "link", secret, "password", password, "repeat", password); response.StatusCode != http.StatusOK || !strings.Contains(body, "Your password is set") {
		t.Fatalf("%s: %d %s", page, response.StatusCode, body)
	}
}

// shows fails unless an answer has a status and says something.
func shows(t *testing.T, response *http.Response, body string, status int, words ...string) {
	t.Helper()
	if response.StatusCode != status {
		t.Errorf("%s: status %d, want %d", response.Request.URL.Path, response.StatusCode, status)
	}
	for _, one := range words {
		if !strings.Contains(body, one) {
			t.Errorf("%s: no %q in %s", response.Request.URL.Path, one, body)
		}
	}
}

// mailed is a server that sends mail.
func mailed(t *testing.T, database string, config app.MailConfig) (*office, person) {
	t.Helper()
	s := serveWith(t, trial.Options{Database: database, Mail: config, PublicURL: "https://people.example"})
	return s.desk(), person{strings.TrimSuffix(s.Base, "/scim/v2")}
}

func (o *office) invited(t *testing.T, name string) map[string]any {
	t.Helper()
	return o.ask(t, 201, "POST", "/users?entry=invited", `{`+userSchemas+`,"userName":"`+name+`","emails":[{"value":"`+name+`@example.com"}]}`)
}

func (o *office) verifies(t *testing.T, name, password string) bool {
	t.Helper()
	answer := o.ask(t, 200, "POST", "/credentials/verify", `{"userName":"`+name+`","password":"`+password+`"}`)
	return answer["verified"] == true
}

// TestPagesWithoutMail: the answer of an action carries a whole link, and its
// page does what it says.
func TestPagesWithoutMail(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, ada := s.desk(), person{strings.TrimSuffix(s.Base, "/scim/v2")}
		link := o.invited(t, "ada")["letters"].([]any)[0].(map[string]any)["link"].(string)
		path, ok := strings.CutPrefix(link, ada.root)
		if !ok {
			t.Fatalf("the link %q is not below %s", link, ada.root)
		}
		page, secret, _ := strings.Cut(path, "?link=")
		for range 2 { // a mail scanner first
			response, body := ada.get(t, path)
			shows(t, response, body, 200, "Take over your account", `value="ada"`, secret, `lang="en"`, "At least 8 characters")
			checkHeaders(t, response, body)
		}
		response, _ := ada.send(t, http.MethodHead, path, nil)
		shows(t, response, "", 200)
		for name, try := range map[string]struct {
			fields []string
			status int
			says   string
		}{
			"two passwords":    {[]string{"link", secret, "password", "Correct-Horse-1", "repeat", "Correct-Horse-2"}, 422, "not the same"},
			"short":            {[]string{"link", secret, "password", "short", "repeat", "short"}, 422, "too short"},
			"long":             {[]string{"link", secret, "password", strings.Repeat("x", 1025), "repeat", strings.Repeat("x", 1025)}, 422, "too long"},
			"control":          {[]string{"link", secret, "password", "Correct-Horse\x00", "repeat", "Correct-Horse\x00"}, 422, "character"},
			"no text":          {[]string{"link", secret, "password", "Correct-\xff\xff\xff", "repeat", "Correct-\xff\xff\xff"}, 422, "character"},
			"composed":         {[]string{"link", secret, "password", strings.Repeat("e\u0301", 7), "repeat", strings.Repeat("e\u0301", 7)}, 422, "too short"},
			"nothing":          {[]string{"link", secret}, 422, "too short"},
			"another link":     {[]string{"link", secret[1:] + "A", "password", "Correct-Horse-1", "repeat", "Correct-Horse-1"}, 404, "another invitation"},
			"no link":          {[]string{"password", "Correct-Horse-1", "repeat", "Correct-Horse-1"}, 404, "does not work"},
			"too large a form": {[]string{"link", secret, "password", strings.Repeat("x", 20_000)}, 413, "went wrong"},
		} {
			response, body := ada.submit(t, page, try.fields...)
			shows(t, response, body, try.status, try.says)
			if checkHeaders(t, response, body); strings.Contains(body, "Correct-Horse") {
				t.Errorf("%s: the page repeats the password", name)
			}
		}
		for _, other := range []string{"/t/default/account/invite", "/t/default/account/invite?link=x", "/t/default/account/reset?link=" + secret, "/t/none/account/invite?link=" + secret, "/t/default/account/other"} {
			response, body := ada.get(t, other)
			shows(t, response, body, 404, "<h1>")
			checkHeaders(t, response, body)
		}
		response, body := ada.send(t, http.MethodPut, page, url.Values{})
		shows(t, response, body, 405, "<h1>")
		ada.choose(t, path, "Correct-Horse-1")
		if !o.verifies(t, "ada", "Correct-Horse-1") {
			t.Error("the password does not sign in")
		}
		response, body = ada.get(t, path)
		shows(t, response, body, 404, "does not work", "another invitation")
		response, body = ada.submit(t, page, "link", secret, "password", "Another-Horse-1", "repeat", "Another-Horse-1")
		shows(t, response, body, 404, "does not work")
		response, body = ada.get(t, "/t/default/account/forgot")
		shows(t, response, body, 404, "sends no mail")
		response, body = ada.submit(t, "/t/default/account/forgot", "name", "ada")
		shows(t, response, body, 404)
	})
}

// checkHeaders: nobody keeps a page, frames it, runs anything in it or is told
// of its address.
func checkHeaders(t *testing.T, response *http.Response, body string) {
	t.Helper()
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
		"Content-Type": "text/html; charset=UTF-8",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: %s %q, want %q", response.Request.URL.Path, name, got, want)
		}
	}
	if policy := response.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("Content-Security-Policy %q", policy)
	}
	if strings.Contains(body, "<script") || strings.Contains(body, "//") && strings.Contains(body, "src=") {
		t.Error("the page loads something")
	}
}

// TestNextSteps: the page says what comes after the password.
func TestNextSteps(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, ada := s.desk(), person{strings.TrimSuffix(s.Base, "/scim/v2")}
		for name, want := range map[string]struct{ action, body, says string }{
			"plain":     {"", "", "You can sign in now, as plain."},
			"approved":  {"invite", `{"approval":true}`, "An administrator still has to approve"},
			"later":     {"schedule", `{"validFrom":"2090-01-02T03:04:00Z"}`, "from 2 January 2090, 03:04 UTC on"},
			"suspended": {"suspend", `{"reason":"x"}`, "cannot be used at the moment"},
		} {
			made := o.invited(t, name)
			if want.action != "" {
				if again := o.act(t, 200, made["id"].(string), want.action, want.body); again["letters"] != nil {
					made = again
				}
			}
			link := made["letters"].([]any)[0].(map[string]any)["link"].(string)
			page, secret, _ := strings.Cut(strings.TrimPrefix(link, ada.root), "?link=")
			response, body := ada.submit(t, page, "link", secret, "password", "Correct-Horse-1", "repeat", "Correct-Horse-1")
			shows(t, response, body, 200, want.says)
		}
	})
}
