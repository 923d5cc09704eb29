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

// operation is what a batch does to each of its rows: an action of administrators or
// an assignment. Which one a plan asks for is decided in operationOf.
type operation interface {
	// foresee tells what would become of users, in their order.
	foresee(ctx context.Context, c *scim.Caller, ids []uuid.UUID) ([]Row, error)
	// do carries a row out. An error is not about the row alone; nothing is
	// known then of what was done.
	do(ctx context.Context, c *scim.Caller, row *Row, note note) error
}

// operationOf is what a plan does, in somebody's name.
func (s *Service) operationOf(p *Plan, c *scim.Caller) (operation, error) {
	if Assigns(p.Action) {
		assignment, err := p.assignment()
		return &assignOperation{s, assignment, p.Action}, err
	}
	action, ok := admin.Lookup(p.Action)
	if !ok {
		return nil, fmt.Errorf("there is no action %q", p.Action)
	}
	return &actionOperation{s, action, p.request(c.Kind + ":" + c.ID), map[string]bool{}}, nil
}

// actionOperation does what an administrator does to one user to each of many.
type actionOperation struct {
	service *Service
	action  admin.Action
	request admin.Request
	// names are those that users would have come back with who were foreseen.
	names map[string]bool
}

func (o *actionOperation) foresee(ctx context.Context, c *scim.Caller, ids []uuid.UUID) ([]Row, error) {
	order, err := o.action.Order("", o.request, scim.Precondition{}, true)
	if err != nil {
		return nil, err
	}
	seen, err := o.service.Provider.Foresee(ctx, c, ids, order, o.names)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(seen))
	for i := range seen {
		rows[i].ID = seen[i].ID
		if err := o.service.become(&rows[i], o.action.Name, seen[i].Transition, seen[i].Err); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (o *actionOperation) do(ctx context.Context, c *scim.Caller, row *Row, note note) error {
	order, err := o.action.Order(row.ID.String(), o.request, scim.Precondition{}, false)
	if err != nil {
		return err
	}
	return o.service.carry(ctx, c, o.action.Name, row, order, note)
}

// undoOperation puts back what another batch has done; its rows come with the facts
// around that.
type undoOperation struct {
	service *Service
	reason  string
}

func (o *undoOperation) do(ctx context.Context, c *scim.Caller, row *Row, note note) error {
	before, err := scim.DecodeFacts(row.Before)
	if err != nil {
		return err
	}
	after, err := scim.DecodeFacts(row.After)
	if err != nil {
		return err
	}
	row.Before, row.After = nil, nil
	order := scim.Order{ID: row.ID.String(), Reason: o.reason, Commands: func(*scim.Explanation) ([]lifecycle.Command, error) {
		return []lifecycle.Command{lifecycle.Undo{Before: before, After: after}}, nil
	}}
	return o.service.carry(ctx, c, "undo", row, order, note)
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
