package filter

import (
	"cmp"
	"strings"

	"rollcall/scim/schema"
)

func nonEmpty(v schema.Value) bool {
	switch v := v.(type) {
	case string:
		return v != ""
	case schema.List:
		for _, element := range v {
			if nonEmpty(element) {
				return true
			}
		}
		return false
	case *schema.Object:
		for _, value := range v.All() {
			if nonEmpty(value) {
				return true
			}
		}
		return false
	default:
		return v != nil
	}
}

// satisfies compares two keys. Keys of different types are not equal, and
// nothing else either.
func satisfies(op Op, value, wanted any) bool {
	switch op {
	case Equal:
		return value == wanted
	case NotEqual:
		return value != wanted
	}
	order := 0
	switch wanted := wanted.(type) {
	case string:
		text, ok := value.(string)
		if !ok {
			return false
		}
		switch op {
		case Contains:
			return strings.Contains(text, wanted)
		case StartsWith:
			return strings.HasPrefix(text, wanted)
		case EndsWith:
			return strings.HasSuffix(text, wanted)
		}
		order = strings.Compare(text, wanted)
	case float64:
		number, ok := value.(float64)
		if !ok {
			return false
		}
		order = cmp.Compare(number, wanted)
	default:
		return false
	}
	switch op {
	case Greater:
		return order > 0
	case GreaterOrEqual:
		return order >= 0
	case Less:
		return order < 0
	default:
		return order <= 0
	}
}
