// Package scim owns the SCIM service provider: create, read, query, replace,
// patch, delete and bulk as use cases over the store, and the change of an
// account's state. It is the only writer of resources.
package scim
