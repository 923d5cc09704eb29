package batch

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// note gives the changes that are committed with what is done to a row, so that
// its outcome, and what it takes to undo it, is stored if and only if it is done.
type note func(*Row) ([]store.Change, error)

// deed is what a batch does to its rows. Further ones, such as the rows of a file,
// are made of a plan in deedOf.
type deed interface {
	// foresee tells what would become of users, in their order.
	foresee(ctx context.Context, c *scim.Caller, ids []uuid.UUID) ([]Row, error)
	// do carries a row out. An error is not about the row alone; nothing is
	// known then of what was done.
	do(ctx context.Context, c *scim.Caller, row *Row, note note) error
}

// deedOf is what a plan does, in somebody's name.
func (s *Service) deedOf(p *Plan, c *scim.Caller) (deed, error) {
	if Assigns(p.Action) {
		assignment, err := p.assignment()
		return &assignDeed{s, assignment, p.Action}, err
	}
	action, ok := admin.Lookup(p.Action)
	if !ok {
		return nil, fmt.Errorf("there is no action %q", p.Action)
	}
	return &actionDeed{s, action, p.request(c.Kind + ":" + c.ID), map[string]bool{}}, nil
}

// actionDeed does what an administrator does to one user to each of many.
type actionDeed struct {
	service *Service
	action  admin.Action
	request admin.Request
	// names are those that users would have come back with who were foreseen.
	names map[string]bool
}

func (d *actionDeed) foresee(ctx context.Context, c *scim.Caller, ids []uuid.UUID) ([]Row, error) {
	order, err := d.action.Order("", d.request, scim.Precondition{}, true)
	if err != nil {
		return nil, err
	}
	seen, err := d.service.Provider.Foresee(ctx, c, ids, order, d.names)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(seen))
	for i := range seen {
		rows[i].ID = seen[i].ID
		if err := d.service.become(&rows[i], d.action.Name, seen[i].Transition, seen[i].Err); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (d *actionDeed) do(ctx context.Context, c *scim.Caller, row *Row, note note) error {
	order, err := d.action.Order(row.ID.String(), d.request, scim.Precondition{}, false)
	if err != nil {
		return err
	}
	return d.service.carry(ctx, c, d.action.Name, row, order, note)
}

// undoDeed puts back what another batch has done; its rows come with the facts
// around that.
type undoDeed struct {
	service *Service
	reason  string
}

func (d *undoDeed) do(ctx context.Context, c *scim.Caller, row *Row, note note) error {
	if row.Version > 0 {
		return d.service.unbring(ctx, c, row, d.reason, note)
	}
	before, err := scim.DecodeFacts(row.Before)
	if err != nil {
		return err
	}
	after, err := scim.DecodeFacts(row.After)
	if err != nil {
		return err
	}
	row.Before, row.After = nil, nil
	order := scim.Order{ID: row.ID.String(), Reason: d.reason, Commands: func(*scim.Explanation) ([]lifecycle.Command, error) {
		return []lifecycle.Command{lifecycle.Undo{Before: before, After: after}}, nil
	}}
	return d.service.carry(ctx, c, "undo", row, order, note)
}

// carry carries an order about a row out.
func (s *Service) carry(ctx context.Context, c *scim.Caller, action string, row *Row, order scim.Order, note note) error {
	order.Also = func(done *scim.Transition) ([]store.Change, error) {
		if err := row.become(done); err != nil {
			return nil, err
		}
		return note(row)
	}
	done, err := s.Provider.Carry(ctx, c, order)
	return s.become(row, action, done, err)
}

// become makes what is known of a row its outcome.
func (s *Service) become(row *Row, action string, done *scim.Transition, err error) error {
	if err == nil {
		return row.become(done)
	}
	fresh := Row{Number: row.Number, ID: row.ID}
	if err := fresh.refuse(action, err); err != nil {
		return err
	}
	*row = fresh
	if row.Outcome == Failed {
		s.Logger.Error("a row of a batch failed", "action", action, "id", row.ID, "error", err)
	}
	return nil
}
