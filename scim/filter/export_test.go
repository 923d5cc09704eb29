package filter

import "rollcall/scim/schema"

// Match evaluates a filter over what the object holds.
func Match(f Filter, object *schema.Object) bool { return MatchElement(f, nil, object) }
