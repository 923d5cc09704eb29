package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"rollcall/internal/testpg"
)

// patience is how long the browser may take for one step. Steps wait for what
// they need and take as long as that takes: this is for what never comes.
const patience = 90 * time.Second

func TestMain(m *testing.M) {
	status := testpg.Main(m)
	process.Lock()
	if process.cancel != nil {
		process.cancel()
	}
	process.Unlock()
	os.Exit(status)
}

// process is the one browser of all tests, started by the first that asks.
var process struct {
	sync.Mutex
	ctx    context.Context
	cancel context.CancelFunc
	err    error
}

// chromium starts the browser. A missing one fails the test: a console that
// nobody looked at is a defect.
func chromium(t *testing.T) context.Context {
	t.Helper()
	process.Lock()
	defer process.Unlock()
	if process.ctx == nil && process.err == nil {
		process.ctx, process.cancel, process.err = startChromium()
	}
	if process.err != nil {
		t.Fatalf("browser: %v", process.err)
	}
	return process.ctx
}

func startChromium() (context.Context, context.CancelFunc, error) {
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, nil, errors.New("no chromium in PATH (`make test` installs it)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-US"),
		// Nothing may move under the mouse.
		chromedp.Flag("force-prefers-reduced-motion", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("no-proxy-server", true), chromedp.WindowSize(1280, 900),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	end := func() { cancel(); stop() }
	if err := chromedp.Do(ctx); err != nil {
		end()
		return nil, nil, err
	}
	return ctx, end, nil
}
