package scim

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// impersonal are the members of an event that say nothing of a person: where the
// resource was, that something happened, to which attributes and in which
// request. The rest of what trail.payload renders goes with a purge.
var impersonal = []string{"uri", "txn", "attributes", "removed", "at", "from", "to", "trigger"}

// erasedEvent is what is left of the payload of an event about a purged
// resource: a notice (RFC 9967 section 2.4), which names what the document held.
func erasedEvent(payload []byte) []byte {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(payload, &members); err != nil {
		return []byte("{}") // nobody could read it anyway
	}
	if _, told := members["attributes"]; !told {
		if names := namesIn(members["data"]); len(names) > 0 {
			// Texts can always be marshalled.
			members["attributes"], _ = json.Marshal(names)
		}
	}
	personal := false
	for name := range members {
		if !slices.Contains(impersonal, name) {
			personal = true
			delete(members, name)
		}
	}
	if !personal {
		return payload
	}
	left, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		return []byte("{}")
	}
	return left
}

// namesIn are the names of the attributes of a document, in their order.
func namesIn(document jsontext.Value) []string {
	var of map[string]jsontext.Value
	if document == nil || json.Unmarshal(document, &of) != nil {
		return nil
	}
	var names []string
	for name := range of {
		if name != "schemas" && name != "meta" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
