package browser

import (
	"testing"

	"rollcall/internal/operator"
)

// connectionsAreSetUp: a connection is added, gets a token that works and options
// that count, its token is revoked, and its guard allows more for a time.
func connectionsAreSetUp(t *testing.T, s *site) {
	b := s.signIn(t, operator.Owner)
	b.follow("Connections")
	b.fill("Name", "hr")
	b.choose("Kind", "Microsoft Entra ID")
	b.press("Add")
	b.sees("The connection was added.", "Microsoft Entra ID")
	b.fill("Ends", "90d")
	b.press("Make a token")
	b.sees("It is shown this once")
	hr := &site{root: s.root, token: script[string](b, `document.querySelector("pre").innerText.trim()`)}
	hr.scim(t, 200, "GET", "/Users", nil)
	b.follow("Tokens")
	b.misses("It is shown this once")

	b.follow("Options")
	b.follow("a token of this connection")
	b.follow("Options")
	b.choose("booleanStrings", "Refuse")
	b.press("Save")
	b.sees("The connection was changed.")
	if got := script[field](b, "about(%s)", "booleanStrings"); got.Options[got.Chosen] != "Refuse" {
		t.Errorf("the option is %+v", got)
	}

	b.follow("Mass guard")
	b.fill("Removals beyond the limit", "25")
	b.press("Allow")
	b.sees("More removals are allowed for a time.", "25 more until")
	b.press("Block")
	b.sees("Blocked")
	b.press("End the block")
	b.misses("Blocked until")

	b.follow("Tokens")
	b.follow("Revoke rc_")
	b.press("Revoke the token")
	b.sees("The token was revoked.", "Revoked")
}
