package browser

import (
	"net/http"
	"strings"
	"testing"

	"rollcall/internal/app"
	"rollcall/internal/console"
	"rollcall/internal/testdb"
	"rollcall/internal/testoidc"
	"rollcall/internal/trial"
)

// TestOutside uses what is around a server: mail, and a provider on another site
// where operators sign in and come back from, with the cookies that a browser sends
// on that way, and no more.
func TestOutside(t *testing.T) {
	t.Parallel()
	testdb.OnEach(t, func(t *testing.T, database func() string) {
		listen, err := trial.FreeAddress(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p := testoidc.Start(t, console.RedirectURL("http://"+listen))
		letters := t.TempDir()
		running, err := trial.Start(t.Context(), trial.Options{Database: database(), Listen: listen, Mail: app.MailConfig{Mail: "dir:" + letters}, OIDC: app.OIDCConfig{
			Issuer: p.URL, ClientID: testoidc.ClientID, ClientSecret: testoidc.Secret, Name: "Acme",
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = running.Stop() })
		acme, other := tenant(t, running, "acme"), tenant(t, running, "other")
		acme.bind(t, p, "Ada", "admin", "ada")
		other.bind(t, p, "Ada elsewhere", "auditor", "ada")
		acme.bind(t, p, "Bob", "helpdesk", "bob")
		provided := func(b *tab) { b.watch.provider = strings.TrimPrefix(p.URL, "http://") }
		for _, options := range [][]option{{provided}, {provided, withoutScripts, inDark, window(320, 800, 1)}} {
			acme.choosesTenant(t, options)
			acme.goesOn(t, options)
			acme.isUnknown(t, options)
		}
		tenant(t, running, "letters").manyAreInvitedAgain(t, letters)
	})
}

// bind makes an operator whom the provider knows.
func (s *site) bind(t *testing.T, p *testoidc.Provider, name, role, subject string) {
	t.Helper()
	s.ask(t, http.StatusCreated, "POST", "/operators", map[string]any{"name": name, "role": role, "issuer": p.URL, "subject": subject})
}

// at signs in at the provider.
func (b *tab) at(provider, person string) {
	b.t.Helper()
	b.follow("Sign in with " + provider)
	b.fill("Person", person)
	b.press("Continue")
}

func (s *site) choosesTenant(t *testing.T, options []option) {
	t.Helper()
	b := s.tab(t, options...)
	b.visit("/sign-in")
	b.at("Acme", "ada")
	b.sees("You are an operator of several tenants.", "Ada elsewhere")
	b.press("Go on to other")
	b.sees("Overview", "Ada elsewhere")
	b.press("Sign out")
	b.sees("You are signed out.", "Sign in with Acme")
}

// goesOn to the page that was asked for before signing in.
func (s *site) goesOn(t *testing.T, options []option) {
	t.Helper()
	b := s.tab(t, options...)
	b.visit("/groups?q=x")
	b.at("Acme", "bob")
	if b.sees("Groups"); b.address() != "/groups?q=x" {
		t.Errorf("goes on to %s", b.address())
	}
}

func (s *site) isUnknown(t *testing.T, options []option) {
	t.Helper()
	b := s.tab(t, options...)
	b.visit("/sign-in")
	b.at("Acme", "eve")
	b.sees("are no operator here", "--subject 'eve'")
}
