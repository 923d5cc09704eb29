package conformance

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/internal/app"
	"rollcall/internal/console"
	"rollcall/internal/testoidc"
	"rollcall/internal/trial"
)

// signsIn lets a person sign in at the provider, from where the server has sent the
// browser, and returns where it goes from there: a path of the console.
func signsIn(t *testing.T, p *testoidc.Provider, person, location string) string {
	t.Helper()
	for range 5 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, location, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(testoidc.PersonHeader, person)
		response, body, err := exchangeBy(t, staying, request, nil)
		if err != nil {
			t.Fatal(err)
		}
		to, err := response.Location()
		if err != nil {
			t.Fatalf("%s: %d %s", location, response.StatusCode, body)
		}
		if location = to.String(); !strings.HasPrefix(location, p.URL) {
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
func onEachStoreWithOpenID(t *testing.T, test func(t *testing.T, o *office, p *testoidc.Provider)) {
	t.Helper()
	onEachDatabase(t, func(t *testing.T, database string) {
		t.Helper()
		listen := freeAddress(t)
		p := testoidc.Start(t, console.RedirectURL("http://"+listen))
		p.Down.Store(true)
		s := serveWith(t, trial.Options{Database: database, Listen: listen, OIDC: app.OIDCConfig{
			Issuer: p.URL, ClientID: testoidc.ClientID, ClientSecret: testoidc.Secret, Name: "Acme <id>",
		}})
		test(t, s.desk(), p)
	})
}

// bound makes an operator whom the provider knows.
func (o *office) bound(t *testing.T, p *testoidc.Provider, name, role string) string {
	t.Helper()
	return o.ask(t, 201, "POST", "/operators", `{"name":"`+name+`","role":"`+role+`","issuer":"`+p.URL+`","subject":"`+name+`"}`)["id"].(string)
}

// past is a time so long ago, as claims have it.
func past(ago time.Duration) int64 { return time.Now().Add(-ago).Unix() }
