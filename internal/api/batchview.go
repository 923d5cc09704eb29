package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/batch"
	"rollcall/internal/usercsv"
	"rollcall/store"
)

// busyWait is when who has too many jobs may come again.
const busyWait = 10 * time.Second

// forecastView is the answer to a dry run.
type forecastView struct {
	// Users is the number that confirms the batch.
	Users  int64        `json:"users"`
	Counts batch.Counts `json:"counts"`
	// Rows are the first ones of each outcome.
	Rows []batchRow `json:"rows"`
}

// batchRow is one user of a batch.
type batchRow struct {
	Number  int64         `json:"number"`
	ID      uuid.UUID     `json:"id,omitzero"`
	Outcome batch.Outcome `json:"outcome"`
	Why     string        `json:"why,omitzero"`
	Detail  string        `json:"detail,omitzero"`
	From    string        `json:"from,omitzero"`
	To      string        `json:"to,omitzero"`
	Renamed string        `json:"renamed,omitzero"`
	Lost    []string      `json:"lost,omitempty"`
	// Line, Name, Findings, Edits and Joined are of rows of a file.
	Line     int64             `json:"line,omitzero"`
	Name     string            `json:"name,omitzero"`
	Findings []usercsv.Finding `json:"findings,omitempty"`
	Edits    []usercsv.Edit    `json:"edits,omitempty"`
	Joined   []batch.Joined    `json:"joined,omitempty"`
}

func viewRow(r *batch.Row) batchRow {
	return batchRow{
		Number: r.Number, ID: r.ID, Outcome: r.Outcome, Why: r.Why, Detail: r.Detail,
		From: string(r.From), To: string(r.To), Renamed: r.Renamed, Lost: r.Lost,
		Line: r.Line, Name: r.Name, Findings: r.Findings, Edits: r.Edits, Joined: r.Joined,
	}
}

// batchView is a batch, and how far it has got.
type batchView struct {
	ID uuid.UUID `json:"id"`
	// Kind is batch, dryRun, import, importDryRun or undo.
	Kind  string         `json:"kind"`
	State store.JobState `json:"state"`
	// Problem is why it came to an early end or, while it is under way, why the attempt
	// before failed.
	Problem    string `json:"problem,omitzero"`
	Cancelling bool   `json:"cancelling"`

	Plan   *batch.Plan       `json:"plan,omitempty"`
	Import *batch.ImportPlan `json:"import,omitempty"`
	UndoOf uuid.UUID         `json:"undoOf,omitzero"`
	Undo   uuid.UUID         `json:"undo,omitzero"`

	Users  int64        `json:"users"`
	Done   int64        `json:"done"`
	Total  int64        `json:"total"`
	Failed int64        `json:"failed"`
	Counts batch.Counts `json:"counts"`

	ActorKind string    `json:"actorKind"`
	ActorID   string    `json:"actorId"`
	Created   time.Time `json:"created"`
	Started   time.Time `json:"started,omitzero"`
	Finished  time.Time `json:"finished,omitzero"`
	Expires   time.Time `json:"expires,omitzero"`
	CarriedOn time.Time `json:"carriedOn,omitzero"`
}

// batchKinds are the words for the kinds of jobs.
var batchKinds = map[string]string{batch.Kind: "batch", batch.KindDry: "dryRun", batch.KindUndo: "undo", batch.KindImport: "import", batch.KindImportDry: "importDryRun"}

func viewBatch(b *batch.Batch) *batchView {
	job, head := &b.Job, &b.Head
	view := &batchView{
		ID: job.ID, Kind: batchKinds[job.Kind], State: job.State, Cancelling: job.Cancelling,
		Plan: head.Plan, Import: head.Import, UndoOf: head.UndoOf, Undo: b.Undo, Users: head.Users,
		Done: job.Progress.Done, Total: job.Progress.Total, Failed: job.Progress.Failed, Counts: head.Counts,
		ActorKind: job.ActorKind, ActorID: job.ActorID, Created: job.Created, Started: job.Started, Finished: job.Finished, Expires: job.Expires, CarriedOn: job.TakenOver,
	}
	if job.State != store.JobSucceeded {
		view.Problem = job.Reason
	}
	return view
}

// batchPage is a page of batches.
type batchPage struct {
	Batches []*batchView `json:"batches"`
	Next    string       `json:"next,omitzero"`
}

// batches lists them, newest first.
func (c *call) batches() error {
	count, err := c.count()
	if err != nil {
		return err
	}
	var before uuid.UUID
	if text := c.QueryParam("cursor"); text != "" {
		var ok bool
		if before, ok = store.ParseID(text); !ok {
			return errCursor
		}
	}
	found, err := c.face.Batches.Batches(c.Request().Context(), c.identity.Tenant.ID, before, count)
	if err != nil {
		return err
	}
	page := batchPage{Batches: []*batchView{}}
	for _, one := range found {
		page.Batches = append(page.Batches, viewBatch(one))
	}
	if len(found) == count {
		page.Next = found[len(found)-1].Job.ID.String()
	}
	return c.reply(http.StatusOK, page)
}

// rowPage is a page of rows; it may be short of what was asked for and go on.
type rowPage struct {
	Rows []batchRow `json:"rows"`
	Next string     `json:"next,omitzero"`
}

func (c *call) batchRows() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	count, err := c.count()
	if err != nil {
		return err
	}
	outcome := batch.Outcome(c.QueryParam("outcome"))
	if outcome != "" && !slices.Contains(batch.Outcomes(), outcome) {
		return invalid("outcome", "is one of pending, created, changed, unchanged, refused, failed")
	}
	var after int64
	if text := c.QueryParam("cursor"); text != "" {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 1 {
			return errCursor
		}
	}
	rows, next, err := c.face.Batches.Rows(c.Request().Context(), c.identity.Tenant.ID, id, outcome, after, count)
	if err != nil {
		return err
	}
	page := rowPage{Rows: []batchRow{}}
	for i := range rows {
		page.Rows = append(page.Rows, viewRow(&rows[i]))
	}
	if next > 0 {
		page.Next = strconv.FormatInt(next, 10)
	}
	return c.reply(http.StatusOK, page)
}
