// Package demo owns the invented company that a newcomer looks at: its people,
// what happened to their accounts over half a year, and how that is lived through
// by the same use cases as anything else.
package demo
