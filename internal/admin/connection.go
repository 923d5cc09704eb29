package admin

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/basis"
	"rollcall/internal/validation"
	"rollcall/store"
)

// ConnectionChange is what may be said of a connection: its kind, empty to leave
// it, and some of its options by name. An option that is null is taken away.
type ConnectionChange struct {
	Kind    string
	Options map[string]json.RawMessage
}

// Apply changes a connection. What it cannot be like is a *validation.Error.
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
// a *validation.Error.
func NewConnection(tenant store.TenantID, name string, change ConnectionChange, at time.Time) (store.Connection, error) {
	if err := CheckConnectionName(name); err != nil {
		return store.Connection{}, validation.Errorf("name", "%v", err)
	}
	made := store.Connection{ID: uuid.Must(uuid.NewV7()), Tenant: tenant, Name: name, Kind: Kinds()[0], Created: at}
	return made, change.Apply(&made)
}

// CreateConnection stores a new connection with the row that tells of it. A
// *validation.TakenError for a name that another connection of the tenant has.
func CreateConnection(ctx context.Context, connections store.Connections, made store.Connection, trail store.Audit) error {
	trail.Action, trail.At = "connection.create", made.Created
	err := connections.CreateConnection(ctx, made, trail)
	if errors.Is(err, store.ErrUniqueness) {
		return &validation.TakenError{Field: "name", Problem: "another connection has this name"}
	}
	return err
}

// ConnectionVersion stands for how a connection is: another one once its kind or its
// options are others. A form says by it what it was filled from.
func ConnectionVersion(of *store.Connection) string {
	return basis.Of(of.Kind, string(of.Options))
}

// UpdateConnection changes a connection from what it was read as, with the row
// that tells of it. store.ErrVersion where somebody else has changed it since, and
// store.ErrNotFound.
func UpdateConnection(ctx context.Context, connections store.Connections, before, after store.Connection, trail store.Audit) error {
	trail.Action = "connection.update"
	return connections.UpdateConnection(ctx, before, after, trail)
}
