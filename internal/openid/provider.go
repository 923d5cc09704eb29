package openid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"rollcall/internal/auth"
	"rollcall/scim"
	"rollcall/store"
)

// Options say which provider, and as whom it knows this server.
type Options struct {
	// Issuer is the provider as its tokens name it, to the letter.
	Issuer string
	// ClientID and ClientSecret are what the provider calls this server; without
	// a secret it is a public client, which PKCE protects.
	ClientID, ClientSecret string
	// Scopes are asked for beside openid.
	Scopes []string
	// Name is what people call the provider; the host of the issuer by default.
	Name string
	// RedirectURL is where the provider sends browsers back to.
	RedirectURL string
	// Secrets holds the key of what browsers keep meanwhile.
	Secrets store.Secrets
	// Now tells the time; nil asks the clock of the machine.
	Now    func() time.Time
	Logger *slog.Logger
}

var (
	// ErrUnreachable: the provider does not answer, or not as one.
	ErrUnreachable = errors.New("the OpenID provider does not answer")
	// ErrStale: this browser has not begun what comes back, or too long ago.
	ErrStale = errors.New("this sign-in was not begun in this browser, or too long ago")
	// ErrDeclined: the provider says that it signs nobody in.
	ErrDeclined = errors.New("the OpenID provider declined")
	// ErrRefused: what comes back is not to be believed.
	ErrRefused = errors.New("the answer of the OpenID provider is refused")
)

// Provider is an OpenID provider. It is safe for concurrent use.
type Provider struct {
	Options
	seal   *scim.Seal
	client *http.Client

	known   atomic.Pointer[metadata]
	asking  singleflight.Group
	failing atomic.Pointer[time.Time]

	closed context.CancelFunc
	began  sync.WaitGroup
}

// New makes a provider, and asks it nothing yet.
func New(options Options) (*Provider, error) {
	if err := auth.CheckIssuer(options.Issuer); err != nil {
		return nil, fmt.Errorf("issuer %w", err)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if location, _ := url.Parse(options.Issuer); options.Name == "" {
		options.Name = location.Host
	}
	return &Provider{Options: options, seal: scim.NewSeal(options.Secrets, "openid"), client: newClient()}, nil
}

// Start asks the provider what it is like, beside everything else: a server comes
// up without it, and the log says so.
func (p *Provider) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	p.closed = cancel
	p.began.Go(func() { _, _ = p.metadata(ctx) })
}

// Close ends what Start began.
func (p *Provider) Close() {
	if p.closed != nil {
		p.closed()
		p.began.Wait()
	}
}

// Failing is since when the provider did not answer; zero when it did, or was not
// asked yet.
func (p *Provider) Failing() time.Time {
	if at := p.failing.Load(); at != nil {
		return *at
	}
	return time.Time{}
}
