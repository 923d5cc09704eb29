package console

import (
	"testing"

	"rollcall/store"
)

// TestWhyLeftIsSaid: of each reason for which a body is not kept its page has words.
func TestWhyLeftIsSaid(t *testing.T) {
	t.Parallel()
	for _, why := range store.WhysLeft() {
		if whyLeft[why] == "" || shown(&store.LoggedBody{Left: why}) != whyLeft[why] {
			t.Errorf("%s: %q", why, shown(&store.LoggedBody{Left: why}))
		}
	}
}
