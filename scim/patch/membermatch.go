package patch

import (
	"strings"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// maxConditions bounds the comparisons of all conditions on members in one
// request: the store gets them as one statement.
const maxConditions = 2000

// removeMatching removes the members that satisfy a condition: the stored ones
// when the change is made, those that the request added before it now. Of the
// latter only the id is known here. Where that does not decide the condition,
// the request is refused.
func (p *patcher) removeMatching(where filter.Filter) error {
	comparisons := size(where)
	if err := p.spend(comparisons * (1 + len(p.members.order))); err != nil {
		return err
	}
	if p.members.conditions += comparisons; p.members.conditions > maxConditions {
		return fault.Plain(413, "the operations of this request compare members in more than %d ways; send fewer at a time", maxConditions)
	}
	for _, id := range p.members.order {
		if !p.members.wanted[id] {
			continue
		}
		switch holds(where, id) {
		case yes:
			p.members.wanted[id] = false
		case unknown:
			return fault.New(fault.InvalidFilter, "members: whether the filter selects a member that this request adds before depends on the member's type; send the removal in a request of its own, or first")
		}
	}
	if !p.members.replace {
		p.members.where = append(p.members.where, where)
	}
	return nil
}

// truth is what is known of a condition.
type truth int8

const (
	no truth = iota - 1
	unknown
	yes
)

func known(is bool) truth {
	if is {
		return yes
	}
	return no
}

// holds evaluates a condition on a member of which only the id is known.
func holds(where filter.Filter, id string) truth {
	switch f := where.(type) {
	case filter.And:
		least := yes
		for _, term := range f {
			least = min(least, holds(term, id))
		}
		return least
	case filter.Or:
		most := no
		for _, term := range f {
			most = max(most, holds(term, id))
		}
		return most
	case filter.Not:
		return -holds(f.Filter, id)
	case filter.Constant:
		return known(bool(f))
	case filter.Present:
		return yes // a member always has a value, a $ref and a type
	case filter.Compare:
		return comparison(f, id)
	}
	return unknown
}

func comparison(f filter.Compare, id string) truth {
	switch f.Attribute.Name {
	case "value":
		return known(filter.MatchElement(f, f.Attribute, schema.Value(id)))
	case "$ref":
		// Another id is another URI, whatever the type.
		text, ok := f.Value.(string)
		if ok && text[strings.LastIndexByte(text, '/')+1:] != id {
			switch f.Op {
			case filter.Equal:
				return no
			case filter.NotEqual:
				return yes
			}
		}
	}
	return unknown
}
