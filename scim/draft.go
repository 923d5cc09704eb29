package scim

import (
	"bytes"
	"context"
	"fmt"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Draft is a user as an administrator brings it among many: a new one, or a
// change of a living one.
type Draft struct {
	// ID is the living user that is changed; empty makes one.
	ID string
	// Match is the version that the user must have. A draft that names none is
	// refused where others are faster.
	Match Precondition
	// Body is the resource of a new user, or the PATCH of one that is there.
	Body []byte
	// Entry is how the account of a new user begins.
	Entry lifecycle.Command
	// Dry asks what would happen: nothing is stored or told. Values other than
	// the name that others have already are not foreseen.
	Dry bool
	// Also are changes that are committed with it, given what is known of it
	// before; nil for none. They are not asked for where nothing changes.
	Also func(Drafted) ([]store.Change, error)
}

// Drafted is what became of a draft, or would.
type Drafted struct {
	ID string
	// Changed is false where there was nothing to do.
	Changed bool
	// Version is the entity version after it.
	Version int64
}

// Bring carries a draft out, or tells what it would do.
func (p *Provider) Bring(ctx context.Context, c *Caller, draft *Draft) (Drafted, error) {
	t, err := p.users()
	if err != nil {
		return Drafted{}, err
	}
	pl, done, err := p.planDraft(ctx, c, t, draft)
	if err != nil || pl.change == nil {
		return done, refusal(err, t, draft.ID)
	}
	if draft.Dry {
		return done, refusal(p.nameFree(ctx, c, t, pl), t, draft.ID)
	}
	changes, err := draft.with(pl, done)
	if err != nil {
		return done, err
	}
	committed, err := p.store.Commit(ctx, changes)
	if err != nil {
		return done, refusal(err, t, done.ID)
	}
	done.Version = committed[0].Version
	return done, nil
}

// BringAll carries drafts out in one transaction, all of them or none. None may be
// dry.
func (p *Provider) BringAll(ctx context.Context, c *Caller, drafts []*Draft) ([]Drafted, error) {
	t, err := p.users()
	if err != nil {
		return nil, err
	}
	all := make([]Drafted, len(drafts))
	var changes []store.Change
	for i, draft := range drafts {
		pl, done, err := p.planDraft(ctx, c, t, draft)
		if err != nil {
			return nil, refusal(err, t, draft.ID)
		}
		all[i] = done
		if pl.change == nil {
			continue
		}
		more, err := draft.with(pl, done)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	if len(changes) > 0 {
		if _, err = p.store.Commit(ctx, changes); err != nil {
			return nil, refusal(err, t, "")
		}
	}
	return all, nil
}

// with is the change of a draft, and what is committed with it.
func (d *Draft) with(pl *plan, done Drafted) ([]store.Change, error) {
	changes := []store.Change{pl.change}
	if d.Also == nil {
		return changes, nil
	}
	more, err := d.Also(done)
	return append(changes, more...), err
}

func (p *Provider) planDraft(ctx context.Context, c *Caller, t *schema.ResourceType, draft *Draft) (*plan, Drafted, error) {
	if draft.ID == "" {
		return p.planNew(ctx, c, t, draft)
	}
	return p.planChange(ctx, c, t, draft)
}

func (p *Provider) planNew(ctx context.Context, c *Caller, t *schema.ResourceType, draft *Draft) (*plan, Drafted, error) {
	made := *c
	made.Entry = draft.Entry
	id, err := c.newID(0)
	if err != nil {
		return nil, Drafted{}, fmt.Errorf("make an id: %w", err)
	}
	pl, err := p.planCreate(ctx, &made, t, id, bytes.NewReader(draft.Body), View{})
	return pl, Drafted{ID: id.String(), Changed: true, Version: 1}, err
}

func (p *Provider) planChange(ctx context.Context, c *Caller, t *schema.ResourceType, draft *Draft) (*plan, Drafted, error) {
	done := Drafted{ID: draft.ID}
	_, key, err := p.userKey(c, draft.ID)
	if err != nil {
		return nil, done, err
	}
	m, err := p.readPatch(c, t, bytes.NewReader(draft.Body))
	if err != nil {
		return nil, done, err
	}
	record, err := p.read(ctx, c, key, relations(t))
	if err != nil {
		return nil, done, err
	}
	pl, err := p.planUpdate(ctx, c, t, &record, draft.Match, m, View{}, p.admission(c))
	if err != nil {
		return nil, done, err
	}
	done.Version = record.Version
	if update, ok := pl.change.(*store.Update); ok {
		// The version that follows is known before it is stored.
		update.Match = record.Version
		done.Changed, done.Version = true, record.Version+1
	}
	return pl, done, nil
}

// nameFree refuses a plan whose user would get a name that another one has.
func (p *Provider) nameFree(ctx context.Context, c *Caller, t *schema.ResourceType, pl *plan) error {
	was, name := "", pl.answer.record.Name
	if _, ok := pl.change.(*store.Update); ok {
		was, name = name, pl.after.Name
	}
	if name == "" || name == was {
		return nil
	}
	taken, err := p.store.Taken(ctx, c.Tenant, t.Name, []string{name})
	if err == nil && len(taken) > 0 {
		return &store.UniquenessError{Attribute: store.NameAttribute}
	}
	return err
}
