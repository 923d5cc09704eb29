package conformance

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"rollcall/internal/console"
	"rollcall/internal/operator"
	"rollcall/internal/testoidc"
	"rollcall/store"
)

// TestOpenIDSignIn: a provider that is away keeps nobody from anything else; who is
// bound to an operator signs in by it once it is there, and goes where it wanted to.
func TestOpenIDSignIn(t *testing.T) {
	t.Parallel()
	onEachStoreWithOpenID(t, func(t *testing.T, o *office, p *testoidc.Provider) {
		id := o.bound(t, p, "ada", "admin")
		b := o.browser()
		response, body := b.open(t, "/sign-in/oidc?next=/users")
		shows(t, response, body, 503, "Acme &lt;id&gt; does not answer", "rollcall console-link", `href="/console/sign-in/oidc?next=%2Fusers"`)
		response, body = b.open(t, "/sign-in")
		shows(t, response, body, 200, "Acme &lt;id&gt; has not answered since")
		p.Down.Store(false)
		location := b.begin(t, "/users?q=a&status=Active")
		response, body = o.browser().open(t, "/sign-in")
		if shows(t, response, body, 200, "Sign in with Acme"); strings.Contains(body, "has not answered") {
			t.Error("the page says that the provider is away when it is not")
		}
		asked, err := url.Parse(location)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"client_id": "rollcall", "response_type": "code", "scope": "openid", "code_challenge_method": "S256",
			"redirect_uri": strings.TrimSuffix(b.root, "/") + console.Root + "/sign-in/oidc/callback",
		} {
			if got := asked.Query().Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		back := signsIn(t, p, "ada", location)
		response, body = b.open(t, back)
		if shows(t, response, body, 303); response.Header.Get("Location") != console.Root+"/users?q=a&status=Active" {
			t.Errorf("goes on to %q", response.Header.Get("Location"))
		}
		if cookie := response.Header.Values("Set-Cookie"); len(cookie) != 2 || !strings.HasPrefix(cookie[0], "rollcall-sign-in-"+asked.Query().Get("state")+"=;") || len(b.cookies) != 1 {
			t.Errorf("cookies: %q, kept %v", cookie, b.cookies)
		}
		b.in(t, "ada", "admin")
		row := o.ask(t, 200, "GET", "/audit?action=operator.sign-in", "")["rows"].([]any)[0]
		report(t, map[string]any{"actorId": id, "changes": map[string]any{
			"by": []any{nil, "openid"}, "subject": []any{nil, "ada"}, "issuer": []any{nil, p.URL},
		}}, row.(map[string]any))
		o.ask(t, 204, "DELETE", "/operators/"+id, "")
		b.out(t, "removed")
		response, body = b.open(t, signsIn(t, p, "ada", b.begin(t, "")))
		shows(t, response, body, 403, "no operator here")
	})
}

// TestOpenIDStrangers: who is no operator learns what an owner has to enter.
func TestOpenIDStrangers(t *testing.T) {
	t.Parallel()
	onEachStoreWithOpenID(t, func(t *testing.T, o *office, p *testoidc.Provider) {
		p.Down.Store(false)
		o.bound(t, p, "ada", "admin")
		b := o.browser()
		for _, person := range []string{script, "it's `me` $(x)", "ADA"} {
			p.Lie(testoidc.Lies{Forge: func(claims map[string]any) { claims["sub"] = person }})
			response, body := b.open(t, signsIn(t, p, "ada", b.begin(t, "")))
			shows(t, response, body, 403, "no operator here", "rollcall operator set NAME")
			harmless(t, person, body)
			if len(b.cookies) > 0 {
				t.Errorf("%s: cookies %v", person, b.cookies)
			}
		}
		p.Lie(testoidc.Lies{Forge: func(claims map[string]any) { claims["sub"] = "it's me" }})
		_, body := b.open(t, signsIn(t, p, "ada", b.begin(t, "")))
		if want := `--subject &#39;it&#39;\&#39;&#39;s me&#39;`; !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	})
}

// TestOpenIDTenants: somebody who is an operator of several tenants chooses, and
// nobody else does.
func TestOpenIDTenants(t *testing.T) {
	t.Parallel()
	onEachStoreWithOpenID(t, func(t *testing.T, o *office, p *testoidc.Provider) {
		p.Down.Store(false)
		o.bound(t, p, "ada", "admin")
		at := time.Now().UTC().Truncate(time.Microsecond)
		trail := store.Audit{At: at, ActorKind: "system", ActorID: "test", Action: "tenant.create"}
		other, err := o.Store.CreateTenant(t.Context(), store.Tenant{Name: "other", Created: at}, trail)
		if err != nil {
			t.Fatal(err)
		}
		operators := operator.New(o.Store, nil)
		twin, err := operators.Create(t.Context(), other.ID, operator.Draft{Name: script, Role: "auditor", Issuer: p.URL, Subject: "ada"}, trail)
		if err != nil {
			t.Fatal(err)
		}
		foreign, err := operators.Create(t.Context(), other.ID, operator.Draft{Name: "bob", Role: "owner", Issuer: p.URL, Subject: "bob"}, trail)
		if err != nil {
			t.Fatal(err)
		}
		b := o.browser()
		response, body := b.open(t, signsIn(t, p, "ada", b.begin(t, "/audit")))
		shows(t, response, body, 200, "Go on to default", "Go on to other", twin.ID.String())
		harmless(t, "the choice", body)
		b.out(t, "before the choice")
		held := maps.Clone(b.cookies)
		choose := func(who *browser, id string, status int, words ...string) {
			t.Helper()
			response, body := who.submit(t, "/sign-in/oidc", url.Values{"operator": {id}})
			shows(t, response, body, status, words...)
		}
		choose(b, foreign.ID.String(), 403, "Go on to default")
		choose(o.browser(), twin.ID.String(), 400, "another browser or too long ago")
		mixed := o.browser()
		mixed.begin(t, "")
		choose(mixed, twin.ID.String(), 400, "another browser")
		for _, flow := range maps.Clone(mixed.cookies) {
			mixed.cookies["rollcall-choice"] = flow
		}
		choose(mixed, twin.ID.String(), 400, "another browser")
		response, _ = b.submit(t, "/sign-in/oidc", url.Values{"operator": {twin.ID.String()}}, "Sec-Fetch-Site", "cross-site")
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("chosen by another site: %d", response.StatusCode)
		}
		response, body = b.submit(t, "/sign-in/oidc", url.Values{"operator": {twin.ID.String()}})
		if shows(t, response, body, 303); response.Header.Get("Location") != console.Root+"/audit" {
			t.Errorf("goes on to %q", response.Header.Get("Location"))
		}
		b.in(t, "other", "auditor")
		if err := operators.Delete(t.Context(), other.ID, twin.ID, trail); err != nil {
			t.Fatal(err)
		}
		b.cookies = held
		choose(b, twin.ID.String(), 403)
	})
}

// TestOpenIDForgeries: each token that is not the provider's, not for this server
// or not for this sign-in lets nobody in; what is a little early or late does.
func TestOpenIDForgeries(t *testing.T) {
	t.Parallel()
	onEachStoreWithOpenID(t, func(t *testing.T, o *office, p *testoidc.Provider) {
		p.Down.Store(false)
		o.bound(t, p, "ada", "owner")
		own, id := p.Key()
		stranger, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		public := x509.MarshalPKCS1PublicKey(&own.PublicKey)
		part := base64.RawURLEncoding.EncodeToString
		try := func(what string, status int, forge func(map[string]any), seal func([]byte) string) {
			t.Helper()
			p.Lie(testoidc.Lies{Forge: forge, Seal: seal})
			b := o.browser()
			response, body := b.open(t, signsIn(t, p, "ada", b.begin(t, "")))
			if response.StatusCode != status || status == 303 != (b.cookies["rollcall"] != "") {
				t.Errorf("%s: %d, cookies %v: %s", what, response.StatusCode, b.cookies, body)
			}
		}
		claim := func(name string, value any) func(map[string]any) {
			return func(claims map[string]any) { claims[name] = value }
		}
		for what, forge := range map[string]func(map[string]any){
			"for another client": claim("aud", "other"), "for nobody": claim("aud", []string{}), "issued to another client": claim("azp", "other"),
			"for several, issued to none": func(c map[string]any) { c["aud"] = []string{"rollcall", "other"}; delete(c, "azp") },
			"of another issuer":           claim("iss", "https://evil.example"), "of a longer issuer": claim("iss", p.URL+"/"), "of no issuer": claim("iss", nil),
			"expired": claim("exp", past(2*time.Minute)), "without an end": claim("exp", nil), "of the future": claim("iat", past(-6*time.Minute)),
			"not valid yet": claim("nbf", past(-10*time.Minute)), "of another sign-in": claim("nonce", "x"), "of no sign-in": claim("nonce", nil), "of an empty sign-in": claim("nonce", ""),
			"of nobody": claim("sub", ""), "without a subject": claim("sub", nil), "of a long subject": claim("sub", strings.Repeat("x", 256)),
		} {
			try(what, 403, forge, nil)
		}
		for what, seal := range map[string]func([]byte) string{
			"unsigned":      func(c []byte) string { return part([]byte(`{"alg":"none"}`)) + "." + part(c) + "." },
			"by a stranger": func(c []byte) string { return testoidc.Sign(t, jose.RS256, stranger, id, c) },
			"by the client": func(c []byte) string {
				return testoidc.Sign(t, jose.HS256, []byte(testoidc.Secret+testoidc.Secret), id, c)
			},
			"by a public key": func(c []byte) string { return testoidc.Sign(t, jose.HS256, public, id, c) },
			"by an unknown":   func(c []byte) string { return testoidc.Sign(t, jose.RS256, stranger, "unknown", c) },
			"no token":        func([]byte) string { return "" },
			"not a token":     func([]byte) string { return "a.b.c" },
			"another's body": func(c []byte) string {
				s := testoidc.Sign(t, jose.RS256, own, id, []byte(`{}`))
				return strings.Split(s, ".")[0] + "." + part(c) + "." + strings.Split(s, ".")[2]
			},
			"of other letters": func(c []byte) string { return testoidc.Sign(t, jose.RS256, own, id, []byte(`[]`)) },
		} {
			try(what, 403, nil, seal)
		}
		try("a little late", 303, claim("exp", past(30*time.Second)), nil)
		try("a little early", 303, claim("iat", past(-4*time.Minute)), nil)
		try("for several, issued to this one", 303, func(c map[string]any) { c["aud"], c["azp"] = []string{"other", "rollcall"}, "rollcall" }, nil)
		try("as it is", 303, nil, nil)
	})
}

// TestOpenIDAttacks: what comes back counts once, in the browser that has begun it.
func TestOpenIDAttacks(t *testing.T) {
	t.Parallel()
	onEachStoreWithOpenID(t, func(t *testing.T, o *office, p *testoidc.Provider) {
		p.Down.Store(false)
		o.bound(t, p, "ada", "owner")
		o.bound(t, p, "eve", "auditor")
		refused := func(what string, b *browser, path string, status int) {
			t.Helper()
			response, body := b.open(t, path)
			if response.StatusCode != status || b.cookies["rollcall"] != "" {
				t.Errorf("%s: %d, want %d, cookies %v: %s", what, response.StatusCode, status, b.cookies, body)
			}
			harmless(t, what, body)
		}
		eve := o.browser()
		hers := signsIn(t, p, "eve", eve.begin(t, ""))
		refused("a link of another browser (login CSRF)", o.browser(), hers, 400)
		ada := o.browser()
		ada.begin(t, "")
		refused("a link of another browser, while signing in", ada, hers, 400)

		first := signsIn(t, p, "ada", ada.begin(t, ""))
		second, err := url.ParseQuery(strings.SplitN(signsIn(t, p, "eve", eve.begin(t, "")), "?", 2)[1])
		if err != nil {
			t.Fatal(err)
		}
		stolen, err := url.ParseQuery(strings.SplitN(first, "?", 2)[1])
		if err != nil {
			t.Fatal(err)
		}
		const callback = "/sign-in/oidc/callback?"
		second.Set("code", stolen.Get("code"))
		kept := maps.Clone(eve.cookies)
		refused("the code of somebody else (PKCE)", eve, callback+second.Encode(), 403)

		clear(ada.cookies)
		location := ada.begin(t, "")
		good, kept2 := signsIn(t, p, "ada", location), maps.Clone(ada.cookies)
		flow := slices.Collect(maps.Keys(kept2))[0]
		for what, change := range map[string]func(url.Values){
			"another issuer (mix-up)": func(q url.Values) { q.Set("iss", "https://evil.example") },
			"an empty issuer":         func(q url.Values) { q.Set("iss", "") },
			"two issuers":             func(q url.Values) { q["iss"] = []string{p.URL, "https://evil.example"} },
			"no code":                 func(q url.Values) { q.Del("code") },
			"two codes":               func(q url.Values) { q.Add("code", "x") },
			"a code of nobody":        func(q url.Values) { q.Set("code", "x") },
			"declined":                func(q url.Values) { q.Set("error", script) },
		} {
			q, _ := url.ParseQuery(strings.SplitN(good, "?", 2)[1])
			change(q)
			ada.cookies = maps.Clone(kept2)
			refused(what, ada, callback+q.Encode(), 403)
			if len(ada.cookies) > 0 {
				t.Errorf("%s: what was kept is kept on", what)
			}
		}
		for what, cookie := range map[string]string{"changed": kept2[flow] + "AAAA", "another's": slices.Collect(maps.Values(kept))[0], "none": "", "no text": "\x01", "long": strings.Repeat("A", 9000)} {
			ada.cookies = map[string]string{flow: cookie}
			refused("a cookie that is "+what, ada, good, 400)
		}
		for _, query := range []string{"", "state=", "state=x&code=y", "code=y"} {
			ada.cookies = maps.Clone(kept2)
			refused("the query "+query, ada, callback+query, 400)
		}
		ada.cookies = maps.Clone(kept2)
		response, body := ada.open(t, good+"&iss="+url.QueryEscape(p.URL))
		shows(t, response, body, 303)
		ada.in(t, "ada")
		refused("a second time", o.browser(), good, 400)
		again := o.browser()
		again.cookies = maps.Clone(kept2)
		refused("a second time, with what was kept (replay)", again, good, 403)
	})
}

// TestOpenIDGoesOnInside: wherever a link says to go on, it is in the console.
func TestOpenIDGoesOnInside(t *testing.T) {
	t.Parallel()
	onEachStoreWithOpenID(t, func(t *testing.T, o *office, p *testoidc.Provider) {
		p.Down.Store(false)
		o.bound(t, p, "ada", "owner")
		for next, want := range map[string]string{
			"https://evil.example/": console.Root, "evil": console.Root, "": console.Root, "//evil.example": console.Root,
			"@evil.example": console.Root, ".evil.example": console.Root, "/\\evil.example": console.Root, "/a\r\nSet-Cookie: x=y": "",
			"/" + strings.Repeat("x", 2000): console.Root, "?page=2": console.Root + "?page=2",
		} {
			b := o.browser()
			response, body := b.open(t, signsIn(t, p, "ada", b.begin(t, next)))
			shows(t, response, body, 303)
			location := response.Header.Get("Location")
			target, err := response.Location()
			if err != nil || "http://"+target.Host != b.root || !strings.HasPrefix(location, console.Root) || want != "" && location != want {
				t.Errorf("%q leads to %q, %v", next, location, err)
			}
			if slices.Contains(slices.Sorted(maps.Keys(b.cookies)), "x") {
				t.Errorf("%q sets a cookie", next)
			}
		}
	})
}

// TestOpenIDFailures: what the provider does wrong is no error of this server, and
// the next sign-in is not affected.
func TestOpenIDFailures(t *testing.T) {
	t.Parallel()
	onEachStoreWithOpenID(t, func(t *testing.T, o *office, p *testoidc.Provider) {
		p.Down.Store(false)
		o.bound(t, p, "ada", "owner")
		for what, one := range map[string]struct {
			status int
			answer func(w http.ResponseWriter, tokens map[string]any) bool
		}{
			"an error of its own": {503, func(w http.ResponseWriter, _ map[string]any) bool { w.WriteHeader(500); return true }},
			"a refusal": {403, func(w http.ResponseWriter, _ map[string]any) bool {
				http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
				return true
			}},
			"a redirect": {403, func(w http.ResponseWriter, _ map[string]any) bool {
				w.Header().Set("Location", p.URL+"/login/username")
				w.WriteHeader(http.StatusTemporaryRedirect)
				return true
			}},
			"no JSON":     {403, func(w http.ResponseWriter, _ map[string]any) bool { _, _ = w.Write([]byte(script)); return true }},
			"a long body": {403, func(w http.ResponseWriter, _ map[string]any) bool { _, _ = w.Write(make([]byte, 2<<20)); return true }},
			"no ID token": {403, func(_ http.ResponseWriter, tokens map[string]any) bool { delete(tokens, "id_token"); return false }},
			"nothing": {503, func(w http.ResponseWriter, _ map[string]any) bool {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					_ = conn.Close()
				}
				return true
			}},
		} {
			p.Lie(testoidc.Lies{Answer: one.answer})
			b := o.browser()
			response, body := b.open(t, signsIn(t, p, "ada", b.begin(t, "")))
			if shows(t, response, body, one.status); len(b.cookies) > 0 {
				t.Errorf("%s: cookies %v", what, b.cookies)
			}
			harmless(t, what, body)
		}
		p.Lie(testoidc.Lies{})
		b := o.browser()
		response, body := b.open(t, signsIn(t, p, "ada", b.begin(t, "")))
		shows(t, response, body, 303)
	})
}

// TestOpenIDSeveralAtOnce: each tab ends the sign-in that it began, once, and what
// comes back that no tab has asked for takes nothing away.
func TestOpenIDSeveralAtOnce(t *testing.T) {
	t.Parallel()
	onEachStoreWithOpenID(t, func(t *testing.T, o *office, p *testoidc.Provider) {
		p.Down.Store(false)
		o.bound(t, p, "ada", "owner")
		b := o.browser()
		first, second := b.begin(t, "/users"), b.begin(t, "/groups")
		eve := o.browser()
		hers := signsIn(t, p, "eve", eve.begin(t, ""))
		for _, foreign := range []string{"", "?state=", "?state=x&code=y", "?error=access_denied", strings.TrimPrefix(hers, "/sign-in/oidc/callback")} {
			response, body := b.open(t, "/sign-in/oidc/callback"+foreign)
			shows(t, response, body, 400, "another browser or too long ago")
		}
		back := signsIn(t, p, "ada", first)
		kept := maps.Clone(b.cookies)
		for next, back := range map[string]string{"/users": back, "/groups": signsIn(t, p, "ada", second)} {
			response, body := b.open(t, back)
			if shows(t, response, body, 303); response.Header.Get("Location") != console.Root+next {
				t.Errorf("goes on to %q, want %q", response.Header.Get("Location"), next)
			}
			response, body = b.open(t, back)
			shows(t, response, body, 400)
		}
		if len(b.cookies) != 1 || len(kept) != 2 {
			t.Errorf("cookies before %v and after %v", kept, b.cookies)
		}
		many := o.browser()
		var last string
		for range 8 {
			last = many.begin(t, "/"+strings.Repeat("x", 1000))
			long := 0
			for name, value := range many.cookies {
				long += len(name) + len(value)
			}
			if len(many.cookies) > 5 || long > 6000 {
				t.Errorf("%d cookies of %d bytes", len(many.cookies), long)
			}
		}
		response, body := many.open(t, signsIn(t, p, "ada", last))
		shows(t, response, body, 303)
	})
}
