// Package auth owns who is calling: bearer tokens (RFC 6750), JWT access
// tokens (RFC 9068), and the scopes that they carry.
package auth
