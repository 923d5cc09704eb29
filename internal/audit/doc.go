// Package audit owns the form in which the audit trail leaves the server: whole
// walks of it, as JSON lines and as CSV (docs/audit.md).
package audit
