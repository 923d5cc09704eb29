// Package trial owns whole servers that a program starts to try or measure
// them: on a loopback port of their own, with a token that is known.
package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"rollcall/internal/app"
	"rollcall/scim/rest"
)

// Token is the bearer token of every trial server.
const Token = "bootstrap-token-of-a-trial-server"

// readyWithin is how long a server may take to start.
const readyWithin = 30 * time.Second

// Server is a running server.
type Server struct {
	// Root is the URL of the server, SCIM that of its SCIM endpoints.
	Root, SCIM string

	cancel context.CancelFunc
	done   chan error
}

// Options says what server to start.
type Options struct {
	// Listen is a loopback address from FreeAddress; a free one where it is empty.
	Listen string
	// Database is as in the --database flag.
	Database string
	// Schemas is a directory with further documents, or empty.
	Schemas string
	// CursorTimeout is how long cursors work; zero for the default.
	CursorTimeout time.Duration
	// PublicURL is as in the --public-url flag.
	PublicURL string
	// LocalReceivers lets receivers of events be on this machine, without TLS.
	LocalReceivers bool
	// Mail says how mail is sent.
	Mail app.MailConfig
	// OIDC says where operators sign in beside links.
	OIDC app.OIDCConfig
	// JWT says which JWT access tokens are believed.
	JWT app.JWTConfig
}

// Start starts a server and waits until it is ready. Warnings go to standard
// error.
func Start(ctx context.Context, options Options) (*Server, error) {
	listen, err := options.Listen, error(nil)
	if listen == "" {
		if listen, err = FreeAddress(ctx); err != nil {
			return nil, err
		}
	}
	config, err := app.Defaults()
	if err != nil {
		return nil, err
	}
	config.Listen, config.Database, config.Schemas = listen, options.Database, options.Schemas
	if options.CursorTimeout > 0 {
		config.CursorTimeout = options.CursorTimeout
	}
	config.PublicURL, config.MailConfig, config.OIDC, config.JWTConfig = options.PublicURL, options.Mail, options.OIDC, options.JWT
	if options.LocalReceivers {
		config.ReceiverNetworks, config.ReceiverHTTP = []string{"127.0.0.0/8"}, true
	}
	// Tests try every operation with a token that is refused, from one address.
	config.AuthFailures = 0
	config.BootstrapToken, config.LogLevel, config.ShutdownGrace = Token, "warn", time.Second
	serving, cancel := context.WithCancel(ctx)
	s := &Server{Root: "http://" + listen, cancel: cancel, done: make(chan error, 1)}
	s.SCIM = s.Root + rest.Root
	go func() { s.done <- app.Run(serving, config, io.Discard, config.Logger(os.Stderr)) }()
	if err := s.await(ctx); err != nil {
		cancel()
		return nil, err
	}
	return s, nil
}

func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Root+"/readyz", nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-s.done:
			return errors.Join(errors.New("the server ended"), err)
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop drains the server.
func (s *Server) Stop() error {
	s.cancel()
	return <-s.done
}
