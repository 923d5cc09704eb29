package patch

import (
	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// handOver keeps "primary" with the one element that an operation gave it to
// (RFC 7644 section 3.5.2).
func handOver(a *schema.Attribute, list schema.List, chosen []int, given schema.Value) error {
	if !a.IsPrimary(given) || !a.MultiValued {
		return nil
	}
	if len(chosen) > 1 {
		return fault.New(fault.InvalidValue, "%s: at most one element may have primary true", a)
	}
	for i, element := range list {
		if i != chosen[0] && a.IsPrimary(element) {
			demote(a, element)
		}
	}
	return nil
}

func demote(a *schema.Attribute, element schema.Value) {
	if primary, ok := a.Primary(); ok {
		element.(*schema.Object).Set(primary, false)
	}
}
