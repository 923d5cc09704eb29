package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"rollcall/internal/mail"
)

var now = time.Date(2026, 2, 3, 4, 5, 6, 789_000_000, time.UTC)

const (
	username = "robot"
	password = "correct horse/battery"
)

// mailServer is a real SMTP server that keeps what it gets.
type mailServer struct {
	*smtp.Server

	address *net.TCPAddr
	// implicit begins with TLS.
	implicit bool
	roots    *x509.CertPool
	// refuse is what it answers to MAIL, RCPT and DATA, by name.
	refuse map[string]error

	mutex    sync.Mutex
	received []delivery
}

// delivery is a message as it came, with its envelope.
type delivery struct {
	helo, user, from, to, text string
	tls                        bool
}

// startServer starts a server on a free port; set changes it before.
func startServer(t *testing.T, set func(*mailServer)) *mailServer {
	t.Helper()
	s := &mailServer{refuse: map[string]error{}}
	s.Server = smtp.NewServer(s)
	s.Domain, s.EnableSMTPUTF8, s.ErrorLog = "localhost", true, quiet{}
	certificate, roots := selfSigned(t)
	s.roots, s.TLSConfig = roots, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if set != nil {
		set(s)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().(*net.TCPAddr)
	if s.implicit {
		listener = tls.NewListener(listener, s.TLSConfig)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	t.Cleanup(func() {
		_ = s.Close()
		// It may not have begun to serve, and would not know of the listener.
		_ = listener.Close()
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

// config sends to the server with a password.
func (s *mailServer) config() mail.Config {
	return mail.Config{
		Host: "127.0.0.1", Port: s.address.Port, TLS: mail.StartTLS, RootCAs: s.roots, EHLO: "rollcall.example.org",
		Username: username, Password: password, Timeout: time.Minute, From: mail.Recipient{Name: "Rollcall", Address: "robot@example.org"},
	}
}

func (s *mailServer) deliveries() []delivery {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.received
}

func (s *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	if err := s.refuse["HELO"]; err != nil {
		return nil, err
	}
	return &session{server: s, conn: c}, nil
}

type session struct {
	server *mailServer
	conn   *smtp.Conn
	got    delivery
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, secret string) error {
		if user != username || secret != password {
			return smtp.ErrAuthFailed
		}
		s.got.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.got.from = from
	return s.server.refuse["MAIL"]
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.got.to = to
	return s.server.refuse["RCPT"]
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.server.refuse["DATA"]; err != nil {
		return err
	}
	_, s.got.tls = s.conn.TLSConnectionState()
	s.got.helo, s.got.text = s.conn.Hostname(), string(text)
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.server.received = append(s.server.received, s.got)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// selfSigned is a certificate for 127.0.0.1, and who trusts it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, roots
}

func open(t *testing.T, config mail.Config) mail.Transport {
	t.Helper()
	transport, err := mail.Open(config, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return transport
}

func letter() mail.Message {
	return mail.Message{
		ID: "outbox-17", To: mail.Recipient{Name: "Zoë Äöü", Address: "zoe@example.net"}, Subject: "Grüße",
		Text: "Hallo Zoë\n.\n" + strings.Repeat("long ", 300), HTML: "<p>Hallo Zoë</p>",
	}
}
