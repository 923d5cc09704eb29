// Package admin owns what administrators can do, whatever face they come from:
// the actions on accounts by name, the words for how an account stands, and the
// rules for tenants, connections and tokens.
package admin
