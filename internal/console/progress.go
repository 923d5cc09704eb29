package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"rollcall/internal/batch"
)

const (
	// progressFor bounds a stream of events. Browsers ask again when it ends, by
	// which the session is looked at anew.
	progressFor = 30 * time.Second
	// progressEvery is how often it says how far a job has got.
	progressEvery = time.Second
)

// progressEvent is how far a job has got, for the script of the page.
type progressEvent struct {
	Percent int64  `json:"percent"`
	State   string `json:"state"`
	Says    string `json:"says"`
	Notes   string `json:"notes"`
	Seen    string `json:"seen"`
}

// Says is how far it has got, in words.
func (h batchHead) Says() string {
	counts := h.Head.Counts
	switch {
	case h.Job.Kind == batch.KindImportDry:
		return fmt.Sprintf("%d of %d rows looked at. Would be added: %d, changed: %d; would stay as they are: %d; cannot be imported: %d. Nothing is done by this",
			h.Job.Progress.Done, h.Job.Progress.Total, counts.Created, counts.Changed, counts.Unchanged, counts.Refused)
	case h.Head.Import != nil:
		return fmt.Sprintf("%d of %d rows looked at. Added: %d, changed: %d, unchanged: %d, refused: %d, failed: %d",
			h.Job.Progress.Done, h.Job.Progress.Total, counts.Created, counts.Changed, counts.Unchanged, counts.Refused, counts.Failed)
	}
	return fmt.Sprintf("%d of %d looked at, %d changed, %d already so, %d refused, %d failed", h.Job.Progress.Done, h.Job.Progress.Total, counts.Changed, counts.Unchanged, counts.Refused, counts.Failed)
}

// Notes are what else there is to know of how it runs, in sentences.
func (h batchHead) Notes() string {
	var notes []string
	if at := h.Job.TakenOver; !at.IsZero() {
		notes = append(notes, "Carried on by another server, or by this one started again, on "+moment(at)+", because the one that ran it had stopped. "+
			"Nothing is lost by that, and nothing is done twice.")
	}
	switch {
	case h.Job.Reason == "":
	case h.Job.State.Finished():
		notes = append(notes, sentence(h.Job.Reason))
	default:
		notes = append(notes, "An attempt failed; the log says why. It is tried again by itself, and what is done stays done.")
	}
	return strings.Join(notes, " ")
}

// batchEvents says how far a batch has got, as server-sent events, until it is
// over.
func (c *call) batchEvents() error {
	id, err := c.batchID()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	found, err := c.face.Batches.Batch(ctx, c.identity.Tenant.ID, id)
	if err != nil {
		return err
	}
	response := c.Response()
	response.Header().Set(echo.HeaderContentType, "text/event-stream")
	// A proxy that collects answers would say all of it at the end.
	response.Header().Set("X-Accel-Buffering", "no")
	response.WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	ends, tick := time.NewTimer(progressFor), time.NewTicker(progressEvery)
	defer ends.Stop()
	defer tick.Stop()
	for c.tell(found) && !found.Job.State.Finished() && !c.face.draining() {
		select {
		case <-ctx.Done():
			return nil
		case <-ends.C:
			return nil
		case <-tick.C:
		}
		if found, err = c.face.Batches.Batch(ctx, c.identity.Tenant.ID, id); err != nil {
			return nil //nolint:nilerr // the answer has begun: it ends, and the browser asks again
		}
	}
	return nil
}

// tell writes how far a batch has got, and whether it is over. It reports whether
// somebody is there to read it.
func (c *call) tell(found *batch.Batch) bool {
	head := names{}.head(found)
	data, err := json.Marshal(progressEvent{head.Percent(), head.State, head.Says(), head.Notes(), moment(c.face.Provider.Now())})
	if err != nil {
		return false
	}
	text := fmt.Sprintf("retry: 1000\nevent: progress\ndata: %s\n\n", data)
	if found.Job.State.Finished() {
		text += "event: over\ndata: {}\n\n"
	}
	if _, err := c.Response().Write([]byte(text)); err != nil {
		return false
	}
	return http.NewResponseController(c.Response()).Flush() == nil
}

// draining reports whether the server is about to end.
func (f *face) draining() bool { return f.Draining != nil && f.Draining() }
