package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	gomail "github.com/wneessen/go-mail"
)

// server sends messages over SMTP, each on a connection of its own: mail is
// rare, and a connection that waits is closed by the other side unseen.
type server struct {
	envelope
	config Config
}

// Send hands the message to the server.
func (s *server) Send(ctx context.Context, message Message) error {
	packed, err := s.pack(message)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	line := &connection{config: s.config}
	defer line.close()
	client, err := s.client(ctx, line)
	if err != nil {
		return temporary("set up", err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return refusedSession(ctx, line.conn != nil, err)
	}
	if supported, _ := session.Extension("SMTPUTF8"); !supported && !ascii(packed.GetTo()[0].Address+s.from.Address) {
		return permanent("recipient", errors.New("the server takes addresses in ASCII only"))
	}
	err = client.SendWithSMTPClient(session, packed)
	if packed.IsDelivered() {
		// What happens to the good-bye matters to nobody.
		_ = client.CloseWithSMTPClient(session)
		return nil
	}
	return refusedMessage(ctx, err)
}

// client is made for one message: it remembers what it found out about the
// server.
func (s *server) client(ctx context.Context, line *connection) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.config.Port), gomail.WithTimeout(s.config.Timeout), gomail.WithDialContextFunc(line.dialer(ctx)),
		gomail.WithTLSConfig(line.tls()), gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithoutNoop(),
	}
	switch s.config.TLS {
	case ImplicitTLS:
		options = append(options, gomail.WithSSL())
	case NoTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.config.EHLO != "" {
		options = append(options, gomail.WithHELO(s.config.EHLO))
	}
	if s.config.Username != "" {
		options = append(options, gomail.WithUsername(s.config.Username), gomail.WithPassword(s.config.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(s.config.Host, options...)
}

// connection is the network side of one message. The library neither closes a
// connection on which the greeting failed nor looks at the context once it is
// there, so we do.
type connection struct {
	config Config
	conn   net.Conn
	stop   func() bool
}

func (c *connection) tls() *tls.Config {
	return &tls.Config{ServerName: c.config.Host, RootCAs: c.config.RootCAs, MinVersion: tls.VersionTLS12}
}

// dialer connects with the context of the library, which ends with the greeting,
// and closes with that of the message.
func (c *connection) dialer(message context.Context) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		if c.config.TLS == ImplicitTLS {
			conn, err = (&tls.Dialer{Config: c.tls()}).DialContext(ctx, network, address)
		} else {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
		}
		if err != nil {
			return nil, err
		}
		c.conn, c.stop = conn, context.AfterFunc(message, func() { _ = conn.Close() })
		return conn, nil
	}
}

func (c *connection) close() {
	if c.conn != nil {
		c.stop()
		_ = c.conn.Close()
	}
}
