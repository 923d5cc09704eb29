package console

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// notes are what administrators note on a user.
type notes struct {
	// Contact is who answers for the account: the id of a user, or what another
	// system calls it; ContactName is what people call it.
	Contact, ContactName string
	// Purpose is what the account is for.
	Purpose string
	Tags    []string
}

func readNotes(sent url.Values) notes {
	return notes{typed(sent.Get("contact")), typed(sent.Get("contactName")), typed(sent.Get("purpose")), lines(sent.Get("tags"))}
}

// TagLines are the tags as the form has them.
func (n *notes) TagLines() string { return strings.Join(n.Tags, "\n") }

// storedNotes reads them from the extension of a resource, which may be absent.
func storedNotes(extension json.RawMessage) (notes, error) {
	var stored struct {
		Purpose       string
		Tags          []string
		LinkedContact struct{ Value, Display string }
	}
	if len(extension) > 0 {
		if err := json.Unmarshal(extension, &stored); err != nil {
			return notes{}, err
		}
	}
	return notes{stored.LinkedContact.Value, stored.LinkedContact.Display, stored.Purpose, stored.Tags}, nil
}

// extension is what a new user has of them.
func (n *notes) extension() map[string]any {
	body, contact := map[string]any{}, map[string]string{}
	for name, value := range map[string]string{"value": n.Contact, "display": n.ContactName} {
		if value != "" {
			contact[name] = value
		}
	}
	if len(contact) > 0 {
		body["linkedContact"] = contact
	}
	if n.Purpose != "" {
		body["purpose"] = n.Purpose
	}
	if len(n.Tags) > 0 {
		body["tags"] = n.Tags
	}
	return body
}

// noteDifference are the operations that make the notes after of those before.
func noteDifference(before, after *notes) []operation {
	var operations []operation
	for _, text := range []struct{ path, was, is string }{
		{"linkedContact.value", before.Contact, after.Contact}, {"linkedContact.display", before.ContactName, after.ContactName}, {"purpose", before.Purpose, after.Purpose},
	} {
		switch path := lifecycleURN + text.path; {
		case typed(text.was) == text.is:
		case text.is == "":
			operations = append(operations, operation{"op": "remove", "path": path})
		default:
			operations = append(operations, operation{"op": "replace", "path": path, "value": text.is})
		}
	}
	for _, tag := range before.Tags {
		if !slices.Contains(after.Tags, typed(tag)) {
			operations = append(operations, operation{"op": "remove", "path": lifecycleURN + "tags[value eq " + filter.Quote(tag) + "]"})
		}
	}
	var added []string
	for _, tag := range after.Tags {
		if !slices.ContainsFunc(before.Tags, func(had string) bool { return typed(had) == tag }) {
			added = append(added, tag)
		}
	}
	if len(added) > 0 {
		operations = append(operations, operation{"op": "add", "path": lifecycleURN + "tags", "value": added})
	}
	return operations
}

// extensionIn is the lifecycle extension of a resource, nil for none.
func extensionIn(resource []byte) (json.RawMessage, error) {
	var parts map[string]json.RawMessage
	err := json.Unmarshal(resource, &parts)
	return parts[schema.LifecycleURN], err
}
