package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// TLSConfig lets the server speak TLS itself, where no proxy ends it.
type TLSConfig struct {
	Certificate string `help:"PEM file with the certificate of this server and its chain; with it the server speaks TLS 1.2 and 1.3, and refuses plain HTTP." type:"path" placeholder:"FILE"`
	Key         string `help:"PEM file with the private key of the certificate." type:"path" placeholder:"FILE"`
}

func (c TLSConfig) on() bool { return c.Certificate != "" }

func (c TLSConfig) validate() error {
	if (c.Certificate == "") != (c.Key == "") {
		return errors.New("tls-certificate and tls-key belong together")
	}
	return nil
}

// listener wraps a listener if TLS is on (RFC 7644 section 7.2). HTTP/2 is not
// offered: its requests share a connection, and the time limits of requests
// are deadlines of connections.
func (c TLSConfig) listener(plain net.Listener) (net.Listener, error) {
	if !c.on() {
		return plain, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return tls.NewListener(plain, &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}), nil
}
