// Package openapi owns the check of HTTP exchanges against an OpenAPI 3.1
// document. It serves tests alone: no program imports it.
package openapi
