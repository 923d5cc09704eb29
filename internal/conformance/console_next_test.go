package conformance

import (
	"html"
	"net/http"
	"net/url"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// TestSignInGoesOn: after a link was followed the page is shown that was asked for,
// if it is one of the console.
func TestSignInGoesOn(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := o.operator(t, "ada", operator.Owner)
		for next, want := range map[string]string{
			"/users": "/users", "/users?status=active&q=a%20b": "/users?status=active&q=a%20b", "?done=x": "?done=x", "/": "/",
			"/../../x": "", "/..": "", "/users/../../x": "", "//evil.example/x": "", `/\evil.example`: "", "https://evil.example": "", "/%2e%2e/x": "", "x": "",
		} {
			b, link := o.browser(), o.link(t, id)
			_, body := b.open(t, "/sign-in?"+url.Values{"link": {link}, "next": {next}}.Encode())
			fields := url.Values{"link": {link}}
			if shown := shownAs(body, "next"); len(shown) > 0 {
				fields.Set("next", html.UnescapeString(shown[0]))
			}
			response, _ := b.submit(t, "/sign-in", fields)
			if to := response.Header.Get("Location"); response.StatusCode != http.StatusSeeOther || to != console.Root+want {
				t.Errorf("%s leads to %q, want %q", next, to, console.Root+want)
			}
			response, _ = o.browser().submit(t, "/sign-in", url.Values{"link": {o.link(t, id)}, "next": {next}})
			if to := response.Header.Get("Location"); to != console.Root+want {
				t.Errorf("%s sent leads to %q, want %q", next, to, console.Root+want)
			}
		}
	})
}
