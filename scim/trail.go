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
	now    time.Time
}

// build renders the trail of one change. changes are the members of a JSON
// object {"path": [before, after]}; extra events follow the one of the verb.
func (b trail) build(verb string, changes, document []byte, password bool, decision *lifecycle.Decision) store.Trail {
	payload := b.payload(document)
	out := store.Trail{
		Audit: store.Audit{
			At: b.now, ActorKind: b.caller.Kind, ActorID: b.caller.ID, RequestID: b.caller.RequestID,
			Action: strings.ToLower(b.t.Name) + "." + verb, Changes: changes,
		},
		Events: []store.Event{{Type: "prov:" + verb, Payload: payload}},
	}
	if password && verb != "create" {
		out.Events = append(out.Events, store.Event{Type: "credential:change", Payload: b.payload(nil)})
	}
	if decision != nil && decision.From != decision.To && verb != "create" {
		switch {
		case decision.To == lifecycle.StatusActive:
			out.Events = append(out.Events, store.Event{Type: "prov:activate", Payload: b.payload(nil)})
		case decision.From == lifecycle.StatusActive:
			out.Events = append(out.Events, store.Event{Type: "prov:deactivate", Payload: b.payload(nil)})
		}
	}
	return out
}

// payload renders what an event says of its subject: where it is, and its
// document where the change carries one.
func (b trail) payload(document []byte) []byte {
	out := append(make([]byte, 0, len(document)+80), `{"uri":"`...)
	out = appendPath(out, b.t, b.id)
	out = append(out, '"')
	if document != nil {
		out = append(out, `,"data":`...)
		out = append(out, document...)
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
	if decision != nil && decision.Changed {
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
