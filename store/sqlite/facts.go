package sqlite

import (
	"database/sql"
	"fmt"

	"github.com/go-json-experiment/json"

	"rollcall/store"
)

// factColumns are the columns of facts in the order of factValues, but for
// their revision.
const factColumns = `status, reason, status_changed, later, state, source, source_client,
	valid_from, valid_until, suspended_until, locked_until, invite_expires, api_only, idle_from, idle_told, due`

// factAssignments end what was put off by Postpone: it was for the facts before.
const (
	factParameters  = `?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?`
	factAssignments = `facts_revision = facts_revision + 1, postponed = NULL, (` + factColumns + `) = (` + factParameters + `)`
)

func factValues(facts *store.Facts) []any {
	return []any{
		facts.Status, facts.Reason, optionalMicros(facts.StatusChanged), turns(facts.Later), optionalBytes(facts.State),
		optional(facts.Source), optional(facts.SourceClient), optionalMicros(facts.ValidFrom), optionalMicros(facts.ValidUntil),
		optionalMicros(facts.SuspendedUntil), optionalMicros(facts.LockedUntil), optionalMicros(facts.InviteExpires), facts.APIOnly,
		optionalMicros(facts.IdleFrom), optionalMicros(facts.IdleTold), optionalMicros(facts.Due),
	}
}

// turn is a store.Period in the column later. Changed is absent where it is zero.
type turn struct {
	At      int64  `json:"a"`
	Status  string `json:"s"`
	Reason  string `json:"r"`
	Changed *int64 `json:"c,omitzero"`
}

// turns is a JSON array, null where there are none.
func turns(later []store.Period) any {
	if len(later) == 0 {
		return nil
	}
	list := make([]turn, 0, len(later))
	for _, one := range later {
		next := turn{At: micros(one.At), Status: one.Status, Reason: one.Reason}
		if !one.Changed.IsZero() {
			next.Changed = new(micros(one.Changed))
		}
		list = append(list, next)
	}
	text, _ := json.Marshal(list) // texts that were checked cannot fail
	return string(text)
}

func readTurns(text []byte) ([]store.Period, error) {
	if text == nil {
		return nil, nil
	}
	var list []turn
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("turns: %w", err)
	}
	later := make([]store.Period, 0, len(list))
	for _, one := range list {
		next := store.Period{At: instant(one.At), Status: one.Status, Reason: one.Reason}
		if one.Changed != nil {
			next.Changed = instant(*one.Changed)
		}
		later = append(later, next)
	}
	return later, nil
}

// factRow receives the columns of facts that are read back.
type factRow struct {
	revision             int64
	status, reason       string
	changed              sql.NullInt64
	later, state         []byte
	source, sourceClient sql.NullString
}

const readFacts = `r.facts_revision, r.status, r.reason, r.status_changed, r.later, r.state, r.source, r.source_client`

func (r *factRow) into() []any {
	return []any{&r.revision, &r.status, &r.reason, &r.changed, &r.later, &r.state, &r.source, &r.sourceClient}
}

func (r *factRow) facts() (store.Facts, error) {
	later, err := readTurns(r.later)
	return store.Facts{
		Revision: r.revision, Status: r.status, Reason: r.reason, StatusChanged: optionalInstant(r.changed), Later: later,
		State: r.state, Source: r.source.String, SourceClient: r.sourceClient.String,
	}, err
}
