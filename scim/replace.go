package scim

import (
	"context"
	"io"

	"rollcall/scim/schema"
	"rollcall/store"
)

// Replace is PUT (RFC 7644 section 3.5.1): what the body leaves out is
// cleared, except what is not visible to clients (password) and what others
// own (the account's state). It never creates.
func (p *Provider) Replace(ctx context.Context, c *Caller, t *schema.ResourceType, id string, match Precondition, body io.Reader, view View) (*Resource, error) {
	object, err := t.Decode(body, c.Leniency)
	if err != nil {
		// A resource that does not exist is reported before a bad body only
		// by what the look-up below finds; the body had to be read first.
		if _, lookup := p.Get(ctx, c, t, id, View{}); lookup != nil {
			return nil, lookup
		}
		return nil, err
	}
	active, password, err := takeComputed(t, object)
	if err != nil {
		return nil, err
	}
	var members store.MemberChange
	if t.Members != nil {
		members.Replace = true
		if members.Add, err = memberIDs(t, object.Get(t.Members)); err != nil {
			return nil, err
		}
		object.Delete(t.Members)
	}
	resource, err := p.update(ctx, c, t, id, "put", match, func(before *schema.Object) (edit, error) {
		if err := t.CheckRequired(object); err != nil {
			return edit{}, err
		}
		if err := t.CheckImmutable(before, object); err != nil {
			return edit{}, err
		}
		return edit{object: object, active: active, password: password, members: members}, nil
	})
	if err != nil {
		return nil, err
	}
	return resource.show(view, object.Attributes()), nil
}
