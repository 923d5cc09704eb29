package api

import (
	"errors"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"rollcall/internal/admin"
	"rollcall/internal/auth"
	"rollcall/internal/batch"
	"rollcall/internal/usercsv"
	"rollcall/store"
)

func (f *face) batchRoutes(r *routes) {
	r.add(http.MethodPost, "/batches", auth.ScopeAdminWrite, (*call).orderBatch, "dryRun")
	r.get("/batches", (*call).batches, "count", "cursor")
	r.get("/batches/:id", (*call).batch)
	r.get("/batches/:id/rows", (*call).batchRows, "outcome", "count", "cursor")
	r.add(http.MethodPost, "/batches/:id/cancel", auth.ScopeAdminWrite, (*call).cancelBatch)
	r.add(http.MethodPost, "/batches/:id/undo", auth.ScopeAdminWrite, (*call).undoBatch)
}

// batchOrder is the body of a batch: that of an action, about many.
type batchOrder struct {
	order `json:",inline"`

	Action    string          `json:"action"`
	Selection batch.Selection `json:"selection"`
	// Confirm hides the one of an action.
	Confirm *int64 `json:"confirm"`
	// Group and Tag are what an assignment is about.
	Group *string `json:"group"`
	Tag   *string `json:"tag"`
}

// plan is what the body asks for.
func (o *batchOrder) plan(c *call) (batch.Plan, error) {
	name, ok := batch.ActionNamed(o.Action)
	if !ok {
		return batch.Plan{Action: o.Action}, nil // it is refused with those that there are
	}
	for member, given := range map[string]bool{batch.TakesGroup: o.Group != nil, batch.TakesTag: o.Tag != nil} {
		if given && batch.AssignTakes(name) != member {
			return batch.Plan{}, invalid(member, "the action %s does not take it", name)
		}
	}
	action, ok := admin.Lookup(name)
	if !ok {
		action.Name = name // an assignment takes a reason alone
	}
	request, err := o.request(action, c.face.Provider.Now(), "")
	plan := batch.NewPlan(name, request, o.Selection)
	plan.Group, plan.Tag = text(o.Group), text(o.Tag)
	return plan, err
}

// orderBatch takes a batch, or tells what it would do.
func (c *call) orderBatch() error {
	dry, err := c.flag("dryRun")
	if err != nil {
		return err
	}
	var body batchOrder
	if err := c.read(&body); err != nil {
		return err
	}
	plan, err := body.plan(c)
	if err != nil {
		return err
	}
	if dry {
		return c.foresee(plan)
	}
	if body.Confirm == nil {
		return invalid("confirm", "is required: the number of users that the dry run named")
	}
	taken, err := c.face.Batches.Apply(c.Request().Context(), c.caller(), plan, *body.Confirm)
	if err != nil {
		return err
	}
	return c.taken(taken)
}

// foresee answers a dry run, or says where the answer will be.
func (c *call) foresee(plan batch.Plan) error {
	forecast, later, err := c.face.Batches.DryRun(c.Request().Context(), c.caller(), plan)
	switch {
	case err != nil:
		return err
	case later != nil:
		return c.taken(later)
	}
	view := forecastView{Users: forecast.Users, Counts: forecast.Counts, Rows: []batchRow{}}
	for i := range forecast.Rows {
		view.Rows = append(view.Rows, viewRow(&forecast.Rows[i]))
	}
	return c.reply(http.StatusOK, view)
}

// taken answers that something will be done, and where to look.
func (c *call) taken(b *batch.Batch) error {
	c.Response().Header().Set("Location", c.face.PublicURL+Root+"/batches/"+b.Job.ID.String())
	return c.reply(http.StatusAccepted, viewBatch(b))
}

// batchID is the id in the path; one that is none names nothing.
func (c *call) batchID() (uuid.UUID, error) {
	id, ok := store.ParseID(c.part("id"))
	if !ok {
		return id, store.ErrNotFound
	}
	return id, nil
}

func (c *call) batch() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	found, err := c.face.Batches.Batch(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, viewBatch(found))
}

func (c *call) cancelBatch() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	found, err := c.face.Batches.Cancel(c.Request().Context(), c.caller(), id)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, viewBatch(found))
}

func (c *call) undoBatch() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	var body struct {
		Reason string `json:"reason"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	undo, err := c.face.Batches.Undo(c.Request().Context(), c.caller(), id, body.Reason)
	if err != nil {
		return err
	}
	return c.taken(undo)
}

// aboutBatch words what batches refuse; nil for what they do not.
func aboutBatch(c echo.Context, err error) *problem {
	var size *batch.SizeError
	var state *batch.StateError
	var file *usercsv.FileError
	switch {
	case errors.As(err, &size):
		told := newProblem(http.StatusConflict, "%s", size.Error())
		told.Field, told.Users = "confirm", &size.Users
		return told
	case errors.As(err, &file):
		return newProblem(http.StatusBadRequest, "%s", file.Error())
	case errors.As(err, &state):
		return newProblem(http.StatusConflict, "%s", state.Problem)
	case errors.Is(err, batch.ErrBusy):
		retryAfter(c, busyWait)
		return newProblem(http.StatusTooManyRequests, "%s; try again after the time in Retry-After", batch.ErrBusy)
	}
	return nil
}
