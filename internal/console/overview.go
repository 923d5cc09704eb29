package console

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"rollcall/internal/chart"
	"rollcall/internal/figures"
	"rollcall/internal/operator"
	"rollcall/lifecycle"
	"rollcall/store"
)

func (f *face) overviewRoutes(r *routes) {
	r.show("", operator.ViewAccounts, (*call).overview)
}

// overviewView is what stands out in a tenant.
type overviewView struct {
	// Figures are nil while they are counted.
	Figures *figures.Figures
	// Charts are drawn of them.
	Charts []template.HTML
	Coming []comingRow
	// Receivers are those that fail, for roles that see settings.
	Receivers []receiverHead
	// Jobs are those that are not over.
	Jobs []batchHead
}

// comingRow is what a date of an account makes of it.
type comingRow struct {
	figures.Change
	What, Name string
}

// comingWords say what the dates of accounts do.
var comingWords = map[string]string{
	"validFrom": timerTitles[lifecycle.TimerValidFrom], "validUntil": timerTitles[lifecycle.TimerValidUntil], "suspendedUntil": timerTitles[lifecycle.TimerSuspendedUntil],
}

func (c *call) overview() error {
	view := &overviewView{}
	found, err := c.face.Figures.Of(c.Request().Context(), c.identity.Tenant.ID)
	if err == nil {
		err = view.draw(c.face.root, found)
	}
	// Without them the page has the rest to show.
	if err != nil && !errors.Is(err, figures.ErrCounting) {
		return err
	}
	if err := c.attention(view); err != nil {
		return err
	}
	return c.page(http.StatusOK, "overview", "Overview", view)
}

// draw shows the figures.
func (v *overviewView) draw(root string, found *figures.Figures) error {
	v.Figures = found
	for i := range found.Coming {
		one := found.Coming[i]
		name := one.Account.DisplayName
		if name == "" {
			name = one.Account.UserName
		}
		v.Coming = append(v.Coming, comingRow{one, comingWords[one.Kind], name})
	}
	bars := chart.Bars{ID: "statuses", Title: "Users by status", Of: "Status", Unit: "Users"}
	for _, count := range found.Statuses {
		bars.Rows = append(bars.Rows, chart.Row{
			Label: count.Label, Value: count.Users, Class: statusClass(lifecycle.Status(count.Value)), Link: root + "/users?" + url.Values{"status": {count.Value}}.Encode(),
		})
	}
	days := chart.Columns{ID: "days", Title: "Who came and who went", Of: "Day (UTC)", Up: "joined", Down: "left"}
	for _, day := range found.Days {
		days.Points = append(days.Points, chart.Point{Label: day.Date.Format("2 Jan 2006"), Up: day.Joined, Down: day.Left})
	}
	seen := chart.Bars{ID: "activity", Title: "Users by their last sign-in", Of: "Last sign-in", Unit: "Users"}
	for _, one := range activities {
		seen.Rows = append(seen.Rows, chart.Row{
			Label: one.label, Value: one.users(found.Activity), Link: root + "/users?" + url.Values{"activity": {one.value}}.Encode(),
		})
	}
	for _, one := range []interface{ Draw() (template.HTML, error) }{bars, days, seen} {
		drawn, err := one.Draw()
		if err != nil {
			return err
		}
		v.Charts = append(v.Charts, drawn)
	}
	return nil
}

// attention finds what goes on at the moment, and what somebody should look at.
func (c *call) attention(view *overviewView) error {
	ctx, tenant := c.Request().Context(), c.identity.Tenant.ID
	if c.identity.Role.May(operator.ViewSettings) {
		found, err := c.face.Events.Receivers(ctx, tenant)
		if err != nil {
			return err
		}
		for i := range found {
			if found[i].State == store.ReceiverDead || found[i].State == store.ReceiverActive && found[i].Failures > 0 {
				view.Receivers = append(view.Receivers, headOf(&found[i]))
			}
		}
	}
	jobs, err := c.face.Batches.UnderWay(ctx, tenant, rowsOnPage)
	if err != nil || len(jobs) == 0 {
		return err
	}
	names, err := c.names()
	for _, one := range jobs {
		view.Jobs = append(view.Jobs, names.head(one))
	}
	return err
}
