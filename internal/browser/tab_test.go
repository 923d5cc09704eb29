package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var (
	//go:embed page.js
	pageScript string
	//go:embed audit.js
	auditScript string
	//go:embed fit.js
	fitScript string
)

// tab is a tab of a browser that shares nothing with others. What it does, it
// does with the mouse and the keys, and finds controls by what they are called.
type tab struct {
	t     *testing.T
	site  *site
	ctx   context.Context
	watch *watch
	// keys says that it is used by the keyboard alone, still that its pages run no
	// scripts.
	keys, still bool
}

// option sets a tab up before it shows a page.
type option func(b *tab)

// withoutScripts switches the scripts of pages off.
func withoutScripts(b *tab) {
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.still = true
}

// byKeys leaves the mouse alone.
func byKeys(b *tab) { b.keys = true }

// inDark asks pages for their dark colours.
func inDark(b *tab) {
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
}

// window gives the tab another size, in CSS pixels, and so many dots a pixel.
func window(width, height int64, scale float64) option {
	return func(b *tab) { b.do(chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale))) }
}

// tab opens an empty tab.
func (s *site) tab(t *testing.T, options ...option) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, site: s, ctx: ctx, watch: &watch{host: strings.TrimPrefix(s.root, "http://")}}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	b.watch.begin(b)
	t.Cleanup(func() { b.watch.end(t) })
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	for _, set := range options {
		set(b)
	}
	return b
}

// run takes one step of a tab; one that fails tells what the page shows.
func run[T any](b *tab, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, step)
	if err != nil {
		b.fatal("%v", err)
	}
	return got
}

func (b *tab) do(step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	run(b, step)
}

// script evaluates an expression beside the functions of page.js. It fails on
// what the expression throws.
func script[T any](b *tab, expression string, arguments ...any) T {
	b.t.Helper()
	return run(b, chromedp.Evaluate[T](b.expression(expression, arguments...)))
}

func (b *tab) expression(expression string, arguments ...any) string {
	b.t.Helper()
	for i, value := range arguments {
		text, err := json.Marshal(value)
		if err != nil {
			b.t.Fatal(err)
		}
		arguments[i] = string(text)
	}
	return "(() => {" + pageScript + auditScript + fitScript + "\nreturn " + fmt.Sprintf(expression, arguments...) + ";\n})()"
}

// fatal ends the test and says what the tab showed.
func (b *tab) fatal(format string, arguments ...any) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + ": " + document.body.innerText.replace(/\s+/g, " ").slice(0, 1500)`))
	if err != nil {
		shown = err.Error()
	}
	b.t.Fatalf(format+"\nat %s", append(arguments, shown)...)
}

// visit types an address in; one without a host is a page of the console.
func (b *tab) visit(address string) {
	b.t.Helper()
	if !strings.HasPrefix(address, "http") {
		address = b.site.path(address)
	}
	b.do(chromedp.Navigate(address))
	b.loaded()
}

// loaded looks at a page that has loaded as somebody who cannot see it would, and at
// whether it fits the window.
func (b *tab) loaded() {
	b.t.Helper()
	for _, wrong := range script[[]string](b, "audit().concat(unfit())") {
		b.t.Errorf("%s: %s", b.address(), wrong)
	}
}

// address is the page that the tab is at, below the root of the console.
func (b *tab) address() string {
	b.t.Helper()
	page, _, _ := strings.Cut(run(b, chromedp.Location()), "#")
	return strings.TrimPrefix(page, b.site.path(""))
}

// spot is where a control is, scrolled into view.
type spot struct {
	X, Y float64
	Type string
}

func (b *tab) click(kind, name string) chromedp.Action[chromedp.Void] {
	b.t.Helper()
	at := script[spot](b, "spot(%s, %s)", kind, name)
	return chromedp.MouseClickXY(at.X, at.Y)
}

// leads takes a step that leads to another page, and waits until that is there.
func (b *tab) leads(step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	run(b, chromedp.WaitEvent(page.LoadEventFired, nil, step))
	b.loaded()
}

// use is how a link, a button or the like is used: clicked on or, by keys, gone to
// and entered.
func (b *tab) use(kind, name string) chromedp.Action[chromedp.Void] {
	b.t.Helper()
	if b.keys {
		b.reach(kind, name)
		return chromedp.KeyEvent(kb.Enter)
	}
	return b.click(kind, name)
}

// follow goes where a link leads.
func (b *tab) follow(name string) {
	b.t.Helper()
	b.leads(b.use("link", name))
}

// press uses a button that sends a form.
func (b *tab) press(name string) {
	b.t.Helper()
	b.leads(b.use("button", name))
}

// open uses the words that unfold a part of a page.
func (b *tab) open(summary string) {
	b.t.Helper()
	b.do(b.use("summary", summary))
}

// text is what the page says.
func (b *tab) text() string {
	b.t.Helper()
	return script[string](b, "text()")
}

// sees fails unless the page says some words.
func (b *tab) sees(words ...string) {
	b.t.Helper()
	text := b.text()
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.fatal("the page does not say %q", word)
		}
	}
}

// misses fails if the page says some words.
func (b *tab) misses(words ...string) {
	b.t.Helper()
	text := b.text()
	for _, word := range words {
		if strings.Contains(text, word) {
			b.fatal("the page says %q", word)
		}
	}
}

// awaits waits until the page says some words by itself or, without scripts, asks
// for it again until it does.
func (b *tab) awaits(word string) {
	b.t.Helper()
	if b.still {
		b.look(word)
		return
	}
	b.do(chromedp.Poll[chromedp.Void](b.expression("document.body.innerText.includes(%s)", word),
		chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience)))
}

// settles waits until a page that follows what is under way says some words, and
// loads it anew: what it adds at the end would move controls away under the mouse.
func (b *tab) settles(word string) {
	b.t.Helper()
	b.awaits(word)
	b.visit(b.address())
}

// rows are the cells of a table, found by its caption.
func (b *tab) rows(caption string) [][]string {
	b.t.Helper()
	return script[[][]string](b, "table(%s)", caption)
}

// column are the cells of one column of a table.
func (b *tab) column(caption string, at int) []string {
	b.t.Helper()
	var cells []string
	for _, row := range b.rows(caption) {
		if at < len(row) {
			cells = append(cells, row[at])
		}
	}
	return cells
}
