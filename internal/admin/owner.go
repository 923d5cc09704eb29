package admin

import (
	"slices"

	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/store"
)

// ConnectionNames are what connections are called, by id.
func ConnectionNames(connections []store.Connection) map[uuid.UUID]string {
	names := make(map[uuid.UUID]string, len(connections))
	for i := range connections {
		names[connections[i].ID] = connections[i].Name
	}
	return names
}

// Owner is the name of the connection that an account of some source comes from,
// empty for none. It owns the profile: what others change of it, its next run may
// change back. One that there is no more owns nothing.
func Owner(connections []store.Connection, source, client string) string {
	there := slices.ContainsFunc(connections, func(c store.Connection) bool { return c.Name == client })
	if source == scim.SourceLocal || !there {
		return ""
	}
	return client
}
