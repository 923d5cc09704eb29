package conformance

import (
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"rollcall/internal/app"
	"rollcall/internal/console"
	"rollcall/internal/testpg"
	"rollcall/internal/trial"
)

// clientSecret is what the provider knows the server by.
const clientSecret = "a secret of a trial"

// openID is an OpenID provider that runs, with the storage of its library's own
// example. What it sends can be changed on the way, as nobody should be able to.
type openID struct {
	t       *testing.T
	server  *httptest.Server
	storage *storage.Storage
	// forge changes the claims of ID tokens, seal then signs them instead of the
	// provider, answer changes the whole answer of the token endpoint.
	forge  func(claims map[string]any)
	seal   func(claims []byte) string
	answer func(w http.ResponseWriter, tokens map[string]any) bool
	down   atomic.Bool
}

// anybody knows everybody, by any password.
type anybody struct{}

func (anybody) GetUserByID(id string) *storage.User { return &storage.User{ID: id, Username: id} }
func (anybody) GetUserByUsername(name string) *storage.User {
	return &storage.User{ID: name, Username: name}
}
func (anybody) ExampleClientID() string { return "service" }

// newOpenID starts a provider that sends browsers back to a server at base.
func newOpenID(t *testing.T, base string) *openID {
	t.Helper()
	p := &openID{t: t, storage: storage.NewStorageWithClients(anybody{}, map[string]*storage.Client{
		"rollcall": storage.WebClient("rollcall", clientSecret, console.RedirectURL(base)),
	})}
	var inner http.Handler
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		if r.URL.Path == "/oauth/token" {
			p.tokens(w, r, inner)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	provider, err := op.NewProvider(&op.Config{CodeMethodS256: true}, p.storage, op.StaticIssuer(p.server.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	// Who signs in is who the header says; passwords are not what is tested.
	callback := op.AuthCallbackURL(provider)
	mux.Handle("/login/username", op.NewIssuerInterceptor(provider.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("authRequestID")
		if err := p.storage.CheckUsernamePassword(r.Header.Get("X-Person"), "", id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, callback(r.Context(), id), http.StatusFound)
	}))
	inner = mux
	return p
}

// tokens answers the token endpoint, changed where a test says so.
func (p *openID) tokens(w http.ResponseWriter, r *http.Request, inner http.Handler) {
	recorded := httptest.NewRecorder()
	inner.ServeHTTP(recorded, r)
	var tokens map[string]any
	if err := json.Unmarshal(recorded.Body.Bytes(), &tokens); err != nil {
		p.t.Errorf("the token endpoint answers no JSON: %v", err)
	}
	if token, ok := tokens["id_token"].(string); ok {
		tokens["id_token"] = p.changed(token)
	}
	if p.answer != nil && p.answer(w, tokens) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(recorded.Code)
	_ = json.NewEncoder(w).Encode(tokens)
}

// changed is an ID token as a test wants it.
func (p *openID) changed(token string) string {
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		p.t.Errorf("the provider signs no token: %v", err)
		return token
	}
	var claims map[string]any
	if err := json.Unmarshal(parsed.UnsafePayloadWithoutVerification(), &claims); err != nil {
		p.t.Error(err)
	}
	if p.forge != nil {
		p.forge(claims)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	if p.seal != nil {
		return p.seal(payload)
	}
	key, id := p.key()
	return sealed(p.t, jose.RS256, key, id, payload)
}

// key is what the provider signs with.
func (p *openID) key() (*rsa.PrivateKey, string) {
	key, err := p.storage.SigningKey(p.t.Context())
	if err != nil {
		p.t.Error(err)
	}
	return key.Key().(*rsa.PrivateKey), key.ID()
}

func sealed(t *testing.T, algorithm jose.SignatureAlgorithm, key any, id string, payload []byte) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", id))
	if err != nil {
		t.Error(err)
		return ""
	}
	made, err := signer.Sign(payload)
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

// signs lets a person sign in at the provider, from where the server has sent the
// browser, and returns where it goes from there: a path of the console.
func (p *openID) signs(t *testing.T, person, location string) string {
	t.Helper()
	for range 5 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, location, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Person", person)
		response, body, err := exchangeBy(t, staying, request, nil)
		if err != nil {
			t.Fatal(err)
		}
		to, err := response.Location()
		if err != nil {
			t.Fatalf("%s: %d %s", location, response.StatusCode, body)
		}
		if location = to.String(); !strings.HasPrefix(location, p.server.URL) {
			return strings.TrimPrefix(to.RequestURI(), console.Root)
		}
	}
	t.Fatalf("the provider goes round in circles: %s", location)
	return ""
}

// begin is where a browser is sent that wants to sign in.
func (b *browser) begin(t *testing.T, next string) string {
	t.Helper()
	response, body := b.open(t, "/sign-in/oidc?"+url.Values{"next": {next}}.Encode())
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("beginning: %d %s", response.StatusCode, body)
	}
	return response.Header.Get("Location")
}

// onEachStoreWithOpenID runs a test on every store, with a provider.
func onEachStoreWithOpenID(t *testing.T, test func(t *testing.T, o *office, p *openID)) {
	t.Helper()
	for name, database := range map[string]func(testing.TB) string{
		"sqlite":   func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "rollcall.db") },
		"postgres": testpg.DSN,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listen, err := trial.FreeAddress(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			p := newOpenID(t, "http://"+listen)
			p.down.Store(true)
			at := database(t)
			running, err := trial.Start(t.Context(), trial.Options{Database: at, Listen: listen, OIDC: app.OIDCConfig{
				Issuer: p.server.URL, ClientID: "rollcall", ClientSecret: clientSecret, Name: "Acme <id>",
			}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = running.Stop() })
			beside, err := app.OpenStore(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = beside.Close() })
			test(t, (&server{Base: running.SCIM, Token: trial.Token, Store: beside}).desk(), p)
		})
	}
}

// bound makes an operator whom the provider knows.
func (o *office) bound(t *testing.T, p *openID, name, role string) string {
	t.Helper()
	return o.ask(t, 201, "POST", "/operators", `{"name":"`+name+`","role":"`+role+`","issuer":"`+p.server.URL+`","subject":"`+name+`"}`)["id"].(string)
}

// past is a time so long ago, as claims have it.
func past(ago time.Duration) int64 { return time.Now().Add(-ago).Unix() }
