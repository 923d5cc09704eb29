package outbound

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Options make a Client; the zero value is the safe one.
type Options struct {
	// Allowed are networks that may be called although they are not public.
	Allowed []netip.Prefix
	// Plain allows http beside https.
	Plain bool
	// Roots are the certificate authorities; nil for those of the system.
	Roots *x509.CertPool
	// Timeout bounds a whole call, 15 seconds by default. Connecting may take a
	// third of it, and so may the handshake of TLS.
	Timeout time.Duration
}

const (
	defaultTimeout = 15 * time.Second
	// maxAnswer is how much of an answer is read.
	maxAnswer = 8 << 10
	// patience is how long a connection is waited for that could be used again,
	// once the status is known.
	patience = time.Second
	// maxHeaders bounds the headers of an answer in bytes.
	maxHeaders = 32 << 10
)

// Client calls. It is safe for concurrent use.
type Client struct {
	allowed []netip.Prefix
	plain   bool
	timeout time.Duration
	http    *http.Client
}

// NewClient makes a Client. It takes no proxy from the environment: what is
// checked is the address that is connected to.
func NewClient(options Options) *Client {
	c := &Client{
		allowed: slices.Clone(options.Allowed), plain: options.Plain, timeout: cmp.Or(options.Timeout, defaultTimeout),
	}
	dialer := &net.Dialer{Timeout: c.timeout / 3, KeepAlive: 30 * time.Second, Control: c.control}
	c.http = &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: c.timeout / 3, ResponseHeaderTimeout: c.timeout,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: options.Roots},
			MaxIdleConnsPerHost: 16, MaxIdleConns: 256, IdleConnTimeout: 90 * time.Second,
			MaxResponseHeaderBytes: maxHeaders, ForceAttemptHTTP2: true, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// Timeout is the longest that a call takes.
func (c *Client) Timeout() time.Duration { return c.timeout }

// control sees the address after names are resolved, so that a name cannot mean
// one address to the check and another one to the call.
func (c *Client) control(_, address string, _ syscall.RawConn) error {
	end, err := netip.ParseAddrPort(address)
	if err != nil || !c.permits(end.Addr()) {
		return ErrForbidden
	}
	return nil
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	// Body is the beginning of the body of an answer that is no success.
	Body []byte
}

// Post sends a body. An answer of any status is no error. The text of an error
// is fit for a log: it holds neither the URL nor what was sent.
func (c *Client) Post(ctx context.Context, target string, header http.Header, body []byte) (Answer, error) {
	if _, err := c.Check(target); err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return Answer{}, errInvalidURL
	}
	request.Header = header
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{}, plainError(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer := Answer{Status: response.StatusCode, Header: response.Header}
	// The status decides. Who then sends its body byte by byte, or without an
	// end, loses the connection and holds nobody up.
	defer time.AfterFunc(patience, cancel).Stop()
	read, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode/100 != 2 {
		answer.Body = read
	}
	return answer, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Check parses a URL and refuses what would never be called. That a name leads
// to a forbidden address shows when it is called.
func (c *Client) Check(target string) (*url.URL, error) {
	parsed, err := url.Parse(target)
	switch {
	case err != nil || parsed.Host == "" || parsed.Hostname() == "":
		return nil, errInvalidURL
	case parsed.Scheme != "https" && (parsed.Scheme != "http" || !c.plain):
		return nil, fmt.Errorf("%w: the scheme has to be https", errInvalidURL)
	case parsed.User != nil:
		return nil, fmt.Errorf("%w: it must not hold a user or password", errInvalidURL)
	case parsed.Fragment != "":
		return nil, fmt.Errorf("%w: it must not have a fragment", errInvalidURL)
	}
	if address, err := netip.ParseAddr(parsed.Hostname()); err == nil && !c.permits(address) {
		return nil, ErrForbidden
	}
	return parsed, nil
}
