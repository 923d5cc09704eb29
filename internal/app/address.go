package app

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// AddressConfig says where the server listens and how clients reach it.
type AddressConfig struct {
	Listen    string `default:"127.0.0.1:8080" help:"Address to listen on; port 0 takes a free one."`
	PublicURL string `help:"Base URL under which clients reach this server, such as behind a proxy; by default the URL is taken from the request."`
	TLSConfig `embed:"" prefix:"tls-"`
}

func (c *AddressConfig) validatePublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil {
		return errors.New("public-url must be an absolute http or https URL without query, fragment and user")
	}
	// As it is written in answers: with everything encoded that has to be.
	c.PublicURL = strings.TrimRight(u.String(), "/")
	return nil
}

// BaseURL is how clients reach a server with this configuration, as far as is
// known before it listens.
func (c *AddressConfig) BaseURL() (string, error) {
	if err := c.validatePublicURL(); err != nil {
		return "", err
	}
	return c.baseURL(c.Listen), nil
}

// baseURL is how clients reach the server that listens on an address.
func (c *AddressConfig) baseURL(address string) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	scheme := "http://"
	if c.on() {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return scheme + address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, port)
}
