package patch

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// MaxMembers bounds the members that one operation may list.
const MaxMembers = 200_000

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

// memberIDs reads the ids out of a list of members. It does not build objects:
// lists of 100,000 members are ordinary.
func (p *patcher) memberIDs(raw jsontext.Value, single bool) ([]string, error) {
	// Names were found free of duplicates when the body was read.
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true))
	switch kind := d.PeekKind(); {
	case kind == 'n', kind == '"' && bytes.Equal(bytes.TrimSpace(raw), []byte(`""`)) && p.leniency.Use(schema.EmptyStrings):
		return nil, nil
	case kind == '[':
	case kind == '{' && (single || p.leniency.Use(schema.SingleObjects)), kind == '"' && single:
		id, err := p.memberID(d)
		return []string{id}, err
	default:
		return nil, fault.New(fault.InvalidValue, "members: the value must be an array of objects")
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, schema.SyntaxFault(err)
	}
	var ids []string
	for d.PeekKind() != ']' {
		if len(ids) == MaxMembers {
			return nil, fault.Plain(413, "one operation can list at most %d members", MaxMembers)
		}
		id, err := p.memberID(d)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// memberID reads one member.
func (p *patcher) memberID(d *jsontext.Decoder) (string, error) {
	token, err := d.ReadToken()
	if err != nil {
		return "", schema.SyntaxFault(err)
	}
	if token.Kind() == '"' && p.leniency.Use(schema.BareReferences) {
		return checkMemberID(token.String())
	}
	if token.Kind() != '{' {
		return "", fault.New(fault.InvalidValue, "members: each member must be an object with a value")
	}
	value, _ := p.resource.Members.Value()
	id, found := "", false
	for d.PeekKind() != '}' {
		token, err := d.ReadToken()
		if err != nil {
			return "", schema.SyntaxFault(err)
		}
		name := token.String()
		sub, known := p.resource.Members.Lookup(name)
		if !known && !p.leniency.Use(schema.UnknownAttributes) {
			return "", fault.New(fault.InvalidSyntax, "members has no sub-attribute %q", clip(name))
		}
		if sub != value {
			if err := d.SkipValue(); err != nil {
				return "", schema.SyntaxFault(err)
			}
			continue
		}
		if token, err = d.ReadToken(); err != nil {
			return "", schema.SyntaxFault(err)
		}
		if token.Kind() != '"' {
			return "", fault.New(fault.InvalidValue, "members.value: the value must be a string")
		}
		if found {
			return "", fault.New(fault.InvalidSyntax, "members.value is given twice")
		}
		id, found = token.String(), true
	}
	if _, err := d.ReadToken(); err != nil {
		return "", schema.SyntaxFault(err)
	}
	return checkMemberID(id)
}

func checkMemberID(id string) (string, error) {
	if id == "" {
		return "", fault.New(fault.InvalidValue, "members: each member must have a value")
	}
	return id, nil
}
