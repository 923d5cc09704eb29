// Package testpg owns throw-away PostgreSQL clusters: started on a free port,
// gone with the process, never the cluster that somebody works with.
package testpg
