package scim

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// trail builds what a change leaves behind: its audit row and its events.
type trail struct {
	caller *Caller
	t      *schema.ResourceType
	id     uuid.UUID
	// externalID is the client's identifier, by which receivers of events know
	// the resource; may be empty.
	externalID string
	now        time.Time
}

// build renders the trail of one change of a resource; what the decision tells
// follows the event of the verb.
func (b trail) build(verb string, changes []byte, seen content, names changed, password bool, decision *lifecycle.Decision) store.Trail {
	out := store.Trail{
		Audit:  b.audit(verb, "", changes),
		Events: []store.Event{{Type: "prov:" + verb, Payload: b.payload(said{content: seen, changed: names})}},
	}
	if decision != nil {
		out.Events = append(out.Events, b.events(decision)...)
	} else if password && verb != "create" {
		out.Events = append(out.Events, b.event(lifecycle.EventCredentialChange, said{}))
	}
	return out
}

func (b trail) audit(action, reason string, changes []byte) store.Audit {
	return store.Audit{
		At: b.now, ActorKind: b.caller.Kind, ActorID: b.caller.ID, RequestID: b.caller.RequestID,
		Action: strings.ToLower(b.t.Name) + "." + action, Reason: reason, Changes: changes,
	}
}

// events are those of a decision, but for creation and deletion: these are told
// with the document.
func (b trail) events(decision *lifecycle.Decision) []store.Event {
	var out []store.Event
	for i := range decision.Events {
		event := &decision.Events[i]
		if event.Kind != lifecycle.EventCreate && event.Kind != lifecycle.EventDelete {
			out = append(out, b.event(event.Kind, said{change: &event.Change}))
		}
	}
	return out
}

// event is what a decision tells.
func (b trail) event(kind lifecycle.EventKind, s said) store.Event {
	if strings.HasPrefix(string(kind), "caep:") {
		s.initiator = b.initiator()
	}
	return store.Event{Type: string(kind), Payload: b.payload(s)}
}

// initiator is who set off a change, as CAEP 1.0 section 2 says it.
func (b trail) initiator() string {
	switch b.caller.Kind {
	case KindUser:
		return "user"
	case KindSystem:
		return "system"
	}
	return "admin"
}

// returned are the events of a resource that is there again: made anew for those
// who forgot it, and in the feed although it is no new one (RFC 9967 section 2.3)
// for those who remember.
func (b trail) returned(seen content) []store.Event {
	return []store.Event{
		{Type: "prov:create", Payload: b.payload(said{content: seen})},
		{Type: "feed:add", Payload: b.payload(said{})},
	}
}

// said is what an event says beside its subject, each where there is any.
type said struct {
	content
	changed

	change *lifecycle.Change
	// initiator is told by events of CAEP.
	initiator string
}

// payload renders what an event says of its subject: where it is, the transaction
// that it belongs to (RFC 9967 section 2.2), its document and what of it changed,
// and the change of status that it tells of.
func (b trail) payload(s said) []byte {
	out := append(make([]byte, 0, len(s.document)+160), `{"uri":"`...)
	out = appendPath(out, b.t, b.id)
	out = append(out, '"')
	if b.externalID != "" {
		out = appendQuoted(append(out, `,"externalId":`...), b.externalID)
	}
	if b.caller.RequestID != "" {
		out = appendQuoted(append(out, `,"txn":`...), b.caller.RequestID)
	}
	out = appendNames(out, `,"attributes":`, s.names)
	out = appendNames(out, `,"removed":`, s.removed)
	if s.document != nil {
		out = s.content.append(append(out, `,"data":`...))
	}
	if s.change != nil {
		out = appendInstant(out, "at", s.change.At)
		out = appendWord(out, "from", string(s.change.From))
		out = appendWord(out, "to", string(s.change.To))
		out = appendWord(out, "trigger", string(s.change.Trigger))
	}
	if s.initiator != "" {
		out = appendWord(out, "initiating_entity", s.initiator)
	}
	return append(out, '}')
}

func appendNames(out []byte, member string, names []string) []byte {
	for i, name := range names {
		if i == 0 {
			out = append(append(out, member...), '[')
		} else {
			out = append(out, ',')
		}
		out = appendQuoted(out, name)
	}
	if len(names) > 0 {
		out = append(out, ']')
	}
	return out
}
