package mail_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/internal/mail"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]mail.Config{
		"smtp://mail.example.org":                                 {Host: "mail.example.org", Port: 587, TLS: mail.StartTLS},
		"smtp://[::1]:2525?tls=none":                              {Host: "::1", Port: 2525, TLS: mail.NoTLS},
		"smtp://relay?tls=none":                                   {Host: "relay", Port: 25, TLS: mail.NoTLS},
		"smtps://mail.example.org/":                               {Host: "mail.example.org", Port: 465, TLS: mail.ImplicitTLS},
		"smtp://a%40b:p%2Fw@h:587?tls=starttls&ehlo=x&timeout=5s": {Host: "h", Port: 587, TLS: mail.StartTLS, Username: "a@b", Password: "p/w", EHLO: "x", Timeout: 5 * time.Second},
		"smtp://u:p@h?tls=implicit":                               {Host: "h", Port: 465, TLS: mail.ImplicitTLS, Username: "u", Password: "p"},
		"dir:/var/mail?x":                                         {Directory: "/var/mail?x"},
	} {
		got, err := mail.ParseURL(text)
		if err != nil {
			t.Errorf("ParseURL(%q): %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParseURL(%q) (-want +got):\n%s", text, diff)
		}
		got.From.Address = "robot@example.org"
		if err := got.Validate(); err != nil {
			t.Errorf("Validate(%q): %v", text, err)
		}
	}
}

// TestWrongConfig: what is wrong is refused at start, and no error quotes the
// password.
func TestWrongConfig(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "smtp:", "smtp://", "mail.example.org:587", "http://u:s3cret@h", "smtp://u:s3cret@h:x", "smtp://u:s3/cret@h", "smtp://u:s3cret%@h",
		"smtp://u:s3cret@h:0", "smtp://u:s3cret@h:65536", "smtp://u:s3cret@h:-1", "smtp://u:s3cret@h?tls=maybe", "smtp://u:s3cret@h?tls=none", "smtp://u:s3cret@h?TLS=none",
		"smtp://u:s3cret@h?tls=starttls&tls=none", "smtps://u:s3cret@h?tls=none", "smtp://u:s3cret@h/path", "smtp://u:s3cret@h#s3cret", "smtp://u@h", "smtp://:s3cret@h",
		"smtp://u:s3cret@h?timeout=s3cret", "smtp://u:s3cret@h?timeout=-1s", "smtp://u:s3cret@h?timeout=1h", "smtp://u:s3cret@h?password=s3cret", "smtp://u:s3cret@h?ehlo=a%0d%0ab",
		"smtp://u:s3cret@h?x=%zz", "smtp://u:s3cret@", "dir:", "dir:relative",
	} {
		config, err := mail.ParseURL(text)
		if err == nil {
			config.From.Address = "robot@example.org"
			_, err = mail.Open(config, time.Now)
		}
		if err == nil {
			t.Errorf("%q is taken", text)
		} else if strings.Contains(err.Error(), "s3") {
			t.Errorf("%q: the error quotes the password: %v", text, err)
		}
	}
	for _, from := range []string{"", "robot", "Robot <robot@example.org>", "a@b\r\nBcc: c@d"} {
		if _, err := mail.Open(mail.Config{Directory: "/tmp", From: mail.Recipient{Address: from}}, time.Now); err == nil {
			t.Errorf("sender %q is taken", from)
		}
	}
}

func TestConfigPrints(t *testing.T) {
	t.Parallel()
	config, err := mail.ParseURL("smtp://robot:s3cret@mail.example.org")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("mail", "config", config, "pointer", &config)
	text := log.String() + fmt.Sprintf("%v %+v %#v %s %v %+v", config, config, config, config, &config, &config)
	if strings.Contains(text, "s3cret") || !strings.Contains(text, "smtp://mail.example.org:587?tls=starttls") {
		t.Error(text)
	}
	if got := (mail.Config{Directory: "/x"}).String(); got != "dir:/x" {
		t.Error(got)
	}
}
