// Package jobs owns the running of due work: a loop that claims what is due
// and lets it be done, and the runner and the sweeper of stored jobs on it.
package jobs
