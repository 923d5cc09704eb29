package scim

import (
	"maps"

	"rollcall/lifecycle"
)

// roleChange is what an edit makes of the sources of roles.
type roleChange struct {
	// before are the facts without it.
	before lifecycle.Facts
	// gave is nil where nothing changes about them.
	gave *map[string]string
}

// roles decides about the roles of an edit, and puts those back that it leaves
// out and has no right to.
func (d *difference) roles() (roleChange, error) {
	var out roleChange
	if !hasRoles(d.t) || d.before.Get(d.t.Roles) == nil && d.next.object.Get(d.t.Roles) == nil {
		return out, nil
	}
	var err error
	if out.before, err = loadFacts(d.record); err != nil {
		return out, err
	}
	d.facts = out.before
	if d.next.keepsRoles {
		d.next.object = d.caller.keepRoles(d.t, d.before, d.next.object, out.before.Roles)
	}
	gave, err := d.caller.giveRoles(d.t, d.before, d.next.object, out.before.Roles)
	if err == nil && !maps.Equal(gave, out.before.Roles) {
		out.gave = &gave
	}
	return out, err
}

// with adds the sources of roles to what was decided about an account, which may
// be nothing. They are stored with the change of the roles and tell nobody
// anything by themselves.
func (d *difference) with(decision *lifecycle.Decision, roles roleChange) *lifecycle.Decision {
	switch {
	case roles.gave == nil:
		return decision
	case decision == nil:
		decision = &lifecycle.Decision{Before: roles.before, Facts: roles.before}
	default:
		both := *decision
		decision = &both
	}
	decision.Facts.Roles = *roles.gave
	return decision
}
