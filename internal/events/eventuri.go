package events

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	scimEvent = "urn:ietf:params:scim:event:"
	caepEvent = "https://schemas.openid.net/secevent/caep/event-type/"
	riscEvent = "https://schemas.openid.net/secevent/risc/event-type/"
	ownEvent  = "urn:rollcall:params:event:"

	verificationEvent = "https://schemas.openid.net/secevent/ssf/event-type/verification"
)

// withContent are the types that exist as full and as notice (RFC 9967 section
// 2.4); plain are those that carry nothing.
var (
	withContent = []string{"prov:create", "prov:put", "prov:patch"}
	plain       = []string{"prov:delete", "prov:activate", "prov:deactivate", "feed:add", "feed:remove"}
)

// tokenEvent is the URI of an event and what a token says under it.
func tokenEvent(typ string, read *content, form string, at time.Time) (string, any) {
	family, name, _ := strings.Cut(typ, ":")
	switch {
	case typ == "prov:patch":
		if patch := read.patch(); form != FormNotice && patch != nil {
			return uriOf(typ) + ":full", map[string]any{"data": patch}
		}
		return uriOf(typ) + ":notice", notice(read)
	case slices.Contains(withContent, typ):
		// Exactly one of data and attributes is there.
		if form != FormNotice && read.data != nil {
			return uriOf(typ) + ":full", members{"data": read.data}
		}
		return uriOf(typ) + ":notice", notice(read)
	case slices.Contains(plain, typ):
		return uriOf(typ), members{}
	case family == "caep":
		return uriOf(typ), caep(name, read, at)
	case typ == "credential:change":
		return caepEvent + "credential-change", caep("credential-change", read, at)
	}
	return uriOf(typ), read.said()
}

func notice(read *content) map[string][]string {
	return map[string][]string{"attributes": append([]string{}, read.attributes...)}
}

// said is all that an event says beside its subject.
func (c *content) said() members {
	out := members{}
	for name, value := range c.rest {
		out[name] = value
	}
	var of members
	if json.Unmarshal(c.data, &of) == nil {
		for name, value := range of {
			out[name] = value
		}
	}
	return out
}

// caep adds what CAEP 1.0 asks for where the event does not say it.
func caep(name string, read *content, at time.Time) members {
	out := read.said()
	needs := members{"event_timestamp": jsontext.Value(strconv.FormatInt(at.Unix(), 10)), "initiating_entity": jsontext.Value(`"system"`)}
	if name == "credential-change" {
		needs["credential_type"], needs["change_type"] = jsontext.Value(`"password"`), jsontext.Value(`"update"`)
	}
	for key, value := range needs {
		if _, said := out[key]; !said {
			out[key] = value
		}
	}
	return out
}
