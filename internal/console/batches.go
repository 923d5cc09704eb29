package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/batch"
	"rollcall/internal/form"
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
	r.do("/batches/:id/apply", operator.AssistAccounts, (*call).applyDryRun)
	r.do("/batches/:id/cancel", operator.ManageAccounts, (*call).cancelBatch)
	r.do("/batches/:id/undo", operator.ManageAccounts, (*call).undoBatch)
}

// bulkActions are what the selection bar of the users offers, in its order.
var bulkActions = []string{"activate", "suspend", "deprovision", "invite", "reset-attempts", "unlock", "lock"}

// batchForm is the page that asks for what a batch needs, and shows what it would
// do before it is done.
type batchForm struct {
	Action, Title, About string
	Fields               *actionFields
	// Selected are the parameters that say whom it is about.
	Selected []parameter
	// Whom says it to people.
	Whom string
	// Forecast is what it would do, nil before it is looked at; Rows are the first
	// users of it.
	Forecast *batch.Forecast
	Rows     []batchRow
	// Confirm are the parameters that carry out what was looked at.
	Confirm []parameter
}

// parameter is a hidden field of a form.
type parameter struct{ Name, Value string }

// hidden are all values of a form by some names.
func hidden(sent url.Values, names ...string) []parameter {
	var list []parameter
	for _, name := range names {
		for _, value := range sent[name] {
			list = append(list, parameter{name, value})
		}
	}
	return list
}

// selection is whom a form is about: the users that are ticked, or all that the
// list matches.
func selection(sent url.Values) (batch.Selection, string, error) {
	if sent.Get("whom") == "matching" {
		filter := readUserFilter(sent)
		text := filter.scim()
		if text == "" {
			text = "id pr"
		}
		return batch.Selection{Filter: text}, "All users that the list shows", nil
	}
	ids := sent["id"]
	if len(ids) == 0 {
		return batch.Selection{}, "", &admin.InvalidError{Field: "users", Problem: "tick some first"}
	}
	return batch.Selection{IDs: ids}, strconv.Itoa(len(ids)) + " ticked " + plural(int64(len(ids)), "user"), nil
}

// selecting are the names of the parameters that say whom a form is about.
var selecting = []string{"whom", "id", "q", "status", "stale", "never"}

// plural is a word for a number of things.
func plural(n int64, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// maxBatchForm has room for as many ids as a batch can name.
const maxBatchForm = 1 << 20

// batchForm reads the form of a batch whose action the role may do.
func (c *call) batchForm() (*batchForm, url.Values, batch.Selection, error) {
	sent, err := form.Fields(c, maxBatchForm)
	if err != nil {
		return nil, nil, batch.Selection{}, err
	}
	action, ok := admin.Lookup(sent.Get("action"))
	if !ok || !slices.Contains(batch.Actions(), action.Name) {
		return nil, nil, batch.Selection{}, errBadRequest
	}
	if !c.identity.Role.May(operator.ForAction(action.Name)) {
		return nil, nil, batch.Selection{}, errForbidden
	}
	words := actionWords[action.Name]
	view := &batchForm{Action: action.Name, Title: words.title, About: words.about, Fields: fieldsOf(action), Selected: hidden(sent, selecting...)}
	view.Fields.ReasonNeeded, view.Fields.Sent = true, sent
	view.Fields.Takes[admin.TakesConfirm] = false // the number confirms it
	of, whom, err := selection(sent)
	view.Whom = whom
	return view, sent, of, err
}

func (c *call) askBatch() error {
	view, _, _, err := c.batchForm()
	if refused("", err) != "" {
		return c.back("/users", noticeNobodyTicked)
	}
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "batch-form", view.Title, view)
}

// plan is the batch that a form asks for.
func (c *call) plan(view *batchForm, sent url.Values, of batch.Selection) (batch.Plan, error) {
	action, _ := admin.Lookup(view.Action)
	request, err := c.request(action, sent)
	return batch.Plan{
		Action: view.Action, Reason: request.Reason, Until: request.Until, Source: request.Source, Approval: request.Approval,
		Mark: request.Mark, Purpose: request.Purpose, ValidFrom: request.ValidFrom, ValidUntil: request.ValidUntil, Selection: of,
	}, err
}

// planned reads a form, and answers with it again where it is wrong.
func (c *call) planned(carry func(*batchForm, url.Values, batch.Plan) error) error {
	view, sent, of, err := c.batchForm()
	if err != nil {
		if refused("", err) != "" {
			return c.back("/users", noticeNobodyTicked)
		}
		return err
	}
	plan, err := c.plan(view, sent, of)
	if err == nil {
		err = carry(view, sent, plan)
	}
	var size *batch.SizeError
	problem := refused(view.Action, err)
	if errors.As(err, &size) || errors.Is(err, batch.ErrBusy) {
		problem = sentence(err.Error())
	}
	if problem == "" {
		return err
	}
	view.Fields.Problem, view.Forecast = problem, nil
	return c.page(http.StatusUnprocessableEntity, "batch-form", view.Title, view)
}

// previewBatch shows what a batch would do; one of many users becomes a job.
func (c *call) previewBatch() error {
	return c.planned(func(view *batchForm, sent url.Values, plan batch.Plan) error {
		forecast, later, err := c.face.Batches.DryRun(c.Request().Context(), c.caller(), plan)
		if err != nil {
			return err
		}
		if later != nil {
			return c.Redirect(http.StatusSeeOther, c.face.root+"/batches/"+later.Job.ID.String())
		}
		view.Forecast = forecast
		if view.Rows, err = c.batchRows(forecast.Rows); err != nil {
			return err
		}
		view.Confirm = append(hidden(sent, append(slices.Clone(selecting), "reason", "until", "source", "approval", "mark", "purpose", "validFrom", "validUntil")...),
			parameter{"action", view.Action}, parameter{"users", strconv.FormatInt(forecast.Users, 10)})
		return c.page(http.StatusOK, "batch-form", view.Title, view)
	})
}

// applyBatch carries out what was looked at.
func (c *call) applyBatch() error {
	return c.planned(func(_ *batchForm, sent url.Values, plan batch.Plan) error {
		users, err := strconv.ParseInt(sent.Get("users"), 10, 64)
		if err != nil {
			return errBadRequest
		}
		taken, err := c.face.Batches.Apply(c.Request().Context(), c.caller(), plan, users)
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, c.face.root+"/batches/"+taken.Job.ID.String())
	})
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
}

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
	if b.Job.Kind == batch.KindDry {
		head.Title += " (dry run)"
	}
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
	Outcome  string
	Outcomes []batch.Outcome
	Rows     []batchRow
	Next     string
	// Applicable says that it is a dry run that is over, of what the role may do.
	Applicable bool
	// Undoable says that there is something to take back.
	Undoable bool
}

// batchRow is one user of a batch.
type batchRow struct {
	batch.Row
	// Name is what the user is called, its id where it is living no more.
	Name, Class string
}

var outcomeClasses = map[batch.Outcome]string{batch.Changed: "good", batch.Refused: "bad", batch.Failed: "bad"}

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
		class, ok := outcomeClasses[rows[i].Outcome]
		if !ok {
			class = "wait"
		}
		views[i] = batchRow{rows[i], cmp.Or(labels[rows[i].ID], rows[i].ID.String()), class}
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
	ctx, tenant := c.Request().Context(), c.identity.Tenant.ID
	found, err := c.face.Batches.Batch(ctx, tenant, id)
	if err != nil {
		return err
	}
	names, err := c.names()
	if err != nil {
		return err
	}
	view := &batchView{batchHead: names.head(found), Outcomes: batch.Outcomes(), Outcome: c.QueryParam("outcome")}
	if !slices.Contains(view.Outcomes, batch.Outcome(view.Outcome)) {
		view.Outcome = ""
	}
	after, _ := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	rows, next, err := c.face.Batches.Rows(ctx, tenant, id, batch.Outcome(view.Outcome), max(after, 0), rowsOnPage)
	if err != nil {
		return err
	}
	if view.Rows, err = c.batchRows(rows); err != nil {
		return err
	}
	if next > 0 {
		view.Next = "?" + url.Values{"outcome": {view.Outcome}, "after": {strconv.FormatInt(next, 10)}}.Encode()
	}
	view.offer(c.identity.Role)
	return c.page(http.StatusOK, "batch", view.Title, view)
}

// offer says what can be done with a batch by a role.
func (v *batchView) offer(role operator.Role) {
	state := v.Job.State
	v.Undoable = v.Job.Kind == batch.Kind && state.Finished() && state != store.JobFailed && v.Undo == uuid.Nil &&
		v.Head.Plan != nil && v.Head.Plan.Action != "purge" && role.May(operator.ManageAccounts)
	v.Applicable = applicable(v.Batch) && role.May(operator.ForAction(v.Head.Plan.Action))
}

// applicable reports whether a dry run is over that still knows whom it is about.
func applicable(b *batch.Batch) bool {
	return b.Job.Kind == batch.KindDry && b.Job.State == store.JobSucceeded && b.Head.Users > 0 && b.Head.Plan != nil &&
		(b.Head.Plan.Selection.Filter != "" || b.Head.Plan.Selection.Deleted)
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
	case !applicable(found):
		return errBadRequest
	case !c.identity.Role.May(operator.ForAction(found.Head.Plan.Action)):
		return errForbidden
	}
	taken, err := c.face.Batches.Apply(ctx, c.caller(), *found.Head.Plan, found.Head.Users)
	var size *batch.SizeError
	if errors.As(err, &size) || refused("", err) != "" {
		return c.back("/batches/"+id.String(), noticeChangedSince)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, c.face.root+"/batches/"+taken.Job.ID.String())
}

func (c *call) cancelBatch() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	if _, err := c.face.Batches.Cancel(c.Request().Context(), c.caller(), id); err != nil {
		return err
	}
	return c.back("/batches/"+id.String(), noticeCancelling)
}

func (c *call) undoBatch() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	undo, err := c.face.Batches.Undo(c.Request().Context(), c.caller(), id, "")
	var state *batch.StateError
	if errors.As(err, &state) {
		return c.back("/batches/"+id.String(), noticeNotUndone)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, c.face.root+"/batches/"+undo.Job.ID.String())
}
