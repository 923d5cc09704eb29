package scim

import (
	"context"
	"io"
	"maps"

	"rollcall/scim/fault"
	"rollcall/scim/patch"
	"rollcall/scim/schema"
)

// Patch is PATCH (RFC 7644 section 3.5.2): all operations or none.
func (p *Provider) Patch(ctx context.Context, c *Caller, t *schema.ResourceType, id string, match Precondition, body io.Reader, view View) (*Resource, error) {
	m, err := p.readPatch(c, t, body)
	if err != nil {
		return nil, p.missingFirst(ctx, c, t, id, err)
	}
	return p.modify(ctx, c, t, id, match, m, view)
}

// readPatch reads the body of a PATCH.
func (p *Provider) readPatch(c *Caller, t *schema.ResourceType, body io.Reader) (modification, error) {
	request, err := patch.Parse(body, t, c.Leniency)
	if err != nil {
		return modification{}, err
	}
	if err := checkActive(t, request); err != nil {
		return modification{}, err
	}
	return modification{verb: "patch", apply: func(before *schema.Object) (edit, error) {
		result, err := patch.Apply(t, before, request, c.Leniency)
		if err != nil {
			return edit{}, err
		}
		next := edit{object: result.Object, sent: maps.Keys(result.Touched)}
		if next.active, next.password, err = takeComputed(t, result.Object); err != nil {
			return edit{}, err
		}
		if t.Password != nil && next.password == nil && result.Touched[t.Password] {
			if t.Password.Required {
				return edit{}, fault.New(fault.InvalidValue, "%s is required", t.Password)
			}
			next.password = new(string) // an operation unassigned it
		}
		next.members, err = memberChange(result.Members, p.relatives(c))
		return next, err
	}}, nil
}

// missingFirst reports a resource that does not exist before what is wrong
// with the body of a request on it.
func (p *Provider) missingFirst(ctx context.Context, c *Caller, t *schema.ResourceType, id string, refused error) error {
	if _, lookup := p.Get(ctx, c, t, id, View{}); lookup != nil {
		return lookup
	}
	return refused
}

// checkActive refuses to unassign "active": it is computed, and guessing what
// its removal means would either lock somebody out or let somebody in.
func checkActive(t *schema.ResourceType, request patch.Request) error {
	for _, op := range request.Operations {
		if op.Op == patch.Remove && op.Path != nil && t.Active != nil && op.Path.Attribute == t.Active {
			return fault.New(fault.Mutability, "%s always has a value; replace it with true or false", t.Active)
		}
	}
	return nil
}
