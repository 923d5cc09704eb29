package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// leeway forgives clocks that disagree.
const leeway = 30 * time.Second

// allAlgorithms are the ones that can be allowed. HS* is not among them: with
// it, the published key would be the signing key. "none" is no signature.
var (
	allAlgorithms     = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	defaultAlgorithms = []string{"RS256", "PS256", "ES256", "EdDSA"}
)

// JWTOptions say which access tokens are believed, and whose they are.
type JWTOptions struct {
	// Issuer is the exact "iss"; Audience lists the values of "aud" that mean
	// this server. One does not go without the other: a token that the issuer
	// made for another server must not open this one (RFC 9068 section 4).
	Issuer   string
	Audience []string
	// Keys is where the key set of the issuer (RFC 7517) is: a file or a URL
	// with https, or with http on this machine.
	Keys string
	// Algorithms are the allowed signature algorithms; empty for RS256, PS256,
	// ES256 and EdDSA.
	Algorithms []string
	// AllowAnyType accepts tokens whose "typ" is not at+jwt, for issuers that
	// do not follow RFC 9068.
	AllowAnyType bool
	// TenantClaim names the claim that holds the name of the tenant, "tenant"
	// when empty. A token without it belongs to the default tenant.
	TenantClaim string
	// ConnectionClaim names the claim that holds the name of the connection,
	// "client_id" when empty. A token without it is asked for "azp" and "sub".
	ConnectionClaim string
	// UserClaim names the claim that holds the id of the User that the token
	// acts for; empty where no token acts for a user.
	UserClaim string
}

// Check refuses options that would accept tokens which were not made for this
// server, or whose signature proves nothing.
func (o JWTOptions) Check() error {
	switch {
	case o.Issuer == "":
		return errors.New("JWT audience or keys are given without an issuer")
	case len(o.Audience) == 0 || slices.Contains(o.Audience, ""):
		return errors.New("JWT issuer is given without an audience: tokens made for other servers would be accepted")
	case o.Keys == "":
		return errors.New("JWT issuer is given without the file or URL of its keys")
	}
	for _, algorithm := range o.Algorithms {
		if !slices.Contains(allAlgorithms, algorithm) {
			return fmt.Errorf("JWT algorithm %q is not allowed, choose from %s", algorithm, strings.Join(allAlgorithms, " "))
		}
	}
	return nil
}

// jwtVerifier checks access tokens (RFC 9068 section 4, RFC 8725).
type jwtVerifier struct {
	options JWTOptions
	parser  *jwt.Parser
	keys    *keySet
	logger  *slog.Logger
}

func newJWTVerifier(options JWTOptions, now func() time.Time, logger *slog.Logger) (*jwtVerifier, error) {
	if err := options.Check(); err != nil {
		return nil, err
	}
	if len(options.Algorithms) == 0 {
		options.Algorithms = defaultAlgorithms
	}
	if options.TenantClaim == "" {
		options.TenantClaim = "tenant"
	}
	if options.ConnectionClaim == "" {
		options.ConnectionClaim = "client_id"
	}
	keys, err := newKeySet(options.Keys, now, logger)
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods(options.Algorithms), jwt.WithIssuer(options.Issuer), jwt.WithAudience(options.Audience...),
		jwt.WithExpirationRequired(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	)
	return &jwtVerifier{options: options, parser: parser, keys: keys, logger: logger}, nil
}

// jwtClaims are what an access token says about the caller.
type jwtClaims struct {
	tenant, connection, subject string
	scopes                      Scopes
	// user is zero where the token acts for its connection.
	user uuid.UUID
	// expires includes the leeway.
	expires time.Time
}

func (v *jwtVerifier) verify(ctx context.Context, text string) (jwtClaims, error) {
	claims := jwt.MapClaims{}
	var fault error
	_, err := v.parser.ParseWithClaims(text, claims, func(token *jwt.Token) (any, error) {
		if err := v.checkHeader(token.Header); err != nil {
			return nil, err
		}
		kid, _ := token.Header["kid"].(string)
		var keys []jwt.VerificationKey
		keys, fault = v.keys.find(ctx, kid, token.Method.Alg())
		return jwt.VerificationKeySet{Keys: keys}, fault
	})
	if errors.Is(fault, errKeysUnavailable) {
		return jwtClaims{}, fault
	}
	if err != nil {
		// The reason is for the operator; the caller only learns that it failed.
		v.logger.Debug("JWT refused", "reason", err)
		return jwtClaims{}, fmt.Errorf("%w: %w", ErrInvalidToken, err)
	}
	return v.read(claims)
}

func (v *jwtVerifier) checkHeader(header map[string]any) error {
	if _, ok := header["crit"]; ok {
		return errors.New("critical header parameters are not supported")
	}
	typ, _ := header["typ"].(string)
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	if typ != "at+jwt" && !v.options.AllowAnyType {
		return errors.New("type is not at+jwt")
	}
	return nil
}

func (v *jwtVerifier) read(claims jwt.MapClaims) (jwtClaims, error) {
	expires, err := claims.GetExpirationTime()
	if err != nil || expires == nil {
		return jwtClaims{}, fmt.Errorf("%w: no expiry", ErrInvalidToken)
	}
	read := jwtClaims{tenant: DefaultTenant, expires: expires.Add(leeway), scopes: claimedScopes(claims)}
	if claim, ok := claims[v.options.TenantClaim]; ok {
		name, isText := claim.(string)
		if !isText || name == "" {
			return jwtClaims{}, ErrUnmapped
		}
		read.tenant = name
	}
	read.subject, _ = claims["sub"].(string)
	for _, name := range []string{v.options.ConnectionClaim, "azp", "sub"} {
		if read.connection, _ = claims[name].(string); read.connection != "" {
			read.user, err = v.userOf(claims, read.connection)
			return read, err
		}
	}
	return jwtClaims{}, ErrUnmapped
}

// claimedScopes reads "scope" as RFC 8693 section 4.2 has it, or "scp" as an
// array or a string, as Okta and Entra ID send it. The scope "scim", which the
// IPSIE profiles ask for, is reading and writing and nothing else.
func claimedScopes(claims jwt.MapClaims) Scopes {
	var names []string
	for _, claim := range []any{claims["scope"], claims["scp"]} {
		switch claim := claim.(type) {
		case string:
			names = append(names, strings.Fields(claim)...)
		case []any:
			for _, element := range claim {
				name, _ := element.(string)
				names = append(names, name)
			}
		}
	}
	if slices.Contains(names, "scim") {
		names = append(names, string(ScopeSCIMRead), string(ScopeSCIMWrite))
	}
	return knownScopes(names)
}
