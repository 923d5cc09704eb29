// Package operator owns the people who administer a tenant in the console: their
// roles and what these allow, the links by which they sign in, their sessions.
package operator
