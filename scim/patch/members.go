package patch

import (
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
)

// memberFold folds operations on a group's members, which may be far too many
// to load: what counts for each member is the last operation that names it.
type memberFold struct {
	replace bool
	// wanted says whether a member is to be in the group; order keeps the
	// order in which members were first named.
	wanted map[string]bool
	order  []string
}

func (f *memberFold) set(id string, wanted bool) {
	if _, named := f.wanted[id]; !named {
		if f.wanted == nil {
			f.wanted = map[string]bool{}
		}
		f.order = append(f.order, id)
	}
	f.wanted[id] = wanted
}

// clear forgets all members: those named so far and those in the store.
func (f *memberFold) clear() { *f = memberFold{replace: true} }

func (f *memberFold) change() MemberChange {
	change := MemberChange{Replace: f.replace}
	for _, id := range f.order {
		switch {
		case f.wanted[id]:
			change.Add = append(change.Add, id)
		case !f.replace:
			change.Remove = append(change.Remove, id)
		}
	}
	return change
}

func (p *patcher) writeMembers(op Op, path filter.Path, raw jsontext.Value) error {
	if path.Where != nil || path.Attribute != p.resource.Members {
		return refuseMemberPart(path)
	}
	ids, err := p.memberIDs(raw, op == Add)
	if err != nil {
		return err
	}
	if op == Replace {
		p.members.clear()
	}
	for _, id := range ids {
		p.members.set(id, true)
	}
	return nil
}

func (p *patcher) removeMembers(path filter.Path, raw jsontext.Value) error {
	if path.Sub != nil || path.Attribute != p.resource.Members {
		return refuseMemberPart(path)
	}
	var ids []string
	var err error
	switch {
	case path.Where != nil:
		ids, err = p.namedIDs(path.Where)
	case raw != nil:
		ids, err = p.memberIDs(raw, true)
	default:
		p.members.clear()
	}
	if err != nil {
		return err
	}
	for _, id := range ids {
		p.members.set(id, false)
	}
	return nil
}

// refuseMemberPart: what a member is cannot change, only whether it is one
// (RFC 7643 section 4.2).
func refuseMemberPart(path filter.Path) error {
	return fault.New(fault.Mutability, "%s are immutable; add and remove them whole", path.Attribute.Top())
}

// namedIDs reads the ids out of members[value eq "id"], also several joined by
// "or". Other conditions would have to load the members.
func (p *patcher) namedIDs(where filter.Filter) ([]string, error) {
	switch f := where.(type) {
	case filter.Compare:
		value, _ := p.resource.Members.Value()
		if id, ok := f.Value.(string); ok && f.Attribute == value && f.Op == filter.Equal {
			return []string{id}, nil
		}
	case filter.Or:
		ids := make([]string, 0, len(f))
		for _, part := range f {
			more, err := p.namedIDs(part)
			if err != nil {
				return nil, err
			}
			ids = append(ids, more...)
		}
		return ids, nil
	}
	return nil, fault.New(fault.InvalidFilter, `members can be removed by members[value eq "id"] only, also several joined by "or"`)
}
