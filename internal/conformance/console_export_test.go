package conformance

import (
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// TestConsoleExportsInAStillOrder: whatever a view is sorted by, its file is in the
// order in which users were made, which no change of a user moves anybody in.
func TestConsoleExportsInAStillOrder(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, _ *server, o *office, b *browser) {
		for _, name := range []string{"mia", "zoe", "ada"} {
			o.local(t, name)
		}
		for _, view := range []string{"", "&sort=userName", "&sort=userName&order=descending", "&sort=lastLogin", "&sort=modified&everything=on", "&activity=never"} {
			response, body := b.open(t, "/users/export?columns=userName"+view)
			shows(t, response, body, 200)
			mia, zoe, ada := strings.Index(body, "mia"), strings.Index(body, "zoe"), strings.Index(body, "ada")
			if mia < 0 || mia > zoe || zoe > ada {
				t.Errorf("%q: %q", view, body)
			}
		}
	})
}
