package app

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestMailFlags: what mail cannot be sent with is refused at the start, and no
// error shows the URL, which holds a password.
func TestMailFlags(t *testing.T) {
	t.Parallel()
	const secret = "hunter22"
	for name, try := range map[string]struct {
		args []string
		says string
	}{
		"none":              {nil, ""},
		"whole":             {[]string{"--mail=smtp://robot:" + secret + "@mail.example.com", "--mail-from=Acme <a@example.com>", "--public-url=https://x.example", "--alerts-to=a@example.com,b@example.com"}, ""},
		"directory":         {[]string{"--mail=dir:mails"}, ""},
		"no root":           {[]string{"--mail=smtp://robot:" + secret + "@mail.example.com", "--mail-from=a@example.com"}, "public-url"},
		"no sender":         {[]string{"--mail=smtps://robot:" + secret + "@mail.example.com", "--public-url=https://x.example"}, "mail-from"},
		"wrong sender":      {[]string{"--mail=dir:mails", "--mail-from=" + secret}, "mail-from"},
		"no mail":           {[]string{"--alerts-to=a@example.com"}, "--mail"},
		"wrong alerts":      {[]string{"--mail=dir:mails", "--alerts-to=" + secret}, "alerts-to"},
		"no URL":            {[]string{"--mail=robot:" + secret + "@mail"}, "mail URL"},
		"broken URL":        {[]string{"--mail=imap://robot:" + secret + "%zz@mail.example.com"}, "mail URL"},
		"password in clear": {[]string{"--mail=smtp://robot:" + secret + "@mail.example.com?tls=none", "--mail-from=a@example.com", "--public-url=https://x.example"}, "without TLS"},
	} {
		config := defaults(t)
		parser, err := kong.New(&config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = parser.Parse(try.args)
		switch {
		case try.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case try.says != "" && (err == nil || !strings.Contains(err.Error(), try.says) || strings.Contains(err.Error(), secret)):
			t.Errorf("%s: %v, want %q", name, err, try.says)
		}
	}
}

// TestLinksAreNotLogged follows a link that is good, one that is none, and sends
// a password, with the log at its most talkative.
func TestLinksAreNotLogged(t *testing.T) {
	t.Parallel()
	s, log := newTestServer(t, nil)
	made := s.ask(t, "POST", "/api/v1/users?entry=invited", testToken,
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","emails":[{"value":"ada@example.com"}]}`, "Content-Type", "application/json")
	link := regexp.MustCompile(`http://localhost(/t/default/account/invite)\?link=([A-Za-z0-9_-]{43})"`).FindStringSubmatch(made.Body.String())
	if link == nil {
		t.Fatalf("no whole link: %s", made.Body)
	}
	page, secret := link[1], link[2]
	for _, target := range []string{page + "?link=" + secret, "/t/default/account/none?link=" + secret, "/t/none/account/invite?link=" + secret} {
		s.ask(t, "GET", target, "", "")
	}
	const form = "application/x-www-form-urlencoded"
	s.ask(t, "POST", page+"?link="+secret, "", "password=Hidden-Horse-1", "Content-Type", form)
	s.ask(t, "POST", page, "", "link="+secret+"&password=Hidden-Horse-1&repeat=other", "Content-Type", form)
	if r := s.ask(t, "POST", page, "", "link="+secret+"&password=Hidden-Horse-1&repeat=Hidden-Horse-1", "Content-Type", "text/plain"); r.Code != http.StatusUnsupportedMediaType {
		t.Errorf("another media type: %d", r.Code)
	}
	if r := s.ask(t, "POST", page, "", "link="+secret+"&password=Hidden-Horse-1&repeat=Hidden-Horse-1", "Content-Type", form); r.Code != http.StatusOK {
		t.Errorf("the password is refused: %d %s", r.Code, r.Body)
	}
	text := log.String()
	for _, hidden := range []string{secret, "Hidden-Horse", "ada@example.com"} {
		if strings.Contains(text, hidden) {
			t.Errorf("the log shows %q", hidden)
		}
	}
	if !strings.Contains(text, "route=/t/:tenant/account/invite") {
		t.Errorf("the log names no route: %s", text)
	}
}

// TestUnreachableDatabaseOnPages: a page says to come again, in words.
func TestUnreachableDatabaseOnPages(t *testing.T) {
	t.Parallel()
	s, _ := newTestServer(t, func(c *Config) { c.Mail = "dir:" + filepath.Join(t.TempDir(), "mails") })
	if r := s.ask(t, "GET", "/t/default/account/forgot", "", ""); r.Code != http.StatusOK {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/t/default/account/forgot", "/t/default/account/invite?link=x"} {
		r := s.ask(t, "GET", path, "", "")
		if r.Code < 500 || !strings.Contains(r.Body.String(), "<h1>") || r.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", path, r.Code, r.Body)
		}
	}
}
