package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watch is what a tab did that people do not see: messages of the console of the
// browser, what the policy of a page forbade, requests to another host, answers
// that failed.
type watch struct {
	// host is that of the server, provider that of the OpenID provider, if any.
	host, provider string

	mu    sync.Mutex
	wrong []string
	// status is that of the last page, method and path are how it was asked for.
	status       int64
	method, path string
}

// call sends a command to the tab.
func call[P, R any](b *tab, command cdp.Command[P, R], parameters P) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, command, parameters); err != nil {
		b.t.Fatal(err)
	}
}

func (w *watch) begin(b *tab) {
	b.t.Helper()
	if err := chromedp.Listen(b.ctx, w.see); err != nil {
		b.t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, audits.Enable, cdp.Empty{})
}

// see is called in the order of the events.
func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		w.note("console.%s: %s", e.Type, e.Args[0].Value)
	case *runtime.EventExceptionThrown:
		w.note("exception: %+v", e.ExceptionDetails)
	case *log.EventEntryAdded:
		// Answers are judged by their status below; verbose are recommendations.
		if e.Entry.Source != log.EntrySourceNetwork && e.Entry.Level != log.EntryLevelVerbose {
			w.note("log: %s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text)
		}
	case *audits.EventIssueAdded:
		// Generic issues are hints about filling forms in.
		if e.Issue.Code != audits.InspectorIssueCodeGenericIssue {
			details, err := json.Marshal(e.Issue.Details)
			w.note("issue: %s %s %v", e.Issue.Code, details, err)
		}
	case *network.EventRequestWillBeSent:
		// The browser draws its own controls with data.
		if to, err := url.Parse(e.Request.URL); err != nil || to.Host != w.host && (to.Host != w.provider || w.provider == "") && to.Scheme != "data" {
			w.note("a request to %s", e.Request.URL)
		} else if e.Type == network.ResourceTypeDocument {
			w.method, w.path = e.Request.Method, to.EscapedPath()
		}
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			w.status = e.Response.Status
		}
		if e.Response.Status >= 500 || e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument {
			w.note("%s: status %d", e.Response.URL, e.Response.Status)
		}
	}
}

func (w *watch) note(format string, arguments ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, arguments...))
}

// answered is the status of the last page.
func (w *watch) answered() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

// asked is how the last page was asked for.
func (w *watch) asked() (method, path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.method, w.path
}

// end fails the test for everything that was seen.
func (w *watch) end(t *testing.T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, wrong := range w.wrong {
		t.Error(wrong)
	}
}
