// Package lifecycle owns the account states: the facts that are kept of an
// account, the one status that follows from them, and what a command makes of
// them. It is pure: no I/O and no clock.
package lifecycle
