// Package layout owns the direction of dependency: its test holds every import
// of the module against the table of ARCHITECTURE.md.
package layout
