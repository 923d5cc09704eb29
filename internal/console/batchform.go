package console

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"rollcall/internal/admin"
	"rollcall/internal/batch"
	"rollcall/internal/operator"
	"rollcall/internal/validation"
	"rollcall/internal/web"
)

// bulkActions are what the selection bar of the users offers, in its order.
var bulkActions = []string{
	"activate", "suspend", "deprovision", "invite", "reset-attempts", "unlock", "lock", "add-to-group", "remove-from-group", "tag", "untag",
}

// bulkTitle is what the bar calls an action. To delete is to deprovision, and who
// looks for one finds it under the name of the other.
func bulkTitle(name string) string {
	if name == "deprovision" {
		return "Delete (deprovision)"
	}
	return actionWords[name].title
}

// batchForm is the page that asks for what a batch needs, and shows what it would
// do before it is done.
type batchForm struct {
	Action, Title, About string
	Fields               *actionFields
	// Selected are the parameters that say whom it is about.
	Selected []parameter
	// Whom says it to people.
	Whom string
	// What is the group or the tag of an assignment, empty for another action.
	What string
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

// all are all values of an address, by name.
func all(values url.Values) []parameter {
	return hidden(values, slices.Sorted(maps.Keys(values))...)
}

// unselected says that a form names nobody that it could be about, and what about
// them.
type unselected notice

func (u unselected) Error() string { return notice(u).text() }

// selection is whom a form is about: the users that are ticked, or all that the
// list matches. An unselected for none and for too many, a *validation.Error where
// the filter is not understood.
func (c *call) selection(sent url.Values) (batch.Selection, string, error) {
	if sent.Get("whom") == "matching" {
		filter, err := readUserFilter(sent, c.face.Provider.Now())
		if err != nil {
			return batch.Selection{}, "", err
		}
		if text := filter.scim(); text != "" {
			group, err := c.groupName(filter.Group)
			return batch.Selection{Filter: text}, "All users that the list shows: " + filter.words(group), err
		}
		return batch.Selection{Filter: "id pr"}, "All users", nil
	}
	ids := sent["id"]
	switch {
	case len(ids) == 0:
		return batch.Selection{}, "", unselected(noticeNobodyTicked)
	case len(ids) > batch.MaxIDs:
		return batch.Selection{}, "", unselected(noticeManyTicked)
	}
	return batch.Selection{IDs: ids}, strconv.Itoa(len(ids)) + " ticked " + plural(int64(len(ids)), "user"), nil
}

// selecting are the names of the parameters that say whom a form is about.
var selecting = append([]string{"whom", "id"}, filtering...)

// maxBatchForm has room for as many ids as a batch can name.
const maxBatchForm = 1 << 20

// batchForm reads the form of a batch whose action the role may do.
func (c *call) batchForm() (*batchForm, url.Values, batch.Selection, error) {
	sent, err := web.Fields(c, maxBatchForm)
	if err != nil {
		return nil, nil, batch.Selection{}, err
	}
	name, ok := batch.ActionNamed(sent.Get("action"))
	if !ok {
		return nil, nil, batch.Selection{}, errBadRequest
	}
	action, _ := admin.Lookup(name)
	action.Name = name // an assignment is no action on one user
	if !c.identity.Role.May(operator.ForAction(action.Name)) {
		return nil, nil, batch.Selection{}, errForbidden
	}
	words := actionWords[action.Name]
	view := &batchForm{Action: action.Name, Title: words.title, About: words.about, Fields: fieldsOf(action), Selected: hidden(sent, selecting...)}
	view.Fields.ReasonNeeded, view.Fields.Sent = true, sent
	view.Fields.Takes[admin.TakesConfirm] = false // the number confirms it
	if takes := batch.AssignTakes(name); takes != "" {
		view.Fields.Takes[takes] = true
		if view.Fields.Groups, err = c.groupNames(); err != nil {
			return nil, nil, batch.Selection{}, err
		}
	}
	of, whom, err := c.selection(sent)
	view.Whom = whom
	return view, sent, of, err
}

// elsewhere goes back to the list as it was, where a form names nobody that it could
// be about, or says so by a filter that is not understood; another error is as it was.
func (c *call) elsewhere(sent url.Values, err error) error {
	var why unselected
	if errors.As(err, &why) {
		return c.backToList(sent, notice(why))
	}
	var wrong *validation.Error
	if errors.As(err, &wrong) {
		list, _ := c.listed(sent)
		return c.noList(list, wrong)
	}
	return err
}

func (c *call) askBatch() error {
	view, sent, _, err := c.batchForm()
	if err != nil {
		return c.elsewhere(sent, err)
	}
	return c.page(http.StatusOK, "batch-form", view.Title, view)
}

// plan is the batch that a form asks for.
func (c *call) plan(view *batchForm, sent url.Values, of batch.Selection) (batch.Plan, error) {
	action, _ := admin.Lookup(view.Action)
	request, err := c.actionRequest(action, sent)
	plan := batch.NewPlan(view.Action, request, of)
	if err != nil {
		return plan, err
	}
	switch batch.AssignTakes(view.Action) {
	case batch.TakesGroup:
		plan.Group, view.What, err = c.groupChosen(sent)
	case batch.TakesTag:
		plan.Tag = typed(sent.Get("newTag"))
		view.What = plan.Tag
	}
	return plan, err
}

// groupChosen is the group that a batch is about, and what it is called. What is
// confirmed names it by its id, which means no other group.
func (c *call) groupChosen(sent url.Values) (id, name string, err error) {
	if id := sent.Get("groupId"); id != "" {
		name, err := c.groupName(id)
		return id, name, err
	}
	group, err := c.groupCalled(typed(sent.Get("toGroup")))
	if err != nil {
		return "", "", err
	}
	return group.ID.String(), group.Label, nil
}

// planned reads a form, and answers with it again where it is wrong.
func (c *call) planned(carry func(*batchForm, url.Values, batch.Plan) error) error {
	view, sent, of, err := c.batchForm()
	if err != nil {
		return c.elsewhere(sent, err)
	}
	plan, err := c.plan(view, sent, of)
	if err == nil {
		err = carry(view, sent, plan)
	}
	problem := refused(view.Action, err)
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
		form, err := c.face.Batches.NewForm()
		if err != nil {
			return err
		}
		action, _ := admin.Lookup(view.Action)
		view.Confirm = append(hidden(sent, slices.Concat(selecting, []string{"reason"}, action.Takes)...),
			parameter{"action", view.Action}, parameter{"groupId", plan.Group}, parameter{"toGroup", sent.Get("toGroup")}, parameter{"newTag", plan.Tag},
			parameter{"users", strconv.FormatInt(forecast.Users, 10)}, parameter{"form", form})
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
		taken, err := c.face.Batches.ApplyForm(c.Request().Context(), c.caller(), sent.Get("form"), plan, users)
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, c.face.root+"/batches/"+taken.Job.ID.String())
	})
}
