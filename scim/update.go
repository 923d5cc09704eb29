package scim

import (
	"context"
	"fmt"
	"iter"

	"rollcall/scim/patch"
	"rollcall/scim/schema"
	"rollcall/store"
)

// modification is a PUT or PATCH that was read and not yet applied.
type modification struct {
	// verb names it in audit rows and events.
	verb string
	// apply works out the next state. It may run several times.
	apply func(before *schema.Object) (edit, error)
}

// edit is what a modification makes of the object that is stored.
type edit struct {
	object *schema.Object
	// active is the wish for "active", nil for none.
	active *bool
	// password is the prepared new password, "" to remove it, nil to keep it.
	password *string
	members  store.MemberChange
	// keepsRoles says that roles of other sources stay although they are left
	// out.
	keepsRoles bool
	// sent are the attributes that the request named.
	sent iter.Seq[*schema.Attribute]
}

// modify reads a resource, lets the modification work out its next state, and
// commits the difference. Without pinned versions a concurrent change leads to
// another attempt on the new state.
func (p *Provider) modify(ctx context.Context, c *Caller, t *schema.ResourceType, id string, match Precondition, m modification, view View) (*Resource, error) {
	key, err := c.key(t, id)
	if err != nil {
		return nil, err
	}
	lost := whenOvertaken
	if match.pins() {
		lost = never
	}
	var resource *Resource
	admit := once(p.admission(c))
	err = p.untilSettled(ctx, key, lost, func() (err error) {
		resource, err = p.tryModify(ctx, c, t, key, match, m, view, admit)
		return err
	})
	return resource, refusal(err, t, id)
}

func (p *Provider) tryModify(ctx context.Context, c *Caller, t *schema.ResourceType, key store.Key, match Precondition, m modification, view View, admit admission) (*Resource, error) {
	record, err := p.read(ctx, c, key, relations(t))
	if err != nil {
		return nil, err
	}
	pl, err := p.planUpdate(ctx, c, t, &record, match, m, view, admit)
	if err != nil {
		return nil, err
	}
	if err := p.commit(ctx, pl); err != nil {
		return nil, err
	}
	return pl.answer, nil
}

// planUpdate decides what a modification changes of a record.
func (p *Provider) planUpdate(ctx context.Context, c *Caller, t *schema.ResourceType, record *store.Record, match Precondition, m modification, view View, admit admission) (*plan, error) {
	if err := match.check(t, record); err != nil {
		return nil, err
	}
	before, err := t.Parse(record.Document)
	if err != nil {
		return nil, fmt.Errorf("read the document of %s: %w", record.ID, err)
	}
	next, err := m.apply(before)
	if err != nil {
		return nil, err
	}
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	d := difference{provider: p, caller: c, t: t, record: record, before: before, next: next, verb: m.verb, now: p.now(), policy: policy, after: *record}
	change, err := d.change(ctx, admit)
	if err != nil {
		return nil, err
	}
	answer := &Resource{Type: t, provider: p, caller: c, record: *record, now: d.now, policy: policy}
	pl := &plan{answer: answer.show(view, next.sent), after: d.after}
	if change == nil {
		return pl, nil
	}
	if match.pins() {
		change.Match = record.Version
	}
	pl.change = change
	return pl, nil
}

// takeComputed moves what is not part of the document out of an object.
func takeComputed(t *schema.ResourceType, object *schema.Object) (active *bool, password *string, err error) {
	if t.Active != nil {
		if wish, ok := object.Get(t.Active).(bool); ok {
			active = &wish
		}
		object.Delete(t.Active)
	}
	if text, given, err := takePassword(t, object); given || err != nil {
		return active, &text, err
	}
	return active, nil, nil
}

// memberChange parses the ids of a folded change of members. An id that is no
// UUID cannot be a member: adding it is refused, removing it does nothing.
func memberChange(folded patch.MemberChange, r relatives) (store.MemberChange, error) {
	out := store.MemberChange{Replace: folded.Replace}
	if folded.RemoveWhere != nil {
		where, err := r.condition(folded.RemoveWhere, "")
		if err != nil {
			return out, err
		}
		if nobody, constant := where.(store.Const); !constant || bool(nobody) {
			out.RemoveWhere = where
		}
	}
	for _, text := range folded.Add {
		id, err := memberID(text)
		if err != nil {
			return out, err
		}
		out.Add = append(out.Add, id)
	}
	for _, text := range folded.Remove {
		if id, ok := store.ParseID(text); ok {
			out.Remove = append(out.Remove, id)
		}
	}
	return out, nil
}
