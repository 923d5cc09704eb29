// Package api owns the HTTP face for administrators' scripts: the routes below
// /api/v1, their JSON and their problem documents (RFC 9457).
package api
