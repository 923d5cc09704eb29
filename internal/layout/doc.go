// Package layout owns the direction of dependency: its test holds every import
// of the module against one table.
package layout
