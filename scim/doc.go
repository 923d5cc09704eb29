// Package scim owns the SCIM service provider: create, read, query, replace,
// patch, delete and bulk as use cases over the store, with the change of an
// account's state that "active" asks for. It is the only writer of resources.
package scim
