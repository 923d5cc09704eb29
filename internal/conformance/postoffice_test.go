package conformance

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"rollcall/internal/app"
)

// postOffice is a real SMTP server that hands on what it gets.
type postOffice struct {
	address  string
	received chan arrival
	// refuse is what it answers to RCPT.
	refuse error
}

// arrival is a message that arrived.
type arrival struct{ to, id, subject, text string }

// newPostOffice has an address, and nobody there until it opens.
func newPostOffice(t *testing.T) *postOffice {
	t.Helper()
	return &postOffice{address: freeAddress(t), received: make(chan arrival, 100)}
}

func (o *postOffice) open(t *testing.T) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", o.address)
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{office: o}, nil }))
	server.Domain = "localhost"
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		_ = listener.Close()
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
}

// config sends to the post office.
func (o *postOffice) config() app.MailConfig {
	return app.MailConfig{Mail: "smtp://" + o.address + "?tls=none", MailFrom: "Acme <accounts@example.org>", AlertsTo: []string{"boss@example.org"}}
}

// next is the next message.
func (o *postOffice) next(t *testing.T) arrival {
	t.Helper()
	select {
	case message := <-o.received:
		return message
	case <-time.After(time.Minute):
		t.Fatal("no mail arrives")
		return arrival{}
	}
}

var linkInText = regexp.MustCompile(`https://people\.example/\S+`)

// link is the path of the link in a message.
func (p arrival) link(t *testing.T) string {
	t.Helper()
	link := linkInText.FindString(p.text)
	if link == "" {
		t.Fatalf("no link in %q", p.text)
	}
	return strings.TrimPrefix(link, "https://people.example")
}

type mailSession struct {
	office *postOffice
	to     string
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Reset()                               {}
func (s *mailSession) Logout() error                        { return nil }

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return s.office.refuse
}

func (s *mailSession) Data(r io.Reader) error {
	message, err := readMail(r)
	if err != nil {
		return err
	}
	message.to = s.to
	s.office.received <- message
	return nil
}

// readMail reads the plain text of a message.
func readMail(r io.Reader) (arrival, error) {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return arrival{}, err
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return arrival{}, err
	}
	part, err := multipart.NewReader(message.Body, parameters["boundary"]).NextPart()
	if err != nil {
		return arrival{}, err
	}
	text, err := io.ReadAll(part)
	return arrival{id: message.Header.Get("Message-Id"), subject: message.Header.Get("Subject"), text: string(text)}, err
}
