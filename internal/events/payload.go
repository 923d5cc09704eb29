package events

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"rollcall/store"
)

// EventID names an event: the "jti" of its tokens and the id of its webhooks. It
// is the same at every receiver and attempt, so that who gets an event twice
// can tell.
func EventID(event store.OutboxRow) string {
	return uuid.NewSHA1(event.Subject.ID, fmt.Appendf(nil, "%d/%s/%d/%d/%s",
		event.Subject.Tenant, event.Subject.Type, event.Version, event.Position, event.Type)).String()
}

// transactionID is the same for all events of one change of a resource.
func transactionID(event store.OutboxRow) string {
	return uuid.NewSHA1(event.Subject.ID, fmt.Appendf(nil, "txn/%d/%s/%d", event.Subject.Tenant, event.Subject.Type, event.Version)).String()
}

// members are those of a JSON object, by name.
type members map[string]jsontext.Value

// content is what an event says.
type content struct {
	// uri is where its subject is, below the SCIM root.
	uri        string
	externalID string
	// data is nil where the event carries none.
	data jsontext.Value
	// attributes are the names of what changed, and removed those of them that
	// have no value any more. They are told where the event says so itself.
	attributes, removed []string
	told                bool
	// txn is set where the writer of the event names a transaction.
	txn string
	// rest are the other members, such as from, to and trigger.
	rest members
}

// readContent reads the payload of an event. What it does not know it keeps.
func readContent(payload []byte) (content, error) {
	read := content{rest: members{}}
	if err := json.Unmarshal(payload, &read.rest); err != nil {
		return content{}, err
	}
	for name, into := range map[string]any{
		"uri": &read.uri, "externalId": &read.externalID, "data": &read.data, "attributes": &read.attributes, "removed": &read.removed, "txn": &read.txn,
	} {
		if value, ok := read.rest[name]; ok {
			if err := json.Unmarshal(value, into); err != nil {
				return content{}, fmt.Errorf("%s: %w", name, err)
			}
			delete(read.rest, name)
		}
	}
	read.told = read.attributes != nil
	return read, read.fromData()
}

// fromData takes from the content of the resource what the event does not say
// itself.
func (c *content) fromData() error {
	if c.data.Kind() != '{' {
		c.data = nil
		return nil
	}
	var of members
	if err := json.Unmarshal(c.data, &of); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if c.externalID == "" {
		// Not a text: then there is none.
		_ = json.Unmarshal(of["externalId"], &c.externalID)
	}
	if c.attributes == nil {
		for name := range of {
			if name != "schemas" && name != "meta" {
				c.attributes = append(c.attributes, name)
			}
		}
		slices.Sort(c.attributes)
	}
	return nil
}
