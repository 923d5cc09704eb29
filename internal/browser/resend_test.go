package browser

import (
	"strings"
	"testing"

	"rollcall/internal/operator"
)

// deliveriesAreSentAgain: of the events that a receiver has refused one is sent
// again, then all the others, and each arrives once more.
func deliveriesAreSentAgain(t *testing.T, s *site) {
	made := s.ask(t, 201, "POST", "/receivers", map[string]any{"name": "ledger", "kind": "set-poll", "events": []string{"prov:create"}})
	polled := "/receivers/" + made["id"].(string) + "/poll"
	for _, name := range []string{"Ada Lovelace", "Alan Turing", "Grace Hopper"} {
		s.user(t, name)
	}
	refused := map[string]any{}
	for range 1000 { // an event is numbered a moment after its commit
		for name := range s.ask(t, 200, "POST", polled, map[string]any{"maxEvents": 10, "returnImmediately": true})["sets"].(map[string]any) {
			refused[name] = map[string]any{"err": "invalid_request", "description": "the ledger is closed"}
		}
		if len(refused) == 3 {
			break
		}
	}
	s.ask(t, 200, "POST", polled, map[string]any{"maxEvents": 0, "returnImmediately": true, "setErrs": refused})

	b := s.signIn(t, operator.Owner)
	b.follow("Webhooks")
	b.follow("ledger")
	states := func(want string) {
		t.Helper()
		if got := strings.Join(b.column("What became of events", 3), " "); got != want {
			t.Errorf("the deliveries are %q, want %q", got, want)
		}
	}
	states("failed failed failed")
	b.sees("refused: invalid_request")
	b.choose("State", "failed")
	b.press("Show")
	b.press("Send event " + script[string](b, `document.querySelectorAll("main input[name=position]")[1].value`) + " again")
	b.sees("The event is sent again.")
	states("failed pending failed")
	b.press("Send all of them again")
	b.sees("What was given up is sent again.")
	states("pending pending pending")
	b.misses("Some events were given up.")
	if again := s.ask(t, 200, "POST", polled, map[string]any{"maxEvents": 10})["sets"].(map[string]any); len(again) != 3 {
		t.Errorf("%d events came again", len(again))
	}
	b.choose("State", "failed")
	b.press("Show")
	b.sees("Nothing.")
}
