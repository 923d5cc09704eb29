package requestid

import (
	"context"
	"strings"
	"testing"
)

func TestAccept(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "Root-1.2_3", strings.Repeat("x", 64)} {
		if got := Accept(good); got != good {
			t.Errorf("%q becomes %q", good, got)
		}
	}
	for _, bad := range []string{"", "a b", "a\nb", `"`, "ä", "a=b", strings.Repeat("x", 65)} {
		if got := Accept(bad); got == bad || !harmless(got) {
			t.Errorf("%q becomes %q", bad, got)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	if got := From(context.Background()); got != "" {
		t.Errorf("an empty context carries %q", got)
	}
	if got := From(With(context.Background(), "x")); got != "x" {
		t.Errorf("got %q", got)
	}
}
