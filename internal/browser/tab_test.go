package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
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
)

// tab is a tab of a browser that shares nothing with others. What it does, it
// does with the mouse and the keys, and finds controls by what they are called.
type tab struct {
	t     *testing.T
	site  *site
	ctx   context.Context
	watch *watch
}

// option sets a tab up before it shows a page.
type option func(b *tab)

// withoutScripts switches the scripts of pages off.
func withoutScripts(b *tab) {
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

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
	return "(() => {" + pageScript + auditScript + "\nreturn " + fmt.Sprintf(expression, arguments...) + ";\n})()"
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

// loaded looks at a page that has loaded as somebody who cannot see it would.
func (b *tab) loaded() {
	b.t.Helper()
	for _, wrong := range script[[]string](b, "audit()") {
		b.t.Errorf("%s: %s", b.address(), wrong)
	}
}

// address is where the tab is, below the root of the console.
func (b *tab) address() string {
	b.t.Helper()
	return strings.TrimPrefix(run(b, chromedp.Location()), b.site.path(""))
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

// follow clicks on a link.
func (b *tab) follow(name string) {
	b.t.Helper()
	b.leads(b.click("link", name))
}

// press clicks on a button that sends a form.
func (b *tab) press(name string) {
	b.t.Helper()
	b.leads(b.click("button", name))
}

// tick clicks on a box or a radio button, which is chosen then.
func (b *tab) tick(name string) {
	b.t.Helper()
	b.do(b.click("field", name))
	if !script[field](b, "about(%s)", name).Checked {
		b.fatal("%q is not ticked", name)
	}
}

// field is what there is to know of a field.
type field struct {
	Type, Value string
	Checked     bool
	Options     []string
	Chosen      int
}

// fill types a text into a field, in place of what is there; a day is written
// like 2030-01-31.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	about := script[field](b, "about(%s)", name)
	if about.Type != "date" {
		b.do(b.click("field", name))
	}
	script[bool](b, "take(%s)", name)
	typed := text
	if day, err := time.Parse(time.DateOnly, text); err == nil && about.Type == "date" {
		typed = day.Format("01022006")
	}
	if text == "" {
		typed = kb.Delete
	}
	b.do(chromedp.KeyEvent(typed))
	if got := script[field](b, "about(%s)", name).Value; got != text {
		b.fatal("%q holds %q, want %q", name, got, text)
	}
}

// choose chooses of a list by keys, as one does who does not open it.
func (b *tab) choose(name, option string) {
	b.t.Helper()
	about := script[field](b, "about(%s)", name)
	want := slices.Index(about.Options, option)
	if want < 0 {
		b.fatal("%q has no %q but %q", name, option, about.Options)
	}
	script[bool](b, "take(%s)", name)
	key := kb.ArrowDown
	if want < about.Chosen {
		key = kb.ArrowUp
	}
	for range max(want-about.Chosen, about.Chosen-want) {
		b.do(chromedp.KeyEvent(key))
	}
	if got := script[field](b, "about(%s)", name).Chosen; got != want {
		b.fatal("%q is at %d, want %d", name, got, want)
	}
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

// awaits waits until the page says some words by itself.
func (b *tab) awaits(word string) {
	b.t.Helper()
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
