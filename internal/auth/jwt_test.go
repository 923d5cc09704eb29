package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"rollcall/internal/await"
	"rollcall/store"
)

const (
	issuer   = "https://issuer.example"
	audience = "https://rollcall.example"
)

type signer struct {
	method jwt.SigningMethod
	kid    string
	key    any
}

func rsaSigner(t *testing.T, kid string) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return signer{jwt.SigningMethodRS256, kid, key}
}

func ecSigner(t *testing.T, kid string) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{jwt.SigningMethodES256, kid, key}
}

func edSigner(t *testing.T, kid string) signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{jwt.SigningMethodEdDSA, kid, key}
}

// jwk is the public key as it stands in a key set.
func (s signer) jwk(t *testing.T) map[string]string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	switch public := s.key.(crypto.Signer).Public().(type) {
	case *rsa.PublicKey:
		return map[string]string{"kty": "RSA", "kid": s.kid, "use": "sig", "n": encode(public.N.Bytes()), "e": encode(big.NewInt(int64(public.E)).Bytes())}
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{"kty": "EC", "kid": s.kid, "crv": "P-256", "x": encode(point[1:33]), "y": encode(point[33:])}
	case ed25519.PublicKey:
		return map[string]string{"kty": "OKP", "kid": s.kid, "crv": "Ed25519", "x": encode(public)}
	}
	t.Fatal("unknown key")
	return nil
}

func keySetOf(t *testing.T, signers ...signer) []byte {
	t.Helper()
	keys := []map[string]string{{"kty": "oct", "kid": "symmetric", "k": "c2VjcmV0"}, {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"}}
	for _, s := range signers {
		keys = append(keys, s.jwk(t))
	}
	document, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func (s signer) sign(t *testing.T, header map[string]any, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(s.method, claims)
	token.Header["kid"], token.Header["typ"] = s.kid, "at+jwt"
	for name, value := range header {
		if token.Header[name] = value; value == nil {
			delete(token.Header, name)
		}
	}
	text, err := token.SignedString(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func goodClaims(now time.Time, change map[string]any) jwt.MapClaims {
	claims := jwt.MapClaims{
		"iss": issuer, "aud": audience, "sub": "subject", "client_id": "default", "scope": "openid scim:read",
		"exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(),
	}
	maps.Copy(claims, change)
	for name, value := range change {
		if value == nil {
			delete(claims, name)
		}
	}
	return claims
}

func writeFile(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestJWT(t *testing.T) {
	t.Parallel()
	s, c := newFakeStore(), newClock()
	s.add("acme", "okta-prod")
	rs, es, ed, stranger := rsaSigner(t, "r"), ecSigner(t, "e"), edSigner(t, "d"), rsaSigner(t, "r")
	ps := signer{jwt.SigningMethodPS256, "r", rs.key}
	rs384 := signer{jwt.SigningMethodRS384, "r", rs.key}
	none := signer{jwt.SigningMethodNone, "r", jwt.UnsafeAllowNoneSignatureType}
	publicDER, err := x509.MarshalPKIXPublicKey(rs.key.(*rsa.PrivateKey).Public())
	if err != nil {
		t.Fatal(err)
	}
	confused := signer{jwt.SigningMethodHS256, "r", publicDER}
	symmetric := signer{jwt.SigningMethodHS256, "symmetric", []byte("secret")}
	a := newAuthenticator(t, Options{Store: s, Now: c.Now, JWT: &JWTOptions{
		Issuer: issuer, Audience: []string{audience}, Keys: writeFile(t, keySetOf(t, rs, es, ed)),
	}})
	type change = map[string]any
	now := c.Now()
	tests := []struct {
		name   string
		signer signer
		header change
		claims change
		want   error
	}{
		{"SEC-13 RS256", rs, nil, nil, nil},
		{"SEC-13 ES256", es, nil, nil, nil},
		{"SEC-13 PS256", ps, nil, nil, nil},
		{"SEC-13 EdDSA", ed, nil, nil, nil},
		{"SEC-11 long type", rs, change{"typ": "application/AT+JWT"}, nil, nil},
		{"no kid", es, change{"kid": nil}, nil, nil},
		{"SEC-12 several audiences", rs, nil, change{"aud": []string{"x", audience}}, nil},
		{"scp array", rs, nil, change{"scope": nil, "scp": []string{"scim:read"}}, nil},
		{"scp text", rs, nil, change{"scope": nil, "scp": "scim:read"}, nil},
		{"azp", rs, nil, change{"client_id": nil, "azp": "default"}, nil},
		{"sub", rs, nil, change{"client_id": nil, "sub": "default"}, nil},
		{"tenant", rs, nil, change{"tenant": "acme", "client_id": "okta-prod"}, nil},
		{"SEC-14 just expired, within leeway", rs, nil, change{"exp": now.Add(-20 * time.Second).Unix()}, nil},
		{"SEC-14 not yet valid, within leeway", rs, nil, change{"nbf": now.Add(20 * time.Second).Unix()}, nil},

		{"SEC-13,15 algorithm not allowed", rs384, nil, nil, ErrInvalidToken},
		{"SEC-13,15 none", none, nil, nil, ErrInvalidToken},
		{"SEC-13,15 HS256 with the public key", confused, nil, nil, ErrInvalidToken},
		{"SEC-13,15 HS256 with a key of the set", symmetric, nil, nil, ErrInvalidToken},
		{"SEC-13,15 key of another", stranger, nil, nil, ErrInvalidToken},
		{"SEC-13,15 key of another type", rs, change{"kid": "e"}, nil, ErrInvalidToken},
		{"unknown kid", rs, change{"kid": "x"}, nil, ErrInvalidToken},
		{"critical header", rs, change{"crit": []string{"b64"}}, nil, ErrInvalidToken},
		{"SEC-11,15 no type", rs, change{"typ": nil}, nil, ErrInvalidToken},
		{"SEC-11,15 ID token", rs, change{"typ": "JWT"}, nil, ErrInvalidToken},
		{"SEC-12,15 wrong audience", rs, nil, change{"aud": "https://other.example"}, ErrInvalidToken},
		{"SEC-12,15 no audience", rs, nil, change{"aud": nil}, ErrInvalidToken},
		{"SEC-12,15 wrong issuer", rs, nil, change{"iss": issuer + "/"}, ErrInvalidToken},
		{"SEC-12,15 no issuer", rs, nil, change{"iss": nil}, ErrInvalidToken},
		{"SEC-14,15 expired", rs, nil, change{"exp": now.Add(-31 * time.Second).Unix()}, ErrInvalidToken},
		{"SEC-14,15 no expiry", rs, nil, change{"exp": nil}, ErrInvalidToken},
		{"SEC-14,15 expiry is text", rs, nil, change{"exp": "tomorrow"}, ErrInvalidToken},
		{"SEC-14,15 not yet valid", rs, nil, change{"nbf": now.Add(time.Minute).Unix()}, ErrInvalidToken},

		{"SEC-03 unknown connection", rs, nil, change{"client_id": "other"}, ErrUnmapped},
		{"SEC-03 connection of another tenant", rs, nil, change{"client_id": "okta-prod"}, ErrUnmapped},
		{"SEC-03 unknown tenant", rs, nil, change{"tenant": "other"}, ErrUnmapped},
		{"tenant is a number", rs, nil, change{"tenant": 1}, ErrUnmapped},
		{"SEC-03 nobody", rs, nil, change{"client_id": nil, "sub": nil}, ErrUnmapped},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := test.signer.sign(t, test.header, goodClaims(now, test.claims))
			for range 2 {
				identity, err := a.Authenticate(t.Context(), "Bearer "+text)
				if !errors.Is(err, test.want) {
					t.Fatalf("error %v, want %v", err, test.want)
				}
				if err == nil && identity.Scopes != ScopesOf(ScopeSCIMRead) {
					t.Errorf("scopes %q", identity.Scopes)
				}
			}
		})
	}
}

func TestJWTExpiresInTheCache(t *testing.T) {
	t.Parallel()
	s, c, key := newFakeStore(), newClock(), ecSigner(t, "e")
	a := newAuthenticator(t, Options{Store: s, Now: c.Now, JWT: &JWTOptions{
		Issuer: issuer, Audience: []string{audience}, Keys: writeFile(t, keySetOf(t, key)), AllowAnyType: true,
	}})
	text := "Bearer " + key.sign(t, map[string]any{"typ": "JWT"}, goodClaims(c.Now(), map[string]any{"exp": c.Now().Unix() - 25}))
	if _, err := a.Authenticate(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	c.advance(5 * time.Second)
	if _, err := a.Authenticate(t.Context(), text); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("expired in the cache: %v", err)
	}
}

func TestRotatedKey(t *testing.T) {
	t.Parallel()
	t.Run("SEC-16 an unknown key is looked for once", func(t *testing.T) {
		s, c := newFakeStore(), newClock()
		older, newer := ecSigner(t, "1"), ecSigner(t, "2")
		var document atomic.Value
		var reads atomic.Int32
		document.Store([]byte(nil))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			reads.Add(1)
			body := document.Load().([]byte)
			if body == nil {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			w.Write(body) //nolint:errcheck // a test
		}))
		t.Cleanup(server.Close)
		a := newAuthenticator(t, Options{Store: s, Now: c.Now, JWT: &JWTOptions{Issuer: issuer, Audience: []string{audience}, Keys: server.URL}})
		expect := func(key signer, want error, wantReads int32) {
			t.Helper()
			// The id makes each token new to the cache.
			c.advance(time.Second)
			text := key.sign(t, nil, goodClaims(c.Now(), map[string]any{"jti": c.Now().String()}))
			if _, err := a.Authenticate(t.Context(), "Bearer "+text); !errors.Is(err, want) {
				t.Errorf("error %v, want %v", err, want)
			}
			if got := reads.Load(); got != wantReads {
				t.Errorf("%d reads, want %d", got, wantReads)
			}
		}
		expect(older, store.ErrUnavailable, 1)
		document.Store(keySetOf(t, older))
		c.advance(rereadAfter)
		expect(older, nil, 2)
		expect(older, nil, 2)
		document.Store(keySetOf(t, newer))
		expect(newer, ErrInvalidToken, 2) // too soon after the last read
		c.advance(rereadAfter)
		expect(newer, nil, 3)
		expect(older, ErrInvalidToken, 3) // withdrawn
		document.Store([]byte("{"))
		c.advance(rereadAfter)
		expect(older, ErrInvalidToken, 4)
		expect(newer, nil, 4) // what is known stays in use
	})
}

func TestWithdrawnKeyIsForgotten(t *testing.T) {
	t.Parallel()
	c, older, newer := newClock(), ecSigner(t, "1"), ecSigner(t, "2")
	path := writeFile(t, keySetOf(t, older))
	keys, err := newKeySet(path, c.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, keySetOf(t, newer), 0o600); err != nil {
		t.Fatal(err)
	}
	c.advance(keysFor + time.Second)
	if _, err := keys.find(t.Context(), "1", "ES256"); err != nil {
		t.Errorf("keys out of date serve once more: %v", err)
	}
	await.That(t, time.Minute, "the end of the read beside", keys.reading.TryLock)
	keys.reading.Unlock()
	if _, err := keys.find(t.Context(), "1", "ES256"); err == nil {
		t.Error("a withdrawn key is still believed")
	}
}

func TestJWTOptionsThatLeaveADoorOpen(t *testing.T) {
	t.Parallel()
	path := writeFile(t, keySetOf(t, ecSigner(t, "e")))
	aud := []string{audience}
	tests := map[string]JWTOptions{
		"issuer without audience":  {Issuer: issuer, Keys: path},
		"empty audience":           {Issuer: issuer, Audience: []string{""}, Keys: path},
		"audience without issuer":  {Audience: aud, Keys: path},
		"keys without issuer":      {Keys: path},
		"issuer without keys":      {Issuer: issuer, Audience: aud},
		"none":                     {Issuer: issuer, Audience: aud, Keys: path, Algorithms: []string{"none"}},
		"HS256":                    {Issuer: issuer, Audience: aud, Keys: path, Algorithms: []string{"RS256", "HS256"}},
		"keys over plain HTTP":     {Issuer: issuer, Audience: aud, Keys: "http://issuer.example/keys"},
		"keys from another scheme": {Issuer: issuer, Audience: aud, Keys: "ftp://issuer.example/keys"},
		"missing file":             {Issuer: issuer, Audience: aud, Keys: path + ".missing"},
		"empty file":               {Issuer: issuer, Audience: aud, Keys: writeFile(t, nil)},
		"no usable key":            {Issuer: issuer, Audience: aud, Keys: writeFile(t, keySetOf(t))},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := NewAuthenticator(Options{Store: newFakeStore(), JWT: &options}); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestKeysAreNotFetchedFromElsewhere(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.RedirectHandler("http://issuer.example/keys", http.StatusFound))
	t.Cleanup(server.Close)
	if _, err := fetchKeys(t.Context(), newKeyClient(), server.URL); err == nil {
		t.Error("followed a redirect to plain HTTP")
	}
}
