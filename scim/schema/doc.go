// Package schema owns the compiled, immutable resource types: what a schema
// document says of an attribute, look-up by name, the typed object that a
// request body becomes, its validation, its canonical JSON and its projection.
package schema
