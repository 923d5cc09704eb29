package console

import (
	"net/http"

	"github.com/google/uuid"

	"rollcall/internal/operator"
	"rollcall/store"
)

// notBegun answers with a batch, and why what was asked for there was not done; an
// error that nobody is told in words is as it was.
func (c *call) notBegun(id uuid.UUID, err error) error {
	if problem := refused("", err); problem != "" {
		return c.showBatch(http.StatusUnprocessableEntity, id, problem)
	}
	return err
}

// applyDryRun carries out what a dry run has looked at.
func (c *call) applyDryRun() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	found, err := c.face.Batches.Batch(ctx, c.identity.Tenant.ID, id)
	switch {
	case err != nil:
		return err
	case !found.Applicable():
		return errBadRequest
	case !c.identity.Role.May(operator.ForAction(found.Head.Plan.Action)):
		return errForbidden
	}
	taken, err := c.face.Batches.ApplyDryRun(ctx, c.caller(), found)
	if err != nil {
		return c.notBegun(id, err)
	}
	return c.Redirect(http.StatusSeeOther, c.face.root+"/batches/"+taken.Job.ID.String())
}

func (c *call) cancelBatch() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	found, err := c.face.Batches.Batch(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return err
	}
	if !stops(c.identity.Role, found) {
		return errForbidden
	}
	if found, err = c.face.Batches.Cancel(c.Request().Context(), c.caller(), id); err != nil {
		return err
	}
	said := noticeCancelling
	switch {
	case found.Job.State == store.JobCancelled:
		said = noticeCancelled
	case found.Job.State.Finished():
		said = noticeOver
	}
	return c.back("/batches/"+id.String(), said)
}

func (c *call) undoBatch() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	undo, err := c.face.Batches.Undo(c.Request().Context(), c.caller(), id, "")
	if err != nil {
		return c.notBegun(id, err)
	}
	return c.Redirect(http.StatusSeeOther, c.face.root+"/batches/"+undo.Job.ID.String())
}
