package openid

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"rollcall/internal/auth"
)

// metadataFor is how long what a provider says of itself is used before it is
// asked again.
const metadataFor = time.Hour

// leeway is how far behind our clock that of the provider may be when a token
// expires.
const leeway = time.Minute

// metadata is what a provider says of itself (OpenID Connect Discovery 1.0,
// section 3).
type metadata struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	// namesItself says that each answer names the issuer (RFC 9207).
	namesItself bool
	at          time.Time
}

// metadata is what is known of the provider. It is asked where nothing is known,
// or nothing new; what was known stays in use while it does not answer.
// ErrUnreachable.
func (p *Provider) metadata(ctx context.Context) (*metadata, error) {
	known := p.known.Load()
	if known != nil && p.Now().Sub(known.at) < metadataFor {
		return known, nil
	}
	// Who goes away must not spoil it for those who wait.
	asked := p.asking.DoChan("", func() (any, error) {
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		defer cancel()
		return p.ask(asking)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, ctx.Err())
	case told := <-asked:
		if found, ok := told.Val.(*metadata); ok && told.Err == nil {
			return found, nil
		}
		if known != nil {
			return known, nil
		}
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, told.Err)
	}
}

func (p *Provider) ask(ctx context.Context) (*metadata, error) {
	found, err := p.discover(ctx)
	if err != nil {
		at := p.Now()
		p.failing.CompareAndSwap(nil, &at)
		p.Logger.Warn("the OpenID provider of operators does not answer as one", "issuer", p.Issuer, "error", brief(err))
		return nil, err
	}
	p.failing.Store(nil)
	p.known.Store(found)
	return found, nil
}

func (p *Provider) discover(ctx context.Context) (*metadata, error) {
	ctx = oidc.ClientContext(ctx, p.client)
	provider, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, err
	}
	var says struct {
		Keys        string   `json:"jwks_uri"`
		NamesItself bool     `json:"authorization_response_iss_parameter_supported"`
		Methods     []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&says); err != nil {
		return nil, err
	}
	endpoint := provider.Endpoint()
	for _, one := range []string{endpoint.AuthURL, endpoint.TokenURL, says.Keys} {
		if err := p.checkEndpoint(one); err != nil {
			return nil, err
		}
	}
	endpoint.AuthStyle = p.style(says.Methods)
	return &metadata{
		oauth: oauth2.Config{
			ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: endpoint, RedirectURL: p.RedirectURL, Scopes: p.scopes(),
		},
		verifier:    provider.Verifier(&oidc.Config{ClientID: p.ClientID, Now: func() time.Time { return p.Now().Add(-leeway) }}),
		namesItself: says.NamesItself, at: p.Now(),
	}, nil
}

// checkEndpoint refuses an address that the provider names and that is less safe
// than its own.
func (p *Provider) checkEndpoint(address string) error {
	location, err := url.Parse(address)
	if err == nil {
		err = auth.CheckSource(location)
	}
	if err == nil && location.Scheme != "https" && strings.HasPrefix(p.Issuer, "https:") {
		err = errors.New("must begin with https://")
	}
	if err != nil {
		return fmt.Errorf("an endpoint of the provider is refused: %w", err)
	}
	return nil
}

// style is how this server says who it is; never by trial, which would show the
// secret twice.
func (p *Provider) style(methods []string) oauth2.AuthStyle {
	if p.ClientSecret == "" || !slices.Contains(methods, "client_secret_basic") && slices.Contains(methods, "client_secret_post") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader // what a provider takes that names none
}

// scopes always hold openid.
func (p *Provider) scopes() []string {
	all := []string{oidc.ScopeOpenID}
	for _, one := range p.Scopes {
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// brief is an error without what a provider sent for pages.
func brief(err error) string {
	const most = 300
	text := strings.ToValidUTF8(err.Error(), "?")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
