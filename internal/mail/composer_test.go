package mail_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/internal/mail"
)

var update = flag.Bool("update", false, "write the golden files anew")

func composer(t *testing.T) *mail.Composer {
	t.Helper()
	c, err := mail.NewComposer(mail.Brand{Product: "Acme <ID>", Home: "https://id.example.org", Support: "help@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const link = "https://id.example.org/go?token=a&b=<c>"

// TestLetters holds every letter against a file.
func TestLetters(t *testing.T) {
	t.Parallel()
	expires := time.Date(2026, 2, 10, 9, 30, 0, 0, time.FixedZone("", 3600))
	for name, letter := range map[string]mail.Letter{
		"invite":              mail.Invite{Link: link, Expires: expires, Inviter: "Ann & Bob"},
		"invite-plain":        mail.Invite{Link: link, Expires: expires},
		"password-reset":      mail.PasswordReset{Link: link, Expires: expires},
		"lock-notice":         mail.LockNotice{Failures: 10, Until: expires, Link: link},
		"lock-notice-plain":   mail.LockNotice{Failures: 10},
		"stale-warning":       mail.StaleWarning{Unused: 76, Deadline: expires},
		"stale-warning-flag":  mail.StaleWarning{Unused: 76},
		"guard-alert":         mail.GuardAlert{Connection: "Entra <prod>", Removals: 120, Limit: 100, Window: time.Hour, Held: true},
		"guard-alert-refused": mail.GuardAlert{Connection: "Entra", Removals: 99, Limit: 100, Window: 36 * time.Hour, Refused: true},
		"guard-alert-timers":  mail.GuardAlert{Removals: 120, Limit: 100, Window: time.Hour, Held: true},
		"guard-alert-done":    mail.GuardAlert{Connection: "Entra", Removals: 120, Limit: 100, Window: 7 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := mail.Recipient{Name: "Zoë <b>", Address: "zoe@example.net"}
			if strings.Contains(name, "plain") {
				to.Name = ""
			}
			message, err := composer(t).Compose(to, letter)
			if err != nil {
				t.Fatal(err)
			}
			if message.To != to || strings.Contains(message.HTML, "<b>") || strings.Contains(message.HTML, "<ID>") || strings.Contains(message.HTML, "ZgotmplZ") {
				t.Errorf("message = %+v", message)
			}
			got := "Subject: " + message.Subject + "\n\n" + message.Text + "\n" + strings.Repeat("=", 20) + "\n" + message.HTML
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("letter (-want +got):\n%s", diff)
			}
		})
	}
}

func TestComposeRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"javascript:alert(1)", "//example.org", "/go", "ftp://x", "https://", "https://id.example.org@evil.example", "http://\x00"} {
		for _, letter := range []mail.Letter{mail.Invite{Link: bad}, mail.LockNotice{Link: bad}} {
			if _, err := composer(t).Compose(mail.Recipient{}, letter); err == nil {
				t.Errorf("%T with link %q is written", letter, bad)
			}
		}
		if _, err := mail.NewComposer(mail.Brand{Product: "x", Home: bad}); err == nil {
			t.Errorf("home page %q is taken", bad)
		}
	}
	for _, letter := range []mail.Letter{mail.Invite{}, mail.PasswordReset{}} {
		if _, err := composer(t).Compose(mail.Recipient{}, letter); err == nil {
			t.Errorf("%T is written without its link", letter)
		}
	}
	if _, err := mail.NewComposer(mail.Brand{Product: "\r\n"}); err == nil {
		t.Error("a product without a name")
	}
	message, err := composer(t).Compose(mail.Recipient{Name: "x"}, mail.GuardAlert{Connection: "a\r\nBcc: b@c\r\n\r\nd"})
	if err != nil || message.Subject != "Acme <ID>: a Bcc: b@c d removes more accounts than usual" {
		t.Errorf("subject = %q, %v", message.Subject, err)
	}
}
