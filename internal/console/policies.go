package console

import (
	"net/http"
	"net/url"
	"strconv"

	"rollcall/internal/operator"
	"rollcall/internal/web"
	"rollcall/lifecycle"
	"rollcall/scim/fault"
)

func (f *face) policyRoutes(r *routes) {
	r.show("/policies", operator.ViewSettings, (*call).policies)
	r.do("/policies/preview", operator.ManageSettings, (*call).previewPolicy)
	r.do("/policies", operator.ManageSettings, (*call).setPolicy)
}

// policiesView is the policy of the tenant, as a form.
type policiesView struct {
	// Version is the revision of the policy which the form begins with.
	Version int64
	Groups  []policyGroupView
	Modes   []policyMode
	Reason  string
	// Problem is about the whole, Problems about values.
	Problem  string
	Problems problems
}

type policyGroupView struct {
	Title  string
	Fields []policyFieldView
}

// policyFieldView is a value of the policy.
type policyFieldView struct {
	policyField
	// Value stands in the form; Now and Standard are for people.
	Value, Now, Standard string
	Own                  bool
	Problem              string
}

// policyView shows a policy, with what was sent instead.
func (c *call) policyView(now lifecycle.Policy, revision int64, sent map[string]string) *policiesView {
	values, standard := now.Values(), c.face.Provider.StandardPolicy().Values()
	view := &policiesView{Version: revision, Modes: policyModes(), Problems: problems{}}
	for _, group := range policyGroups {
		shown := policyGroupView{Title: group.Title}
		for _, field := range group.Fields {
			value, ok := sent[field.Name]
			if !ok {
				value = values[field.Name]
			}
			if field.Kind == "length" && value == "0s" {
				value = "0"
			}
			shown.Fields = append(shown.Fields, policyFieldView{
				policyField: field, Value: value, Now: policyValue(field, values[field.Name]),
				Standard: policyValue(field, standard[field.Name]), Own: values[field.Name] != standard[field.Name],
			})
		}
		view.Groups = append(view.Groups, shown)
	}
	return view
}

// wrong puts what is wrong beside the values that it is about.
func (v *policiesView) wrong(found []*lifecycle.PolicyError) {
	for _, one := range found {
		for _, group := range v.Groups {
			for i := range group.Fields {
				if group.Fields[i].Name == one.Field {
					group.Fields[i].Problem = sentence(one.Problem)
				}
			}
		}
	}
}

func (c *call) policies() error {
	policy, revision, err := c.face.Provider.Policy(c.Request().Context(), c.caller())
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "policies", "Policies", c.policyView(policy, revision, nil))
}

// policyChange is the page that says what a new policy changes, before it does.
type policyChange struct {
	Rows []policyChangeRow
	// Text is the policy, as it is set once that is confirmed.
	Text    string
	Version int64
	Reason  string
}

type policyChangeRow struct{ Title, Now, Then, About string }

// sentPolicy are the values that a form says: a box that is not ticked sends
// nothing.
func (c *call) sentPolicy(sent url.Values) map[string]string {
	if sent.Get("standard") != "" {
		return c.face.Provider.StandardPolicy().Values()
	}
	values := map[string]string{}
	for _, group := range policyGroups {
		for _, field := range group.Fields {
			switch {
			case field.Kind == "truth":
				values[field.Name] = strconv.FormatBool(sent.Get(field.Name) != "")
			case sent.Has(field.Name):
				values[field.Name] = typed(sent.Get(field.Name))
			}
		}
	}
	return values
}

// previewPolicy shows what a new policy changes.
func (c *call) previewPolicy() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	now, revision, err := c.face.Provider.Policy(c.Request().Context(), c.caller())
	if err != nil {
		return err
	}
	values, reason := c.sentPolicy(sent), typed(sent.Get("reason"))
	next, wrong := now.With(values)
	view := c.policyView(now, revision, values)
	view.Reason = reason
	view.wrong(wrong)
	if _, err := c.reasoned(reason); err != nil {
		view.Problems = problemsOf(err)
	}
	switch {
	case sent.Get("version") != strconv.FormatInt(revision, 10):
		view.Problem = meanwhile("policy")
		return c.page(http.StatusConflict, "policies", "Policies", view)
	case len(wrong) > 0 || len(view.Problems) > 0:
		return c.page(http.StatusUnprocessableEntity, "policies", "Policies", view)
	case next == now:
		return c.back("/policies", noticePolicySame)
	}
	change := &policyChange{Text: string(next.Text(c.face.Provider.StandardPolicy())), Version: revision, Reason: reason}
	before, after := now.Values(), next.Values()
	for _, group := range policyGroups {
		for _, field := range group.Fields {
			if from, to := before[field.Name], after[field.Name]; from != to {
				change.Rows = append(change.Rows, policyChangeRow{policyFields[field.Name].Title, policyValue(field, from), policyValue(field, to), field.About})
			}
		}
	}
	return c.page(http.StatusOK, "policy-change", "Change policies", change)
}

// setPolicy sets what was looked at.
func (c *call) setPolicy() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	revision, err := strconv.ParseInt(sent.Get("version"), 10, 64)
	if err != nil || revision < 0 {
		return errBadRequest
	}
	row, err := c.reasoned(typed(sent.Get("reason")))
	if err != nil {
		return errBadRequest
	}
	_, _, err = c.face.Provider.SetPolicy(c.Request().Context(), c.caller(), []byte(sent.Get("policy")), revision, row.Reason)
	if told, ok := fault.As(err); ok && told.Status == http.StatusPreconditionFailed {
		return c.policyElsewhere(sent.Get("policy"), row.Reason)
	}
	if err != nil {
		return err
	}
	return c.back("/policies", noticePolicySet)
}

// policyElsewhere answers a confirmation of what is no longer so: with the form as it
// was sent, and what is in force now.
func (c *call) policyElsewhere(text, reason string) error {
	asked, err := c.face.Provider.StandardPolicy().Overlay([]byte(text))
	if err != nil {
		return errBadRequest
	}
	now, revision, err := c.face.Provider.Policy(c.Request().Context(), c.caller())
	if err != nil {
		return err
	}
	view := c.policyView(now, revision, asked.Values())
	view.Reason, view.Problem = reason, meanwhile("policy")
	return c.page(http.StatusConflict, "policies", "Policies", view)
}
