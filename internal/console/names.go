package console

import (
	"strings"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// names are what ids in facts and audit rows stand for, for people.
type names struct {
	// sources are the names of what suspends and locks.
	sources admin.Sources
	// all are the connections that there are, connections what they are called.
	all         []store.Connection
	connections map[uuid.UUID]string
}

// names reads what connections and operators of the tenant are called.
func (c *call) names() (names, error) {
	if c.read != nil {
		return *c.read, nil
	}
	ctx, tenant := c.Request().Context(), c.identity.Tenant.ID
	connections, err := c.face.Store.Connections(ctx, tenant)
	if err != nil {
		return names{}, err
	}
	operators, err := c.face.Operators.List(ctx, tenant)
	if err != nil {
		return names{}, err
	}
	n := names{sources: admin.SourcesOf(connections), all: connections, connections: admin.ConnectionNames(connections)}
	if err := c.removed(n); err != nil {
		return names{}, err
	}
	for i := range operators {
		n.sources[actor(scim.KindOperator, operators[i].ID.String())] = operators[i].Name
	}
	c.read = &n
	return n, nil
}

// removed adds what operators were called who are none any more, as the trail has kept it.
func (c *call) removed(n names) error {
	found, err := c.face.Store.SearchAudit(c.Request().Context(), store.AuditSearch{
		Tenant: c.identity.Tenant.ID, Action: operator.Deleted, Limit: store.MaxAuditPage,
	})
	if err != nil {
		return err
	}
	for i := range found.Rows {
		if name := operator.NameDeleted(&found.Rows[i]); name != "" {
			n.sources[actor(scim.KindOperator, found.Rows[i].Subject.ID.String())] = name + " (removed)"
		}
	}
	return nil
}

// owner is what the connection is called that owns the profile of an account, empty
// for none.
func (n names) owner(found *scim.Explanation) string {
	if name := admin.Owner(n.all, found.Source, found.SourceClient); name != "" {
		return "connection " + name
	}
	return ""
}

// giver is who gave a role, empty where it is the administrators' or nobody's.
func (n names) giver(role scim.GivenRole) string {
	if role.Source == "" || role.Source == lifecycle.Administrators {
		return ""
	}
	return n.sources[role.Source]
}

// actor is who did something, as facts and audit rows name it.
func actor(kind, id string) string { return kind + ":" + id }

// who is what somebody is called who did something.
func (n names) who(kind, id string) string {
	if name, ok := n.sources[actor(kind, id)]; ok {
		return name
	}
	switch kind {
	case scim.KindSystem:
		return "Rollcall"
	case scim.KindUser:
		return "the owner of the account"
	case scim.KindCommand:
		return id + ", on the command line"
	case scim.KindOperator:
		if token, ok := strings.CutPrefix(id, "token:"); ok {
			return "token " + token
		}
		return "an operator who was removed (" + id + ")" // the trail keeps the name no longer
	}
	return actor(kind, id)
}

// origins are the words for the kinds of sources.
var origins = map[string]string{scim.SourceLocal: "Local", scim.SourceDirectory: "Directory sync", scim.SourceSCIM: "SCIM"}

// origin is where an account comes from.
func origin(source, client string) string {
	words, ok := origins[source]
	switch {
	case source == "":
		return "Local"
	case !ok:
		words = source
	}
	if client != "" {
		words += " (" + client + ")"
	}
	return words
}
