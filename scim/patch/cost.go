package patch

import (
	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// maxWork bounds the elements that one request may look at, so that many
// operations on many elements cannot take the server's time.
const maxWork = 5_000_000

func (p *patcher) spend(work int) error {
	if p.work += work; p.work > maxWork {
		return fault.Plain(413, "the operations of this request look at too many values; send fewer at a time")
	}
	return nil
}

// weight is the cost of looking at a value: long texts count more.
func weight(v schema.Value) int {
	const unit = 256
	switch v := v.(type) {
	case string:
		return 1 + len(v)/unit
	case *schema.Object:
		sum := 1
		for _, value := range v.All() {
			if text, ok := value.(string); ok {
				sum += len(text) / unit
			} else if list, ok := value.(schema.List); ok {
				sum += weight(list)
			}
		}
		return sum
	case schema.List:
		sum := 1
		for _, element := range v {
			sum += weight(element)
		}
		return sum
	default:
		return 1
	}
}

// size is the number of comparisons of a filter.
func size(f filter.Filter) int {
	switch f := f.(type) {
	case filter.And:
		return sizes(f)
	case filter.Or:
		return sizes(f)
	case filter.Not:
		return size(f.Filter)
	default:
		return 1
	}
}

func sizes(filters []filter.Filter) int {
	sum := 0
	for _, f := range filters {
		sum += size(f)
	}
	return sum
}
