// Package app owns the wiring: it turns a Config into a running server, and is
// the one place that names a storage backend.
package app
