package postgres

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"rollcall/store"
)

// factNames are the columns of facts, but for their revision.
var factNames = []string{
	"status", "reason", "status_changed", "later", "state", "source", "source_client",
	"valid_from", "valid_until", "suspended_until", "locked_until", "invite_expires", "api_only", "idle_from", "idle_told", "due",
}

// factTypes are the types of factNames.
var factTypes = []string{
	"text", "text", "timestamptz", "jsonb", "text", "text", "text",
	"timestamptz", "timestamptz", "timestamptz", "timestamptz", "timestamptz", "boolean", "timestamptz", "timestamptz", "timestamptz",
}

// factArgs are the arguments for factNames.
func factArgs(facts *store.Facts) []any {
	return []any{
		facts.Status, facts.Reason, timeOrNull(facts.StatusChanged), turnsOrNull(facts.Later), textOrNull(facts.State),
		orNull(facts.Source), orNull(facts.SourceClient), timeOrNull(facts.ValidFrom), timeOrNull(facts.ValidUntil),
		timeOrNull(facts.SuspendedUntil), timeOrNull(facts.LockedUntil), timeOrNull(facts.InviteExpires), facts.APIOnly,
		timeOrNull(facts.IdleFrom), timeOrNull(facts.IdleTold), timeOrNull(facts.Due),
	}
}

// dateNames are the columns of facts that few accounts have when they are
// created, beside api_only; a create that has none of them names none.
var dateNames = []string{
	"status_changed", "later", "valid_from", "valid_until", "suspended_until", "locked_until", "invite_expires", "api_only", "idle_from", "idle_told",
}

func dated(facts *store.Facts) bool {
	return len(facts.Later) > 0 || facts.APIOnly || !facts.StatusChanged.IsZero() || !facts.ValidFrom.IsZero() || !facts.ValidUntil.IsZero() ||
		!facts.SuspendedUntil.IsZero() || !facts.LockedUntil.IsZero() || !facts.InviteExpires.IsZero() || !facts.IdleFrom.IsZero() ||
		!facts.IdleTold.IsZero()
}

// dateArgs are the arguments for dateNames.
func dateArgs(facts *store.Facts) []any {
	return []any{
		timeOrNull(facts.StatusChanged), turnsOrNull(facts.Later), timeOrNull(facts.ValidFrom), timeOrNull(facts.ValidUntil),
		timeOrNull(facts.SuspendedUntil), timeOrNull(facts.LockedUntil), timeOrNull(facts.InviteExpires), facts.APIOnly, timeOrNull(facts.IdleFrom),
		timeOrNull(facts.IdleTold),
	}
}

// turn is a store.Period in the column later.
type turn struct {
	// At and Changed are in microseconds since 1970, so that a query compares
	// them as numbers; Changed is absent where it is zero.
	At      int64  `json:"a"`
	Status  string `json:"s"`
	Reason  string `json:"r"`
	Changed *int64 `json:"c,omitzero"`
}

func turnsOrNull(later []store.Period) []byte {
	if len(later) == 0 {
		return nil
	}
	turns := make([]turn, len(later))
	for i, one := range later {
		turns[i] = turn{At: one.At.UnixMicro(), Status: one.Status, Reason: one.Reason}
		if !one.Changed.IsZero() {
			turns[i].Changed = new(one.Changed.UnixMicro())
		}
	}
	text, _ := json.Marshal(turns) // texts that were checked cannot fail
	return text
}

func readTurns(text []byte) ([]store.Period, error) {
	var turns []turn
	if err := json.Unmarshal(text, &turns); err != nil {
		return nil, fmt.Errorf("turns: %w", err)
	}
	later := make([]store.Period, len(turns))
	for i, one := range turns {
		later[i] = store.Period{At: time.UnixMicro(one.At).UTC(), Status: one.Status, Reason: one.Reason}
		if one.Changed != nil {
			later[i].Changed = time.UnixMicro(*one.Changed).UTC()
		}
	}
	return later, nil
}
