package events

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const patchURN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// patchMessage is the data of a prov:patch:full event (RFC 9967 section 2.4.2): a
// PATCH that leads to the resource as it now is.
type patchMessage struct {
	Schemas    []string         `json:"schemas"`
	Operations []patchOperation `json:"Operations"`
}

type patchOperation struct {
	Op    string         `json:"op"`
	Path  string         `json:"path"`
	Value jsontext.Value `json:"value,omitzero"`
}

// patch is nil where the event does not say enough for one: a password, say, or
// members, which are named without their values.
func (c *content) patch() *patchMessage {
	var of members
	if !c.told || c.data == nil || json.Unmarshal(c.data, &of) != nil {
		return nil
	}
	message := &patchMessage{Schemas: []string{patchURN}}
	for _, name := range c.attributes {
		value, there := valueAt(of, name)
		switch {
		case there:
			message.Operations = append(message.Operations, patchOperation{"replace", name, value})
		case slices.Contains(c.removed, name):
			message.Operations = append(message.Operations, patchOperation{Op: "remove", Path: name})
		default:
			return nil
		}
	}
	if len(message.Operations) == 0 {
		return nil
	}
	return message
}

// valueAt finds what a path names: an attribute at the top level, or one of an
// extension behind its URN.
func valueAt(of members, path string) (jsontext.Value, bool) {
	if value, ok := of[path]; ok {
		return value, true
	}
	for urn, extension := range of {
		name, inside := strings.CutPrefix(path, urn+":")
		if !inside || extension.Kind() != '{' {
			continue
		}
		var within members
		if json.Unmarshal(extension, &within) == nil && within[name] != nil {
			return within[name], true
		}
	}
	return nil, false
}
