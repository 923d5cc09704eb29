// Package schema owns the compiled, immutable resource types: what a schema
// document says of an attribute, look-up by name, the typed object that a
// request body becomes, its validation, its canonical JSON and its projection;
// the names of what a request may be normalised by and of what is demanded of
// it beyond the RFCs; and the definition of a type that a store remembers.
package schema
