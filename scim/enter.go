package scim

import (
	"context"
	"fmt"
	"io"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
)

// Enter makes a user in the name of an administrator, whose account begins by a
// command: Create, Enroll, Submit or Invite. body is the resource as SCIM sends
// it.
//
// An invited account is staged first and invited then: who is interrupted in
// between finds it staged.
func (p *Provider) Enter(ctx context.Context, c *Caller, body io.Reader, entry lifecycle.Command) (*Transition, error) {
	t, err := p.users()
	if err != nil {
		return nil, err
	}
	made := *c
	made.Entry = entry
	invite, invited := entry.(lifecycle.Invite)
	if invited {
		made.Entry = lifecycle.Create{}
		made.welcome = func(object *schema.Object, policy lifecycle.Policy) error {
			invite.Email = emailOf(t, object) != ""
			_, err := lifecycle.Decide(lifecycle.Facts{}, policy, p.now(), invite)
			return err
		}
	}
	resource, err := p.Create(ctx, &made, t, body, View{})
	if err != nil {
		return nil, err
	}
	facts, err := loadFacts(&resource.record)
	if err != nil {
		return nil, fmt.Errorf("read what was made: %w", err)
	}
	id := resource.record.ID.String()
	if !invited {
		return &Transition{ID: id, From: lifecycle.StatusNone, To: facts.Status(resource.now), Changed: true, After: facts, Version: resource.record.Version}, nil
	}
	done, err := p.Act(ctx, c, id, "", invite)
	if done != nil {
		done.From = lifecycle.StatusNone
	}
	return done, err
}
