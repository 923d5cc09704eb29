package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// TLS is how a connection to a server is protected.
type TLS string

const (
	// StartTLS begins in the clear and goes no further without TLS.
	StartTLS TLS = "starttls"
	// ImplicitTLS begins with TLS.
	ImplicitTLS TLS = "implicit"
	// NoTLS is for a server on the same machine or network.
	NoTLS TLS = "none"
)

const (
	defaultTimeout = 30 * time.Second
	maxTimeout     = 10 * time.Minute
)

// Config says where mail goes. It prints without its password.
type Config struct {
	// Directory takes messages as files, and no server is asked.
	Directory string
	Host      string
	Port      int
	TLS       TLS
	// Username and Password are both empty where the server asks for none.
	Username, Password string
	// EHLO is the name that the server is told; that of the machine when empty.
	EHLO string
	// Timeout bounds one message; 30 seconds when zero.
	Timeout time.Duration
	// From is who all messages are from.
	From Recipient
	// RootCAs replaces the certificate authorities of the machine.
	RootCAs *x509.CertPool
}

// ParseURL reads "smtp://user:password@host:port?tls=starttls&ehlo=name&timeout=30s"
// ("smtps://" for tls=implicit) or "dir:/path". The error quotes nothing of it:
// it may hold a password.
func ParseURL(text string) (Config, error) {
	if directory, ok := strings.CutPrefix(text, "dir:"); ok {
		return Config{Directory: directory}, nil
	}
	address, err := url.Parse(text)
	if err != nil {
		return Config{}, errors.New("mail URL: not a URL; a password with other characters than letters and digits has to be percent-encoded")
	}
	config := Config{Host: address.Hostname(), TLS: StartTLS}
	switch {
	case address.Scheme == "smtps":
		config.TLS = ImplicitTLS
	case address.Scheme != "smtp":
		return Config{}, errors.New(`mail URL: begins with none of "smtp:", "smtps:" and "dir:"`)
	}
	if address.Opaque != "" || strings.Trim(address.Path, "/") != "" || address.Fragment != "" {
		return Config{}, errors.New("mail URL: more than host, port and parameters")
	}
	if user := address.User; user != nil {
		config.Username = user.Username()
		config.Password, _ = user.Password()
	}
	if err := config.parameters(address.RawQuery, address.Scheme); err != nil {
		return Config{}, err
	}
	return config.withPort(address.Port())
}

func (c *Config) parameters(query, scheme string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("mail URL: parameters cannot be read")
	}
	for name, list := range values {
		value := list[0]
		switch {
		case len(list) > 1:
			return errors.New("mail URL: a parameter is there twice")
		case name == "tls" && scheme == "smtp":
			c.TLS = TLS(value)
		case name == "ehlo":
			c.EHLO = value
		case name == "timeout":
			if c.Timeout, err = time.ParseDuration(value); err != nil || c.Timeout <= 0 {
				return errors.New("mail URL: timeout is no duration such as 30s")
			}
		default:
			return errors.New("mail URL: a parameter other than tls (with smtp:), ehlo and timeout")
		}
	}
	return nil
}

func (c Config) withPort(text string) (Config, error) {
	c.Port = map[TLS]int{StartTLS: 587, ImplicitTLS: 465, NoTLS: 25}[c.TLS]
	if text == "" {
		return c, nil
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return Config{}, errors.New("mail URL: port is no number")
	}
	c.Port = port
	return c, nil
}

// Validate tells what is wrong with the configuration, without its password.
func (c Config) Validate() error {
	if _, err := c.From.address(); err != nil {
		return fmt.Errorf("mail: sender: %w", err)
	}
	if c.Directory != "" {
		if !filepath.IsAbs(c.Directory) {
			return errors.New("mail: directory is not an absolute path")
		}
		return nil
	}
	switch {
	case c.Host == "" || strings.ContainsAny(c.Host, " \t\r\n/"):
		return errors.New("mail: no host")
	case c.Port < 1 || c.Port > 65535:
		return errors.New("mail: port is not between 1 and 65535")
	case c.TLS != StartTLS && c.TLS != ImplicitTLS && c.TLS != NoTLS:
		return errors.New("mail: tls is none of starttls, implicit and none")
	case (c.Username == "") != (c.Password == ""):
		return errors.New("mail: a user and a password come together")
	case c.Username != "" && c.TLS == NoTLS:
		return errors.New("mail: a password is not sent without TLS")
	case strings.ContainsAny(c.EHLO, " \t\r\n") || !ascii(c.EHLO):
		return errors.New("mail: ehlo is no host name")
	case c.Timeout < 0 || c.Timeout > maxTimeout:
		return fmt.Errorf("mail: timeout is longer than %v", maxTimeout)
	}
	return nil
}

// String is the configuration as a URL without user and password.
func (c Config) String() string {
	if c.Directory != "" {
		return "dir:" + c.Directory
	}
	return "smtp://" + net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) + "?tls=" + string(c.TLS)
}

// GoString is String: no form of printing shows the password.
func (c Config) GoString() string { return c.String() }

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }
