package scim

import (
	"context"
	"io"

	"rollcall/scim/schema"
)

// Replace is PUT (RFC 7644 section 3.5.1): what the body leaves out is
// cleared, except what is not visible to clients (password) and what others
// own (the account's state). It never creates.
func (p *Provider) Replace(ctx context.Context, c *Caller, t *schema.ResourceType, id string, match Precondition, body io.Reader, view View) (*Resource, error) {
	m, err := readReplacement(c, t, body)
	if err != nil {
		return nil, p.missingFirst(ctx, c, t, id, err)
	}
	return p.modify(ctx, c, t, id, match, m, view)
}

// readReplacement reads the body of a PUT.
func readReplacement(c *Caller, t *schema.ResourceType, body io.Reader) (modification, error) {
	object, err := t.Decode(body, c.Leniency)
	if err != nil {
		return modification{}, err
	}
	next := edit{object: object, sent: object.Attributes()}
	next.keepsRoles = hasRoles(t) && !object.Unassigned(t.Roles)
	if next.active, next.password, err = takeComputed(t, object); err != nil {
		return modification{}, err
	}
	if t.Members != nil {
		next.members.Replace = true
		if next.members.Add, err = memberIDs(t, object.Get(t.Members)); err != nil {
			return modification{}, err
		}
		object.Delete(t.Members)
	}
	return modification{verb: "put", apply: func(before *schema.Object) (edit, error) {
		if err := t.CheckRequired(object); err != nil {
			return edit{}, err
		}
		next := next
		next.object = keepAdministered(t, before, object)
		return next, t.CheckImmutable(before, next.object)
	}}, nil
}
