package mail_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"rollcall/internal/mail"
)

// parts are the texts of a message by type.
func parts(t *testing.T, parsed *netmail.Message) map[string]string {
	t.Helper()
	_, parameters, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	reader := multipart.NewReader(parsed.Body, parameters["boundary"])
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		found[kind] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

func parse(t *testing.T, text string) *netmail.Message {
	t.Helper()
	parsed, err := netmail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return parsed
}

// sameLetter compares what arrived with letter().
func sameLetter(t *testing.T, text string) {
	t.Helper()
	parsed := parse(t, text)
	want := map[string]string{
		"From": `"Rollcall" <robot@example.org>`, "Message-Id": "<outbox-17@example.org>",
		"Date": "Tue, 03 Feb 2026 04:05:06 +0000", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0", "User-Agent": "", "X-Mailer": "",
	}
	for name, value := range want {
		if got := parsed.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil || subject != "Grüße" {
		t.Errorf("Subject: %q, %v", subject, err)
	}
	to, err := parsed.Header.AddressList("To")
	if err != nil || len(to) != 1 || *to[0] != (netmail.Address{Name: "Zoë Äöü", Address: "zoe@example.net"}) {
		t.Errorf("To: %v, %v", to, err)
	}
	if diff := cmp.Diff(map[string]string{"text/plain": letter().Text, "text/html": letter().HTML}, parts(t, parsed)); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		server func(*mailServer)
		client func(*mail.Config)
		want   delivery
	}{
		{"STARTTLS", nil, nil, delivery{user: username, tls: true}},
		{"implicit TLS", func(s *mailServer) { s.implicit = true }, func(c *mail.Config) { c.TLS = mail.ImplicitTLS }, delivery{user: username, tls: true}},
		{"no password", nil, func(c *mail.Config) { c.Username, c.Password = "", "" }, delivery{tls: true}},
		{"no TLS", nil, func(c *mail.Config) { c.TLS, c.Username, c.Password = mail.NoTLS, "", "" }, delivery{}},
		{"no extensions", func(s *mailServer) { s.EnableSMTPUTF8 = false }, nil, delivery{user: username, tls: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, test.server)
			config := s.config()
			if test.client != nil {
				test.client(&config)
			}
			transport := open(t, config)
			for n := range 2 {
				if err := transport.Send(t.Context(), letter()); err != nil {
					t.Fatal(err)
				}
				got := s.deliveries()
				if len(got) != n+1 {
					t.Fatalf("%d deliveries, want %d", len(got), n+1)
				}
				sameLetter(t, got[n].text)
				got[n].text = ""
				test.want.helo, test.want.from, test.want.to = "rollcall.example.org", "robot@example.org", "zoe@example.net"
				if got[n] != test.want {
					t.Errorf("delivery = %+v, want %+v", got[n], test.want)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	reply := func(code int, enhanced smtp.EnhancedCode) *smtp.SMTPError {
		return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "not zoe@example.net, " + password}
	}
	for _, test := range []struct {
		name   string
		server func(*mailServer)
		client func(*mail.Config)
		want   error
		text   string
	}{
		{"recipient", func(s *mailServer) { s.refuse["RCPT"] = reply(550, smtp.EnhancedCode{5, 1, 1}) }, nil, mail.ErrPermanent, "recipient: reply 550 5.1.1"},
		{"grey list", func(s *mailServer) { s.refuse["RCPT"] = reply(451, smtp.EnhancedCode{4, 7, 1}) }, nil, mail.ErrTemporary, "recipient: reply 451 4.7.1"},
		{"sender", func(s *mailServer) { s.refuse["MAIL"] = reply(553, smtp.EnhancedCode{5, 1, 8}) }, nil, mail.ErrPermanent, "sender: reply 553 5.1.8"},
		{"sender unknown", func(s *mailServer) { s.refuse["MAIL"] = reply(530, smtp.EnhancedCode{5, 7, 0}) }, nil, mail.ErrTemporary, "sender: reply 530 5.7.0"},
		{"content", func(s *mailServer) { s.refuse["DATA"] = reply(554, smtp.EnhancedCode{5, 6, 0}) }, nil, mail.ErrPermanent, "message: reply 554 5.6.0"},
		{"full disk", func(s *mailServer) { s.refuse["DATA"] = reply(452, smtp.EnhancedCode{4, 3, 1}) }, nil, mail.ErrTemporary, "message: reply 452 4.3.1"},
		{"greeting", func(s *mailServer) { s.refuse["HELO"] = reply(554, smtp.EnhancedCode{5, 3, 2}) }, nil, mail.ErrTemporary, "greeting: reply 554"},
		{"wrong password", nil, func(c *mail.Config) { c.Password = "wrong-" + password }, mail.ErrTemporary, "greeting: reply 535"},
		{"no STARTTLS", func(s *mailServer) { s.TLSConfig = nil }, nil, mail.ErrTemporary, "greeting: "},
		{"unknown authority", nil, func(c *mail.Config) { c.RootCAs = nil }, mail.ErrTemporary, "greeting: "},
		{"other name", nil, func(c *mail.Config) { c.Host = "localhost" }, mail.ErrTemporary, ": "},
		{"implicit TLS to a server without", nil, func(c *mail.Config) { c.TLS = mail.ImplicitTLS }, mail.ErrTemporary, "connect: "},
		{"nobody there", func(s *mailServer) {}, func(c *mail.Config) { c.Port = 1 }, mail.ErrTemporary, "connect: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, test.server)
			config := s.config()
			if test.client != nil {
				test.client(&config)
			}
			err := open(t, config).Send(t.Context(), letter())
			var failure *mail.Error
			if !errors.Is(err, test.want) || !errors.As(err, &failure) || errors.Is(err, mail.ErrPermanent) == errors.Is(err, mail.ErrTemporary) {
				t.Fatalf("Send: got error %v, want %v", err, test.want)
			}
			if !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "zoe@") {
				t.Errorf("Send: %v, want %q", err, test.text)
			}
			if got := s.deliveries(); len(got) != 0 {
				t.Errorf("delivered all the same: %+v", got)
			}
		})
	}
}

// TestAddresses: what is not ASCII arrives where the server takes it.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		address, want string
		utf8          bool
		err           error
	}{
		{address: "zoe@müller.example", want: "zoe@xn--mller-kva.example"},
		{address: "zoë@müller.example", want: "zoë@xn--mller-kva.example", utf8: true},
		{address: "zoë@müller.example", err: mail.ErrPermanent},
		{address: `"a b"@example.net`, want: `a b@example.net`},
		{address: "a+b@example.net", want: "a+b@example.net"},
		{address: "", err: mail.ErrPermanent},
		{address: "zoe", err: mail.ErrPermanent},
		{address: "zoe@example.net, bob@example.net", err: mail.ErrPermanent},
		{address: "Zoe <zoe@example.net>", err: mail.ErrPermanent},
		{address: "<zoe@example.net>", err: mail.ErrPermanent},
		{address: "zoe@example.net\r\nBcc: bob@example.net", err: mail.ErrPermanent},
		{address: "zoe@" + strings.Repeat("a.", 130) + "net", err: mail.ErrPermanent},
	} {
		t.Run(test.address, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, func(s *mailServer) { s.EnableSMTPUTF8 = test.utf8 })
			message := letter()
			message.To.Address = test.address
			err := open(t, s.config()).Send(t.Context(), message)
			if !errors.Is(err, test.err) {
				t.Fatalf("Send: got error %v, want %v", err, test.err)
			}
			got := s.deliveries()
			if test.err != nil {
				if len(got) != 0 {
					t.Errorf("delivered to %s", got[0].to)
				}
				return
			}
			if len(got) != 1 || got[0].to != test.want {
				t.Errorf("deliveries = %+v", got)
			}
		})
	}
}

// TestInjection: no text makes another header or another recipient.
func TestInjection(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	transport := open(t, s.config())
	for n, evil := range []string{
		"x\r\nBcc: bob@example.net", "x\nX-Evil: 1", "x\r\n\r\nbody", "x\u2028X-Evil: 1", "x\x00\x85X-Evil: 1",
		`"<bob@example.net>, "`, "=?utf-8?q?=0D=0AX-Evil:_1?=", strings.Repeat("é", 300) + "\r\nX-Evil: 1", "\xff\r\nX-Evil: 1",
	} {
		message := letter()
		message.To.Name, message.Subject = evil, evil
		if err := transport.Send(t.Context(), message); err != nil {
			t.Fatalf("%q: %v", evil, err)
		}
		got := s.deliveries()[n]
		parsed := parse(t, got.text)
		if parsed.Header.Get("X-Evil") != "" || parsed.Header.Get("Bcc") != "" || got.to != "zoe@example.net" {
			t.Errorf("%q: %v to %s", evil, parsed.Header, got.to)
		}
		to, err := parsed.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != "zoe@example.net" {
			t.Errorf("%q: To: %v, %v", evil, to, err)
		}
		if texts := parts(t, parsed); texts["text/html"] != message.HTML {
			t.Errorf("%q: parts %q", evil, texts)
		}
	}
	for _, id := range []string{"a b", "a\r\nX-Evil: 1", "a@b", strings.Repeat("x", 65)} {
		message := letter()
		message.ID = id
		if err := transport.Send(t.Context(), message); !errors.Is(err, mail.ErrPermanent) {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if err := transport.Send(t.Context(), mail.Message{To: letter().To}); !errors.Is(err, mail.ErrPermanent) {
		t.Errorf("nothing to say: %v", err)
	}
}

// stub listens and lets a function talk to who connects.
func stub(t *testing.T, talk func(net.Conn)) *net.TCPAddr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				talk(conn)
			}()
		}
	}()
	return listener.Addr().(*net.TCPAddr)
}

// conversation answers each line with the next reply, and then hangs, which it
// tells.
func conversation(hangs chan<- struct{}, replies []string) func(net.Conn) {
	return func(conn net.Conn) {
		lines := bufio.NewReader(conn)
		for i, reply := range replies {
			if i > 0 {
				if _, err := lines.ReadString('\n'); err != nil {
					return
				}
			}
			_, _ = fmt.Fprintf(conn, "%s\r\n", reply)
		}
		hangs <- struct{}{}
		_, _ = io.Copy(io.Discard, lines)
	}
}

// TestHanging: whoever stops answering, at whatever step, costs the time limit
// or the patience of the caller, and no connection stays.
func TestHanging(t *testing.T) {
	t.Parallel()
	for name, replies := range map[string][]string{
		"no greeting": nil, "no HELO": {"220 hi"}, "no MAIL": {"220 hi", "250 hi"},
		"no RCPT": {"220 hi", "250 hi", "250 ok"}, "no DATA": {"220 hi", "250 hi", "250 ok", "250 ok"},
		"no end": {"220 hi", "250 hi", "250 ok", "250 ok", "354 go on"},
	} {
		for _, impatient := range []bool{false, true} {
			t.Run(fmt.Sprint(name, impatient), func(t *testing.T) {
				t.Parallel()
				hangs, ended := make(chan struct{}, 1), make(chan struct{}, 1)
				address := stub(t, func(conn net.Conn) {
					conversation(hangs, replies)(conn)
					ended <- struct{}{}
				})
				config := mail.Config{Host: "127.0.0.1", Port: address.Port, TLS: mail.NoTLS, Timeout: 200 * time.Millisecond, From: mail.Recipient{Address: "robot@example.org"}}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if impatient {
					config.Timeout = time.Minute
					go func() {
						<-hangs
						cancel()
					}()
				}
				err := open(t, config).Send(ctx, letter())
				if !errors.Is(err, mail.ErrTemporary) || impatient && !errors.Is(err, context.Canceled) {
					t.Errorf("Send: %v", err)
				}
				<-ended
			})
		}
	}
}

// TestGoodbye: a message that was taken is sent, even when the server goes away
// before it says so politely.
func TestGoodbye(t *testing.T) {
	t.Parallel()
	address := stub(t, func(conn net.Conn) {
		lines := bufio.NewReader(conn)
		reply := func(text string) { _, _ = fmt.Fprintf(conn, "%s\r\n", text) }
		reply("220 hi")
		for {
			line, err := lines.ReadString('\n')
			switch {
			case err != nil:
				return
			case strings.HasPrefix(line, "DATA"):
				reply("354 go on")
			case line == ".\r\n":
				reply("250 taken")
				return
			case strings.Contains(line, ":<") || strings.HasPrefix(line, "EHLO"):
				reply("250 ok")
			}
		}
	})
	config := mail.Config{Host: "127.0.0.1", Port: address.Port, TLS: mail.NoTLS, From: mail.Recipient{Address: "robot@example.org"}}
	if err := open(t, config).Send(t.Context(), letter()); err != nil {
		t.Errorf("Send: %v", err)
	}
}
