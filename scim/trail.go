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

// build renders the trail of one change of a resource. changes are the members
// of a JSON object {"path": [before, after]}; what the decision tells follows
// the event of the verb. What is only noted is no event.
func (b trail) build(verb string, changes, document []byte, password bool, decision *lifecycle.Decision, noted bool) store.Trail {
	out := store.Trail{Audit: b.audit(verb, "", changes)}
	if !noted {
		out.Events = append(out.Events, store.Event{Type: "prov:" + verb, Payload: b.payload(document, nil)})
	}
	if decision != nil {
		out.Events = append(out.Events, b.events(decision)...)
	} else if password && verb != "create" {
		out.Events = append(out.Events, store.Event{Type: string(lifecycle.EventCredentialChange), Payload: b.payload(nil, nil)})
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
			out = append(out, store.Event{Type: string(event.Kind), Payload: b.payload(nil, &event.Change)})
		}
	}
	return out
}

// payload renders what an event says of its subject: where it is, its document
// where the change carries one, and the change of status that it tells of.
func (b trail) payload(document []byte, change *lifecycle.Change) []byte {
	out := append(make([]byte, 0, len(document)+160), `{"uri":"`...)
	out = appendPath(out, b.t, b.id)
	out = append(out, '"')
	if b.externalID != "" {
		out = appendQuoted(append(out, `,"externalId":`...), b.externalID)
	}
	if document != nil {
		out = append(out, `,"data":`...)
		out = append(out, document...)
	}
	if change != nil {
		out = appendInstant(out, "at", change.At)
		out = appendWord(out, "from", string(change.From))
		out = appendWord(out, "to", string(change.To))
		out = appendWord(out, "trigger", string(change.Trigger))
	}
	return append(out, '}')
}

// visibleDocument is the document as it may leave the resource: without what is
// never returned.
func visibleDocument(t *schema.ResourceType, id uuid.UUID, object *schema.Object, document []byte) []byte {
	if t.Verbatim() {
		return document // there is nothing to leave out
	}
	return t.AppendDocument(nil, id.String(), object.Visible())
}

// changesBetween lists the attributes at the top level and in extensions that
// differ, as a JSON object {"path": [before, after]}. The password is named
// without its value; members are recorded by the store.
func changesBetween(before, after *schema.Object, password bool, decision *lifecycle.Decision, types *schema.ResourceType) []byte {
	out := append(make([]byte, 0, 256), '{')
	add := func(path string, from, to schema.Value) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = appendQuoted(out, path)
		out = append(out, ':', '[')
		out = schema.AppendJSON(out, from)
		out = append(out, ',')
		out = schema.AppendJSON(out, to)
		out = append(out, ']')
	}
	for _, a := range types.Attributes() {
		from, to := before.Get(a), after.Get(a)
		switch {
		case a.Computed != schema.Stored || schema.Equal(from, to):
		case a.Extension:
			fromObject, _ := from.(*schema.Object)
			toObject, _ := to.(*schema.Object)
			for _, sub := range a.Sub {
				addVisible(add, sub, fromObject.Get(sub), toObject.Get(sub))
			}
		default:
			addVisible(add, a, from, to)
		}
	}
	if password {
		add(types.Password.Name, nil, nil)
	}
	if decision != nil && decision.From != decision.To {
		add("status", string(decision.From), string(decision.To))
	}
	return append(out, '}')
}

// addVisible leaves the values of secret attributes out.
func addVisible(add func(string, schema.Value, schema.Value), a *schema.Attribute, from, to schema.Value) {
	switch {
	case schema.Equal(from, to):
	case a.Returned == schema.Never:
		add(a.Path(), nil, nil)
	default:
		add(a.Path(), visible(from), visible(to))
	}
}

func visible(v schema.Value) schema.Value {
	if v == nil {
		return nil
	}
	return schema.VisibleValue(v)
}
