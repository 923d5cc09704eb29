package batch

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/internal/usercsv"
	"rollcall/internal/validation"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// Outcome is what became of one row, or would.
type Outcome string

// The outcomes.
const (
	// Pending is what nothing was done about, yet or for good.
	Pending Outcome = "pending"
	Changed Outcome = "changed"
	// Created is a user that is made of a row of a file.
	Created Outcome = "created"
	// Unchanged is where there was nothing to do.
	Unchanged Outcome = "unchanged"
	// Refused is where the state of the account does not allow it.
	Refused Outcome = "refused"
	// Failed is where something went wrong in the server.
	Failed Outcome = "failed"
)

// Outcomes are all there are.
func Outcomes() []Outcome { return []Outcome{Pending, Created, Changed, Unchanged, Refused, Failed} }

// Row is one user of a batch.
type Row struct {
	// Number is the place of the row, from 1.
	Number  int64     `json:"-"`
	ID      uuid.UUID `json:"id"`
	Outcome Outcome   `json:"outcome"`
	// Why is the reason of a refusal, Detail says it in a sentence.
	Why    string `json:"why,omitzero"`
	Detail string `json:"detail,omitzero"`
	// From and To are the statuses around a change.
	From lifecycle.Status `json:"from,omitzero"`
	To   lifecycle.Status `json:"to,omitzero"`
	// Renamed is the new userName of a restored user, Lost are groups that it
	// was in and that are gone.
	Renamed string   `json:"renamed,omitzero"`
	Lost    []string `json:"lost,omitempty"`
	// Was is the tag as it was spelled that was taken away.
	Was string `json:"was,omitzero"`
	// Before and After are the facts by which a change is undone.
	Before jsontext.Value `json:"before,omitzero"`
	After  jsontext.Value `json:"after,omitzero"`

	// Line is where the row stands in its file, from 1, and Name what the user is
	// called there; zero and empty without a file.
	Line int64  `json:"line,omitzero"`
	Name string `json:"name,omitzero"`
	// Findings are what is wrong with cells, or worth knowing.
	Findings []usercsv.Finding `json:"findings,omitempty"`
	// Edits are what a row of a file changes of a user, by which it is undone
	// while the user has the version.
	Edits   []usercsv.Edit `json:"edits,omitempty"`
	Version int64          `json:"version,omitzero"`
	// Joined are the groups that a row of a file puts its user in, and its undo
	// takes it out of.
	Joined []Joined `json:"joined,omitempty"`
	// Made says of a row that is to be undone that it made the user.
	Made bool `json:"made,omitzero"`
}

// written reports whether the row did something, so that its outcome was stored
// with that.
func (r *Row) written() bool { return r.Outcome == Changed || r.Outcome == Created }

// item is a row as it is stored.
func (r *Row) item() (store.JobItem, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return store.JobItem{}, fmt.Errorf("render a row: %w", err)
	}
	return store.JobItem{Number: r.Number, Outcome: text}, nil
}

func readRow(item store.JobItem) (Row, error) {
	var row Row
	if err := json.Unmarshal(item.Outcome, &row); err != nil {
		return row, fmt.Errorf("read row %d: %w", item.Number, err)
	}
	row.Number = item.Number
	return row, nil
}

// become takes over what is known of a transition.
func (r *Row) become(done *scim.Transition) error {
	r.Outcome, r.From, r.To, r.Renamed, r.Lost = Unchanged, done.From, done.To, done.Renamed, done.Lost
	if !done.Changed {
		return nil
	}
	r.Outcome = Changed
	before, err := scim.EncodeFacts(done.Before)
	if err != nil {
		return err
	}
	after, err := scim.EncodeFacts(done.After)
	r.Before, r.After = before, after
	return err
}

// whyNone is the reason where an id names nobody, whyConflict where others have
// what the account would need.
const (
	whyNone     = "no-account"
	whyConflict = "conflict"
	whyInvalid  = "invalid"
	whyInternal = "internal"
)

// refuse makes an error about the row its outcome. What is not about this row
// alone is returned: the attempt ends with it.
func (r *Row) refuse(action string, err error) error {
	var refused *lifecycle.Refusal
	var wrong *validation.Error
	told, isFault := fault.As(err)
	switch {
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrLeaseLost), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &refused):
		r.Outcome, r.Why, r.Detail, r.From = Refused, string(refused.Why), admin.Refused(action, refused), refused.From
	case errors.As(err, &wrong):
		r.Outcome, r.Why, r.Detail = Refused, whyInvalid, wrong.Error()
	case isFault && told.Status == 404:
		r.Outcome, r.Why, r.Detail = Refused, whyNone, "there is no such user"
	case isFault && told.Status < 500:
		r.Outcome, r.Why, r.Detail = Refused, whyConflict, told.Detail
	default:
		r.Outcome, r.Why, r.Detail = Failed, whyInternal, "something went wrong in the server; the log says what"
	}
	return nil
}
