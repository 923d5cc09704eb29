// Package conformance owns the tests at the outside: a whole server on each
// store, spoken to over HTTP as identity providers, scripts and attackers do.
package conformance
