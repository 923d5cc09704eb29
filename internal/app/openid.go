package app

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"rollcall/internal/auth"
	"rollcall/internal/console"
	"rollcall/internal/openid"
	"rollcall/store"
)

// OIDCConfig says where operators sign in beside links.
type OIDCConfig struct {
	Issuer           string   `help:"OpenID provider at which operators of the console sign in, as its tokens name it." placeholder:"URL"`
	ClientID         string   `help:"What the provider calls this server." placeholder:"ID"`
	ClientSecret     string   `help:"Secret of the client (prefer ROLLCALL_OIDC_CLIENT_SECRET or the file: flags are shown by ps); without one PKCE alone protects it." placeholder:"SECRET"`
	ClientSecretFile string   `help:"File that holds the secret of the client." type:"path" placeholder:"FILE"`
	Scopes           []string `help:"Scopes to ask for beside openid." sep:","`
	Name             string   `help:"What the sign-in page calls the provider; by default the host of the issuer."`
}

// maxSecretFile bounds the file, in bytes: what is longer is no secret.
const maxSecretFile = 8 << 10

// validate reports what flags alone cannot exclude.
func (c *OIDCConfig) validate() error {
	if c.Issuer == "" && c.ClientID == "" && c.ClientSecret == "" && c.ClientSecretFile == "" && len(c.Scopes) == 0 && c.Name == "" {
		return nil
	}
	if c.Issuer == "" || c.ClientID == "" {
		return errors.New("oidc-issuer and oidc-client-id need each other, and the other oidc flags need them")
	}
	if c.ClientSecret != "" && c.ClientSecretFile != "" {
		return errors.New("oidc-client-secret and oidc-client-secret-file exclude each other")
	}
	if err := auth.CheckIssuer(c.Issuer); err != nil {
		return fmt.Errorf("oidc-issuer %w", err)
	}
	_, err := c.secret()
	return err
}

// secret is empty for a public client.
func (c *OIDCConfig) secret() (string, error) {
	if c.ClientSecretFile == "" {
		return c.ClientSecret, nil
	}
	text, err := os.ReadFile(c.ClientSecretFile)
	if err != nil {
		return "", fmt.Errorf("oidc-client-secret-file: %w", err)
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 || len(text) > maxSecretFile {
		return "", errors.New("oidc-client-secret-file holds no secret")
	}
	return string(text), nil
}

// provider returns nil where operators sign in by links alone.
func (c *OIDCConfig) provider(baseURL string, secrets store.Secrets, logger *slog.Logger) (*openid.Provider, error) {
	if c.Issuer == "" {
		return nil, nil //nolint:nilnil // links alone are an answer, not a failure
	}
	secret, err := c.secret()
	if err != nil {
		return nil, err
	}
	return openid.New(openid.Options{
		Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: secret, Scopes: c.Scopes, Name: c.Name,
		RedirectURL: console.RedirectURL(baseURL), Secrets: secrets, Logger: logger,
	})
}
