// Package testoidc owns a throw-away OpenID provider for tests: a real one, whose
// answers can be changed on the way, as nobody should be able to.
package testoidc

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Secret is what the provider knows the client by, ClientID what it calls it.
const (
	ClientID = "rollcall"
	Secret   = "a secret of a trial"
)

// PersonHeader says who signs in at once, where no browser shows a page.
const PersonHeader = "X-Person"

// Provider is a provider that runs. It knows everybody, by any password.
type Provider struct {
	// URL is the issuer. Its host is localhost, another site than 127.0.0.1.
	URL string
	// Down lets it answer nothing.
	Down atomic.Bool

	lies    atomic.Pointer[Lies]
	t       testing.TB
	storage *storage.Storage
	inner   *http.ServeMux
}

// Lies are what a provider does that a true one does not. What is nil is done as it
// should be.
type Lies struct {
	// Forge changes the claims of ID tokens, Seal then signs them instead of the
	// provider.
	Forge func(claims map[string]any)
	Seal  func(claims []byte) string
	// Answer changes the answer of the token endpoint, and returns true where it
	// has given one itself.
	Answer func(w http.ResponseWriter, tokens map[string]any) bool
}

// Lie lets the provider lie from now on, or be true again.
func (p *Provider) Lie(lies Lies) { p.lies.Store(&lies) }

// anybody is whoever says so.
type anybody struct{}

func (anybody) GetUserByID(id string) *storage.User { return &storage.User{ID: id, Username: id} }
func (anybody) GetUserByUsername(name string) *storage.User {
	return &storage.User{ID: name, Username: name}
}
func (anybody) ExampleClientID() string { return "service" }

// Start starts a provider that sends browsers back to an address, until the test
// ends.
func Start(t testing.TB, back string) *Provider {
	t.Helper()
	p := &Provider{t: t, inner: http.NewServeMux(), storage: storage.NewStorageWithClients(anybody{}, map[string]*storage.Client{
		ClientID: storage.WebClient(ClientID, Secret, back),
	})}
	p.Lie(Lies{})
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.URL = "http://localhost:" + at.Port()
	provider, err := op.NewProvider(&op.Config{CodeMethodS256: true}, p.storage, op.StaticIssuer(p.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	p.inner.Handle("/", provider)
	p.inner.Handle("/login/username", op.NewIssuerInterceptor(provider.IssuerFromRequest).HandlerFunc(p.login(op.AuthCallbackURL(provider))))
	return p
}

func (p *Provider) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case p.Down.Load():
		http.Error(w, "down", http.StatusBadGateway)
	case r.URL.Path == "/oauth/token":
		p.tokens(w, r)
	default:
		p.inner.ServeHTTP(w, r)
	}
}

// page asks who somebody is.
var page = template.Must(template.New("").Parse(`<!doctype html><html lang="en"><head><title>Provider</title><link rel="icon" href="data:,"></head><body><main><h1>Provider</h1>
<form method="post"><input type="hidden" name="authRequestID" value="{{.}}"><label>Person <input name="person"></label> <button>Continue</button></form></main></body></html>`))

// login signs in whoever somebody says to be: passwords are not what is tested.
func (p *Provider) login(callback func(ctx context.Context, id string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, person := r.FormValue("authRequestID"), r.Header.Get(PersonHeader)
		if r.Method == http.MethodPost {
			person = r.FormValue("person")
		}
		if person == "" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_ = page.Execute(w, id)
			return
		}
		if err := p.storage.CheckUsernamePassword(person, "", id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, callback(r.Context(), id), http.StatusFound)
	}
}

// tokens answers the token endpoint, changed where a test says so.
func (p *Provider) tokens(w http.ResponseWriter, r *http.Request) {
	recorded := httptest.NewRecorder()
	p.inner.ServeHTTP(recorded, r)
	var tokens map[string]any
	if err := json.Unmarshal(recorded.Body.Bytes(), &tokens); err != nil {
		p.t.Errorf("the token endpoint answers no JSON: %v", err)
	}
	lies := p.lies.Load()
	if token, ok := tokens["id_token"].(string); ok {
		tokens["id_token"] = p.changed(token, lies)
	}
	if lies.Answer != nil && lies.Answer(w, tokens) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(recorded.Code)
	_ = json.NewEncoder(w).Encode(tokens)
}

// changed is an ID token as a test wants it.
func (p *Provider) changed(token string, lies *Lies) string {
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		p.t.Errorf("the provider signs no token: %v", err)
		return token
	}
	var claims map[string]any
	if err := json.Unmarshal(parsed.UnsafePayloadWithoutVerification(), &claims); err != nil {
		p.t.Error(err)
	}
	if lies.Forge != nil {
		lies.Forge(claims)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	if lies.Seal != nil {
		return lies.Seal(payload)
	}
	key, id := p.Key()
	return Sign(p.t, jose.RS256, key, id, payload)
}

// Key is what the provider signs with, and its id.
func (p *Provider) Key() (*rsa.PrivateKey, string) {
	key, err := p.storage.SigningKey(p.t.Context())
	if err != nil {
		p.t.Error(err)
		return nil, ""
	}
	private, ok := key.Key().(*rsa.PrivateKey)
	if !ok {
		p.t.Errorf("the key of the provider is a %T", key.Key())
	}
	return private, key.ID()
}

// Sign makes a token of claims.
func Sign(t testing.TB, algorithm jose.SignatureAlgorithm, key any, id string, claims []byte) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", id))
	if err != nil {
		t.Error(err)
		return ""
	}
	made, err := signer.Sign(claims)
	if err != nil {
		t.Error(err)
		return ""
	}
	compact, err := made.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return compact
}
