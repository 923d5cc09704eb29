package openid_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/internal/openid"
)

// described is a server that describes itself as a provider.
type described struct {
	*httptest.Server
	says   map[string]any
	asked  atomic.Int32
	answer http.HandlerFunc
}

func describe(t *testing.T) *described {
	t.Helper()
	d := &described{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.asked.Add(1)
		if d.answer != nil {
			d.answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(d.says)
	}))
	t.Cleanup(d.Close)
	d.says = map[string]any{
		"issuer": d.URL, "authorization_endpoint": d.URL + "/authorize", "token_endpoint": d.URL + "/token", "jwks_uri": d.URL + "/keys",
	}
	return d
}

func (d *described) provider(t *testing.T, options openid.Options) *openid.Provider {
	t.Helper()
	options.Issuer, options.ClientID, options.RedirectURL = d.URL, "rollcall", "https://rollcall.example/back"
	p, err := openid.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDescriptionsAreDoubted: a provider that describes another one, or that sends
// codes and secrets where somebody listens, is no provider.
func TestDescriptionsAreDoubted(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*described){
		"of another issuer":         func(d *described) { d.says["issuer"] = "https://evil.example" },
		"a token endpoint by http":  func(d *described) { d.says["token_endpoint"] = "http://id.example/token" },
		"a sign-in page by http":    func(d *described) { d.says["authorization_endpoint"] = "http://id.example/authorize" },
		"a sign-in page as script":  func(d *described) { d.says["authorization_endpoint"] = "javascript:alert(1)" },
		"keys by http":              func(d *described) { d.says["jwks_uri"] = "http://id.example/keys" },
		"no token endpoint":         func(d *described) { delete(d.says, "token_endpoint") },
		"no keys":                   func(d *described) { delete(d.says, "jwks_uri") },
		"a description of its own":  func(d *described) { d.says["jwks_uri"] = 5 },
		"a page":                    func(d *described) { d.answer = http.NotFound },
		"a description that is big": func(d *described) { d.says["x"] = strings.Repeat("x", 2<<20) },
		"a redirect to http":        func(d *described) { d.answer = http.RedirectHandler("http://id.example/", http.StatusFound).ServeHTTP },
		"a redirect to itself": func(d *described) {
			d.answer = http.RedirectHandler("/.well-known/openid-configuration", http.StatusFound).ServeHTTP
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := describe(t)
			change(d)
			p := d.provider(t, openid.Options{})
			if _, err := p.Begin(t.Context(), ""); !errors.Is(err, openid.ErrUnreachable) || p.Failing().IsZero() {
				t.Errorf("%v, failing since %v", err, p.Failing())
			}
		})
	}
}

// TestDescriptionsAreRemembered for an hour, and beyond while the provider is away.
func TestDescriptionsAreRemembered(t *testing.T) {
	t.Parallel()
	d, now := describe(t), time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	p := d.provider(t, openid.Options{Now: func() time.Time { return now }})
	begin := func(asked int32) string {
		t.Helper()
		begun, err := p.Begin(t.Context(), "")
		if err != nil || d.asked.Load() != asked {
			t.Errorf("asked %d times, want %d: %v", d.asked.Load(), asked, err)
		}
		return begun.Location
	}
	begin(1)
	begin(1)
	now = now.Add(time.Hour)
	d.says["authorization_endpoint"] = d.URL + "/moved"
	if location := begin(2); !strings.HasPrefix(location, d.URL+"/moved?") {
		t.Errorf("sent to %s", location)
	}
	now = now.Add(time.Hour)
	d.answer = http.NotFound
	begin(3)
	if p.Failing() != now {
		t.Errorf("failing since %v", p.Failing())
	}
	d.answer = nil
	if begin(4); !p.Failing().IsZero() {
		t.Error("failing still")
	}
}

// TestClientsSayWhoTheyAre in the way that the provider takes, and once.
func TestClientsSayWhoTheyAre(t *testing.T) {
	t.Parallel()
	for what, one := range map[string]struct {
		methods      []string
		secret       string
		header, form bool
	}{
		"nothing said": {nil, "s3cret", true, false}, "basic": {[]string{"client_secret_post", "client_secret_basic"}, "s3cret", true, false},
		"post": {[]string{"client_secret_post"}, "s3cret", false, true}, "public": {[]string{"client_secret_basic"}, "", false, false},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := describe(t)
			if one.methods != nil {
				d.says["token_endpoint_auth_methods_supported"] = one.methods
			}
			p := d.provider(t, openid.Options{ClientSecret: one.secret})
			begun, err := p.Begin(t.Context(), "/x")
			if err != nil {
				t.Fatal(err)
			}
			d.answer = func(w http.ResponseWriter, r *http.Request) {
				_, password, header := r.BasicAuth()
				if header != one.header || header && password != one.secret || r.FormValue("client_secret") != "" != one.form || r.FormValue("code_verifier") == "" {
					t.Errorf("header %v, form %v", header, r.Form)
				}
				http.Error(w, "{}", http.StatusBadRequest)
			}
			d.asked.Store(0)
			answer := url.Values{"state": {begun.State}, "code": {"c"}}
			if _, _, err := p.Finish(t.Context(), begun.Kept, answer); !errors.Is(err, openid.ErrRefused) || d.asked.Load() != 1 {
				t.Errorf("%v, asked %d times", err, d.asked.Load())
			}
		})
	}
}

// TestWhatBrowsersKeep ends in time, and is for the one thing that it was made for.
func TestWhatBrowsersKeep(t *testing.T) {
	t.Parallel()
	d, now := describe(t), time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	d.says["authorization_response_iss_parameter_supported"] = true
	p := d.provider(t, openid.Options{Now: func() time.Time { return now }})
	begun, err := p.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	answer := url.Values{"state": {begun.State}, "code": {"c"}, "iss": {d.URL}}
	finish := func(kept string, answer url.Values, want error) {
		t.Helper()
		if _, _, err := p.Finish(t.Context(), kept, answer); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	unnamed := maps.Clone(answer)
	delete(unnamed, "iss")
	d.answer = http.NotFound // what is refused before is not asked for
	d.asked.Store(0)
	finish(begun.Kept, unnamed, openid.ErrRefused)
	if d.asked.Load() > 0 {
		t.Error("a code of no issuer was handed in")
	}
	chosen, err := p.Keep(t.Context(), openid.Person{Issuer: d.URL, Subject: "ada"}, "/y")
	if err != nil {
		t.Fatal(err)
	}
	finish(chosen, answer, openid.ErrStale)
	if _, _, err := p.Kept(t.Context(), begun.Kept); !errors.Is(err, openid.ErrStale) {
		t.Errorf("a sign-in that is under way chooses: %v", err)
	}
	if who, next, err := p.Kept(t.Context(), chosen); err != nil || who.Subject != "ada" || next != "/y" {
		t.Errorf("%v %q %v", who, next, err)
	}
	now = now.Add(5 * time.Minute)
	if _, _, err := p.Kept(t.Context(), chosen); !errors.Is(err, openid.ErrStale) {
		t.Errorf("too late: %v", err)
	}
	finish(begun.Kept, answer, openid.ErrRefused)
	now = now.Add(5 * time.Minute)
	finish(begun.Kept, answer, openid.ErrStale)
}
