package admin

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/store"
)

// ConnectionChange is what may be said of a connection: its kind, empty to leave
// it, and some of its options by name. An option that is null is taken away.
type ConnectionChange struct {
	Kind    string
	Options map[string]json.RawMessage
}

// Apply changes a connection. What it cannot be like is an *validation.Error.
func (change *ConnectionChange) Apply(connection *store.Connection) error {
	if change.Kind != "" {
		if err := CheckKind(change.Kind); err != nil {
			return validation.Errorf("kind", "%v", err)
		}
		connection.Kind = change.Kind
	}
	merged, err := MergeOptions(connection.Options, change.Options)
	var options []byte
	if err == nil {
		options, err = json.Marshal(merged)
	}
	if err == nil {
		err = CheckOptions(options)
	}
	if err != nil {
		return validation.Errorf("options", "%v", err)
	}
	connection.Options = options
	return nil
}

// NewConnection is a connection that is not stored yet. What it cannot be like is
// an *validation.Error.
func NewConnection(tenant store.TenantID, name string, change ConnectionChange, at time.Time) (store.Connection, error) {
	if err := CheckConnectionName(name); err != nil {
		return store.Connection{}, validation.Errorf("name", "%v", err)
	}
	made := store.Connection{ID: uuid.Must(uuid.NewV7()), Tenant: tenant, Name: name, Kind: Kinds()[0], Created: at}
	return made, change.Apply(&made)
}
