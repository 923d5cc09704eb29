package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthcheck is for container images that hold nothing but this program.
type healthcheck struct {
	Listen         string `default:"127.0.0.1:8080" help:"Address that the server listens on."`
	TLSCertificate string `name:"tls-certificate" help:"The certificate of the server, if it speaks TLS itself." placeholder:"FILE"`
	JSON           bool   `help:"Print JSON for scripts."`
}

// Run implements the verb.
func (h *healthcheck) Run(ctx context.Context, t terminal) error {
	host, port, err := net.SplitHostPort(h.Listen)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme, client := "http://", http.DefaultClient
	if h.TLSCertificate != "" {
		// The question is whether the server lives, under whatever name its
		// certificate has; nothing secret is sent.
		scheme, client = "https://", &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above
		}}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+net.JoinHostPort(host, port)+"/healthz", http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers with status %d", response.StatusCode)
	}
	if h.JSON {
		return printJSON(t.stdout, map[string]bool{"alive": true})
	}
	_, err = fmt.Fprintln(t.stdout, "alive")
	return err
}
