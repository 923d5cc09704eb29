package patch

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/scim/fault"
	"rollcall/scim/schema"
)

// MaxMembers bounds the members that one operation may list.
const MaxMembers = 200_000

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
			return "", fault.New(fault.InvalidSyntax, "members has no sub-attribute %q", fault.Clip(name))
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
