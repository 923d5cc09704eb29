package browser

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/chromedp/chromedp"
)

var gallery = flag.String("gallery", "", "directory that pictures of all pages are written to, in each look")

var unnamed = regexp.MustCompile(`([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})|[^a-z0-9]+`)

// photograph takes the whole page that is shown, where -gallery asks for it.
func (b *tab) photograph(look, name string) {
	b.t.Helper()
	if *gallery == "" {
		return
	}
	file := strings.Trim(unnamed.ReplaceAllString(strings.ToLower(name), "-"), "-")
	directory := filepath.Join(*gallery, unnamed.ReplaceAllString(look, "-"))
	if err := os.MkdirAll(directory, 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, file+".png"), run(b, chromedp.FullScreenshot(100)), 0o600); err != nil {
		b.t.Fatal(err)
	}
}
