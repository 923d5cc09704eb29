// Package profile owns how strictly a connection is served: the named sets of
// normalisations and demands, and how the options of a connection choose them.
package profile
