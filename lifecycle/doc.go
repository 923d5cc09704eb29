// Package lifecycle owns the account states: the facts that are kept of an
// account, the one status that follows from them and the time, and what a
// command makes of them. It is pure: no I/O and no clock. STATES.md is the
// whole of it on one page.
package lifecycle
