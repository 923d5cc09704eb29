package scim

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Enter makes a user in the name of an administrator, whose account begins by a
// command: Create, Enroll, Submit or Invite. body is the resource as SCIM sends
// it; a password has FewestCharacters, as all that people choose. The user is a
// direct member of some groups from the beginning. An account is there with its
// memberships, its link and its letter, or not at all.
func (p *Provider) Enter(ctx context.Context, c *Caller, body io.Reader, entry lifecycle.Command, groups ...uuid.UUID) (*Transition, error) {
	t, err := p.users()
	if err != nil {
		return nil, err
	}
	made := *c
	made.Entry = entry
	invite, invited := entry.(lifecycle.Invite)
	if invited {
		made.Entry = lifecycle.Create{}
	}
	id, err := c.newID(0)
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	pl, err := p.planCreate(ctx, &made, t, id, body, View{})
	if err != nil {
		return nil, err
	}
	joins, err := p.joins(ctx, c, id, groups)
	if err != nil {
		return nil, err
	}
	var done *Transition
	if invited {
		done, err = p.enterInvited(ctx, c, t, pl, invite, joins)
	} else {
		done, err = p.enterAlone(ctx, pl, joins)
	}
	if errors.Is(err, store.ErrNotFound) && len(joins) > 0 {
		return nil, ErrNoGroup // it was deleted in the meantime
	}
	if err != nil {
		return nil, refusal(err, t, id.String())
	}
	done.From, done.Events = lifecycle.StatusNone, append([]lifecycle.EventKind{lifecycle.EventCreate}, done.Events...)
	return done, nil
}

// joins are the changes of groups that make a user their member who is yet to be
// made. They pin no version: others may change the groups meanwhile.
func (p *Provider) joins(ctx context.Context, c *Caller, user uuid.UUID, groups []uuid.UUID) ([]store.Change, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	read, err := p.draftGroups(ctx, c, []*Draft{{Join: groups}})
	if err != nil {
		return nil, err
	}
	joined, err := read.changes(ctx, p, c, []Drafted{{ID: user.String(), Joined: distinct(groups)}})
	var changes []store.Change
	for _, change := range joined {
		change.Match = 0
		changes = append(changes, change)
	}
	return changes, err
}

// enterAlone commits a user that nothing else happens to, with its memberships.
func (p *Provider) enterAlone(ctx context.Context, pl *plan, joins []store.Change) (*Transition, error) {
	made := pl.answer
	facts, err := loadFacts(&made.record)
	if err != nil {
		return nil, fmt.Errorf("read what is made: %w", err)
	}
	done, err := p.store.Commit(ctx, append([]store.Change{pl.change}, joins...))
	if err != nil {
		return nil, err
	}
	pl.settle(done[0])
	return &Transition{
		ID: made.ID(), To: facts.Status(made.now), Changed: true, After: facts, Timers: facts.Timers(made.policy), Version: made.record.Version,
	}, nil
}

// enterInvited commits a user that is staged, and its invitation behind it. The
// invitation is decided on the user that is yet to be made.
func (p *Provider) enterInvited(ctx context.Context, c *Caller, t *schema.ResourceType, pl *plan, invite lifecycle.Invite, joins []store.Change) (*Transition, error) {
	a := &account{t: t, record: pl.answer.record, policy: pl.answer.policy}
	var err error
	if a.facts, err = loadFacts(&a.record); err != nil {
		return nil, fmt.Errorf("read what is made: %w", err)
	}
	tr, err := p.planTransition(c, a, pl.answer.now, words{}, invite)
	if err != nil {
		return nil, unmade(err)
	}
	out := tr.outcome()
	if err := p.mail(ctx, tr, out); err != nil {
		return nil, err
	}
	done, err := p.store.Commit(ctx, append([]store.Change{pl.change, tr.change}, joins...))
	if err != nil {
		return nil, err
	}
	out.Before, out.Version = lifecycle.Facts{}, done[1].Version
	return out, nil
}

// unmade lets a refusal say what the account is to its caller: none yet, to which
// nothing else can be done.
func unmade(err error) error {
	var refused *lifecycle.Refusal
	if errors.As(err, &refused) {
		of := *refused
		of.From, of.Try = lifecycle.StatusNone, nil
		return &of
	}
	return err
}
