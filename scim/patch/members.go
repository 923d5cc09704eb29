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
	// where are conditions by which stored members go. Who is named afterwards
	// is named again in wanted.
	where filter.Or
	// conditions counts the comparisons of all conditions so far.
	conditions int
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
func (f *memberFold) clear() { *f = memberFold{replace: true, conditions: f.conditions} }

func (f *memberFold) change() MemberChange {
	change := MemberChange{Replace: f.replace}
	if len(f.where) > 0 {
		change.RemoveWhere = f.where
	}
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
		var named bool
		if ids, named = p.namedIDs(path.Where); !named {
			return p.removeMatching(path.Where)
		}
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
// "or"; false for any other condition.
func (p *patcher) namedIDs(where filter.Filter) ([]string, bool) {
	switch f := where.(type) {
	case filter.Compare:
		value, _ := p.resource.Members.Value()
		id, ok := f.Value.(string)
		return []string{id}, ok && f.Attribute == value && f.Op == filter.Equal
	case filter.Or:
		ids := make([]string, 0, len(f))
		for _, part := range f {
			more, ok := p.namedIDs(part)
			if !ok {
				return nil, false
			}
			ids = append(ids, more...)
		}
		return ids, true
	}
	return nil, false
}
