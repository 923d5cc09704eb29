package scim

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"

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
	// Body is the resource of a new user, or the PATCH of one that is there; nil
	// changes nothing of that.
	Body []byte
	// Join are groups that the user is to be a direct member of, Leave those that
	// it is to be in no more. One of Join that is not there is ErrNoGroup.
	Join, Leave []uuid.UUID
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
	// Joined and Left are the groups that it changes the membership of.
	Joined, Left []uuid.UUID
}

// Bring carries a draft out, or tells what it would do.
func (p *Provider) Bring(ctx context.Context, c *Caller, draft *Draft) (Drafted, error) {
	if !draft.Dry {
		all, err := p.BringAll(ctx, c, []*Draft{draft})
		if err != nil {
			return Drafted{ID: draft.ID}, err
		}
		return all[0], nil
	}
	t, err := p.users()
	if err != nil {
		return Drafted{}, err
	}
	pl, done, err := p.planDraft(ctx, c, t, draft)
	if err != nil || pl.change == nil {
		return done, refusal(err, t, draft.ID)
	}
	return done, refusal(p.nameFree(ctx, c, t, pl), t, draft.ID)
}

// BringAll carries drafts out in one transaction, all of them or none. None may be
// dry. Where others change a group meanwhile it is decided anew.
func (p *Provider) BringAll(ctx context.Context, c *Caller, drafts []*Draft) ([]Drafted, error) {
	t, err := p.users()
	if err != nil {
		return nil, err
	}
	id := ""
	if len(drafts) == 1 {
		id = drafts[0].ID
	}
	var all []Drafted
	bring := func() (err error) {
		all, err = p.bringAll(ctx, c, t, drafts)
		return err
	}
	if group, some := anyGroup(drafts); some {
		err = p.untilSettled(ctx, store.Key{Tenant: c.Tenant, Type: GroupType, ID: group}, whenOvertaken, bring)
	} else {
		err = bring()
	}
	return all, refusal(err, t, id)
}

func (p *Provider) bringAll(ctx context.Context, c *Caller, t *schema.ResourceType, drafts []*Draft) ([]Drafted, error) {
	// The groups are read before the users: who is none of their members is none
	// in the version that the change of the group demands.
	groups, err := p.draftGroups(ctx, c, drafts)
	if err != nil {
		return nil, err
	}
	all := make([]Drafted, len(drafts))
	var changes []store.Change
	for i, draft := range drafts {
		pl, done, err := p.planDraft(ctx, c, t, draft)
		if err != nil {
			return nil, err
		}
		if all[i] = done; !done.Changed {
			continue
		}
		more, err := draft.with(pl, done)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	members, err := groups.changes(ctx, p, c, all)
	if err != nil || len(changes) == 0 {
		return all, err
	}
	for _, change := range members {
		changes = append(changes, change)
	}
	_, err = p.store.Commit(ctx, changes)
	return all, err
}

// with is the change of a draft, and what is committed with it.
func (d *Draft) with(pl *plan, done Drafted) ([]store.Change, error) {
	var changes []store.Change
	if pl.change != nil {
		changes = append(changes, pl.change)
	}
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
	return pl, Drafted{ID: id.String(), Changed: true, Version: 1, Joined: distinct(draft.Join)}, err
}

func (p *Provider) planChange(ctx context.Context, c *Caller, t *schema.ResourceType, draft *Draft) (*plan, Drafted, error) {
	done := Drafted{ID: draft.ID}
	_, key, err := p.userKey(c, draft.ID)
	if err != nil {
		return nil, done, err
	}
	record, err := p.read(ctx, c, key, relations(t))
	if err != nil {
		return nil, done, err
	}
	done.Version = record.Version
	done.Joined, done.Left = draft.memberships(&record)
	done.Changed = len(done.Joined)+len(done.Left) > 0
	if draft.Body == nil {
		return &plan{}, done, draft.Match.check(t, &record)
	}
	m, err := p.readPatch(c, t, bytes.NewReader(draft.Body))
	if err != nil {
		return nil, done, err
	}
	pl, err := p.planUpdate(ctx, c, t, &record, draft.Match, m, View{}, p.admission(c))
	if err != nil {
		return nil, done, err
	}
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
