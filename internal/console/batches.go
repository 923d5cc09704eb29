package console

import (
	"cmp"
	"net/http"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/batch"
	"rollcall/internal/operator"
	"rollcall/store"
)

func (f *face) batchRoutes(r *routes) {
	// What the action of a batch needs beyond this is asked where it is known.
	r.do("/batches/ask", operator.AssistAccounts, (*call).askBatch)
	r.do("/batches/preview", operator.AssistAccounts, (*call).previewBatch)
	r.do("/batches", operator.AssistAccounts, (*call).applyBatch)
	r.show("/batches", operator.ViewAccounts, (*call).batches)
	r.show("/batches/:id", operator.ViewAccounts, (*call).batch)
	r.show("/batches/:id/events", operator.ViewAccounts, (*call).batchEvents)
	r.do("/batches/:id/apply", operator.AssistAccounts, (*call).applyDryRun)
	r.do("/batches/:id/cancel", operator.AssistAccounts, (*call).cancelBatch)
	r.do("/batches/:id/undo", operator.ManageAccounts, (*call).undoBatch)
}

// batchesView is a page of batches.
type batchesView struct {
	Rows []batchHead
	Next string
}

// batchHead is a batch in a list.
type batchHead struct {
	*batch.Batch
	Title, State, Who string
	// Seen is the time for which it holds.
	Seen time.Time
	// watched says that its page shows how far it has got, and not some of its rows.
	watched bool
	// CanStop says that the role that looks at it may stop it.
	CanStop bool
	// Problem says why what was asked for on its page was not done.
	Problem string
}

// stops reports whether a role may stop a job: who may begin it may.
func stops(role operator.Role, b *batch.Batch) bool {
	if b.Head.Plan != nil {
		return role.May(operator.ForAction(b.Head.Plan.Action))
	}
	return role.May(operator.ManageAccounts)
}

// UnderWay reports whether there is more to come.
func (h batchHead) UnderWay() bool { return h.watched && !h.Job.State.Finished() }

// SeenAt is Seen for people: what is under way changes by the second.
func (h batchHead) SeenAt() string { return moment(h.Seen) }

// stateWords are the words for the states of jobs.
var stateWords = map[store.JobState]string{
	store.JobQueued: "Waits", store.JobRunning: "Runs", store.JobSucceeded: "Done", store.JobFailed: "Not begun",
	store.JobCancelled: "Cancelled", store.JobDead: "Given up",
}

func (n names) head(b *batch.Batch) batchHead {
	head := batchHead{Batch: b, State: stateWords[b.Job.State], Who: n.who(b.Job.ActorKind, b.Job.ActorID), Title: "Undo"}
	if b.Head.Plan != nil {
		head.Title = actionWords[b.Head.Plan.Action].title
	}
	if b.Head.Import != nil {
		head.Title = "Import " + b.Head.Import.Name
	}
	if b.Job.Kind == batch.KindDry || b.Job.Kind == batch.KindImportDry {
		head.Title += " (dry run)"
	}
	return head
}

// seen is a head on a page of its own. What answers a form is not looked at again
// by itself: its address is that of the form.
func (c *call) seen(head batchHead, problem string) batchHead {
	head.Seen, head.Problem = c.face.Provider.Now(), problem
	head.watched = c.QueryParam("outcome") == "" && c.QueryParam("after") == "" && problem == ""
	return head
}

// Percent is how far it has got, of a hundred.
func (h batchHead) Percent() int64 {
	if h.Job.Progress.Total <= 0 {
		return 0
	}
	return min(100, h.Job.Progress.Done*100/h.Job.Progress.Total)
}

func (c *call) batches() error {
	var before uuid.UUID
	if text := c.QueryParam("before"); text != "" {
		var ok bool
		if before, ok = store.ParseID(text); !ok {
			return errNotFound
		}
	}
	found, err := c.face.Batches.Batches(c.Request().Context(), c.identity.Tenant.ID, before, rowsOnPage)
	if err != nil {
		return err
	}
	names, err := c.names()
	if err != nil {
		return err
	}
	view := &batchesView{}
	for _, one := range found {
		view.Rows = append(view.Rows, names.head(one))
	}
	if len(found) == rowsOnPage {
		view.Next = "?before=" + found[len(found)-1].Job.ID.String()
	}
	return c.page(http.StatusOK, "batches", "Jobs", view)
}

// batchView is one batch, and how far it has got.
type batchView struct {
	batchHead
	rowsPage

	Rows []batchRow
	// GroupName is what the group of an assignment is called, its id where it is
	// there no more.
	GroupName string
	// CanApply says that it is a dry run that can be carried out, by this role.
	CanApply bool
	// CanUndo says that it can be taken back, by this role.
	CanUndo bool
}

// batchRow is one user of a batch.
type batchRow struct {
	batch.Row
	// Name is what the user is called, its id where it is living no more.
	Name, Class string
}

var outcomeClasses = map[batch.Outcome]string{batch.Changed: "good", batch.Created: "good", batch.Refused: "bad", batch.Failed: "bad"}

// rowClass is how an outcome looks; what it is, its word says.
func rowClass(outcome batch.Outcome) string {
	return cmp.Or(outcomeClasses[outcome], "wait")
}

// batchRows are rows with the names of their users, which are looked up at once.
func (c *call) batchRows(rows []batch.Row) ([]batchRow, error) {
	ids := make([]uuid.UUID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	labels, err := c.face.Provider.Labels(c.Request().Context(), c.caller(), ids)
	if err != nil {
		return nil, err
	}
	views := make([]batchRow, len(rows))
	for i := range rows {
		views[i] = batchRow{rows[i], cmp.Or(labels[rows[i].ID], rows[i].Name, rows[i].ID.String()), rowClass(rows[i].Outcome)}
	}
	return views, nil
}

// batchID is the id in the path.
func (c *call) batchID() (uuid.UUID, error) {
	id, ok := store.ParseID(c.Param("id"))
	if !ok {
		return id, errNotFound
	}
	return id, nil
}

func (c *call) batch() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	return c.showBatch(http.StatusOK, id, "")
}

// showBatch answers with a batch, and a page of its rows.
func (c *call) showBatch(status int, id uuid.UUID, problem string) error {
	found, err := c.face.Batches.Batch(c.Request().Context(), c.identity.Tenant.ID, id)
	if err != nil {
		return err
	}
	names, err := c.names()
	if err != nil {
		return err
	}
	if found.Head.Import != nil {
		return c.importedBatch(status, found, names, problem)
	}
	view := &batchView{batchHead: c.seen(names.head(found), problem)}
	rows, err := c.rowsOf(id, &view.rowsPage)
	if err != nil {
		return err
	}
	if view.Rows, err = c.batchRows(rows); err != nil {
		return err
	}
	if plan := found.Head.Plan; plan != nil && plan.Group != "" {
		if view.GroupName, err = c.groupName(plan.Group); err != nil {
			return err
		}
	}
	view.offer(c.identity.Role)
	return c.page(status, "batch", view.Title, view)
}

// Action is what a dry run would do.
func (v *batchView) Action() string { return actionWords[v.Head.Plan.Action].title }

// offer says what can be done with a batch by a role.
func (v *batchView) offer(role operator.Role) {
	v.CanUndo = v.Undoable() == nil && role.May(operator.ManageAccounts)
	v.CanStop = stops(role, v.Batch)
	v.CanApply = v.Applicable() && role.May(operator.ForAction(v.Head.Plan.Action))
}
