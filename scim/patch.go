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
	request, err := patch.Parse(body, t, c.Leniency)
	if err != nil {
		if _, lookup := p.Get(ctx, c, t, id, View{}); lookup != nil {
			return nil, lookup
		}
		return nil, err
	}
	if err := checkActive(t, request); err != nil {
		return nil, err
	}
	var touched map[*schema.Attribute]bool
	resource, err := p.update(ctx, c, t, id, "patch", match, func(before *schema.Object) (edit, error) {
		result, err := patch.Apply(t, before, request, c.Leniency)
		if err != nil {
			return edit{}, err
		}
		touched = result.Touched
		next := edit{object: result.Object}
		if next.active, next.password, err = takeComputed(t, result.Object); err != nil {
			return edit{}, err
		}
		if t.Password != nil && next.password == nil && touched[t.Password] {
			next.password = new(string) // an operation unassigned it
		}
		next.members, err = memberChange(result.Members, p.relatives(c))
		return next, err
	})
	if err != nil {
		return nil, err
	}
	return resource.show(view, maps.Keys(touched)), nil
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
