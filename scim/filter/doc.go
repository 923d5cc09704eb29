// Package filter owns filter and path text (RFC 7644 sections 3.4.2.2, 3.5.2
// and 3.10): parsing, binding to a resource type, in-memory match.
package filter
