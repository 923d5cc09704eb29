package api

import (
	"errors"
	"net/http"
	"time"

	"rollcall/internal/auth"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

func (f *face) signInRoutes(r *routes) {
	r.add(http.MethodPost, "/sign-ins", auth.ScopeSigninsReport, (*call).reportSignIns)
}

// mostSignIns is the largest batch of reports.
const mostSignIns = 1000

// signInReport is a sign-in that an application reports.
type signInReport struct {
	User        string    `json:"user"`
	At          time.Time `json:"at"`
	Succeeded   *bool     `json:"succeeded"`
	Application string    `json:"application"`
	Address     string    `json:"address"`
	Detail      string    `json:"detail"`
}

// signInResult is what became of a report.
type signInResult struct {
	ID string `json:"id,omitzero"`
	// Status is how the account stands now.
	Status string `json:"status,omitzero"`
	// Locked says that this report locked the account.
	Locked  bool     `json:"locked,omitzero"`
	Problem *problem `json:"problem,omitzero"`
}

// reportSignIns notes one sign-in, or a batch of them with a result each, in
// their order.
func (c *call) reportSignIns() error {
	var body struct {
		signInReport `json:",inline"`

		SignIns *[]signInReport `json:"signIns"`
	}
	if err := c.read(&body); err != nil {
		return err
	}
	caller := c.application()
	if body.SignIns == nil {
		result, err := c.reportSignIn(caller, body.signInReport)
		if err != nil {
			return err
		}
		return c.reply(http.StatusOK, result)
	}
	if body.signInReport != (signInReport{}) {
		return invalid("signIns", "a batch stands alone")
	}
	if n := len(*body.SignIns); n > mostSignIns {
		return invalid("signIns", "a batch has at most %d reports", mostSignIns)
	}
	return c.reportBatch(caller, *body.SignIns)
}

// reportBatch notes reports in their order. When the database is gone the rest
// is not tried.
func (c *call) reportBatch(caller *scim.Caller, reports []signInReport) error {
	results := make([]signInResult, 0, len(reports))
	var broken error
	for _, report := range reports {
		result, err := signInResult{}, broken
		if broken == nil {
			result, err = c.reportSignIn(caller, report)
		}
		if ctx := c.Request().Context(); ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			result.Problem = c.face.refusal(c, err)
		}
		if errors.Is(err, store.ErrUnavailable) {
			broken = err
		}
		results = append(results, result)
		if caller.Progress != nil {
			caller.Progress()
		}
	}
	c.Response().Header().Del("Retry-After") // of a report, not of the answer
	return c.reply(http.StatusOK, map[string]any{"results": results})
}

func (c *call) reportSignIn(caller *scim.Caller, report signInReport) (signInResult, error) {
	switch {
	case report.User == "":
		return signInResult{}, invalid("user", "is required")
	case report.Succeeded == nil:
		return signInResult{}, invalid("succeeded", "is required")
	}
	if report.Application == "" {
		report.Application = c.identity.Connection.Name
	}
	done, err := c.face.Provider.ReportSignIn(c.Request().Context(), caller, scim.SignIn{
		User: report.User, At: report.At, Succeeded: *report.Succeeded, Application: report.Application, Address: report.Address, Detail: report.Detail,
	})
	if err != nil {
		return signInResult{}, err
	}
	return signInResult{
		ID: done.ID, Status: string(done.To), Locked: done.From != lifecycle.StatusLocked && done.To == lifecycle.StatusLocked,
	}, nil
}
