package browser

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"rollcall/internal/operator"
)

// look is how somebody looks at pages.
type look struct {
	name    string
	options []option
}

var looks = []look{
	{"light at 1280 pixels", nil},
	{"dark at 320 pixels", []option{inDark, window(320, 640, 1)}},
	{"magnified twice", []option{window(640, 450, 2)}},
}

// viewer looks at pages in one way.
type viewer struct {
	look
	*tab
	home *furnished
	seen *seen
	// targets are where the links of pages lead, by what leads there.
	targets map[string]string
}

// pagesAreFit looks at each page in the light and in the dark, on a small screen
// and magnified: text can be read, nothing hangs over the edge or is squeezed,
// what is clicked on is large enough, and everything leads somewhere. A page or a
// form that none of this comes across fails the test.
func pagesAreFit(t *testing.T, s *site) {
	home, known := furnish(t, s), &seen{}
	for _, how := range looks {
		v := &viewer{how, s.tab(t, how.options...), home, known, map[string]string{}}
		v.strangers()
		v.visit(s.link(t, operator.Owner))
		v.judge("the link is confirmed")
		v.press("Sign in")
		for _, page := range home.pages {
			v.visit(page)
			if status := v.watch.answered(); status >= 400 && page != nowhere {
				t.Errorf("%s: status %d", page, status)
			}
			v.judge(page)
		}
		v.steps()
		v.lead()
	}
	known.all(t)
}

// lead follows the links that were noted, which are the same in each look.
func (v *viewer) lead() {
	v.t.Helper()
	if v.look.name != looks[0].name {
		return
	}
	for target, page := range v.targets {
		if got := v.status(target); got >= 400 {
			v.t.Errorf("%s: a link leads to %s: status %d", page, target, got)
		}
	}
}

// judge looks at the page that is shown.
func (v *viewer) judge(name string) {
	v.t.Helper()
	for _, wrong := range append(script[[]string](v.tab, "unfit()"), script[[]string](v.tab, "faint()")...) {
		v.t.Errorf("%s, %s: %s", name, v.look.name, wrong)
	}
	v.seen.note(v.tab)
	v.photograph(v.look.name, name)
	v.places()
}

// place is where a page can lead.
type place struct {
	Method, URL, Name string
	Download          bool
}

// places notes what the forms of a page send to, and where its links lead.
func (v *viewer) places() {
	v.t.Helper()
	page := v.address()
	for _, to := range script[[]place](v.tab, "places()") {
		target, inside := strings.CutPrefix(strings.SplitN(to.URL, "#", 2)[0], v.site.path(""))
		switch {
		case to.Method == "none":
			v.t.Errorf("%s: the button %q sends nothing", page, to.Name)
		case !inside:
			v.t.Errorf("%s: %q leads to %s", page, to.Name, to.URL)
		case to.Method == "post":
			v.seen.form(v.t, page, target)
		case target != page: // as the link over the header
			v.targets[target] = page
		}
	}
}

// status is that of a page for who has signed in with the tab.
func (b *tab) status(target string) int {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.site.path(target), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	cookies, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.site.path("")}})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range cookies.Cookies {
		request.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value}) //nolint:gosec // a request's has no attributes
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = response.Body.Close()
	if to := response.Header.Get("Location"); strings.Contains(to, "/sign-in") {
		b.t.Errorf("%s asks to sign in", target)
	}
	return response.StatusCode
}
