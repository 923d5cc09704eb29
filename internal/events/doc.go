// Package events owns the delivery of what is committed to who wants to know:
// it numbers the outbox, calls receivers by webhook or with security event
// tokens (RFC 8417), answers those that poll, and keeps their settings.
package events
