package console

import (
	"bytes"
	"strings"
	"testing"

	"rollcall/internal/batch"
	"rollcall/store"
)

// TestPagesLookAgainWithoutScripts while a job is under way, where scripts are off
// alone, and not while somebody reads its rows.
func TestPagesLookAgainWithoutScripts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		state   store.JobState
		watched bool
		want    bool
	}{
		{store.JobQueued, true, true},
		{store.JobRunning, true, true},
		{store.JobRunning, false, false},
		{store.JobSucceeded, true, false},
		{store.JobDead, true, false},
		{store.JobCancelled, true, false},
	} {
		view := &batchView{batchHead: batchHead{Batch: &batch.Batch{Job: store.Job{State: test.state}}, watched: test.watched}}
		var page bytes.Buffer
		if err := templates["batch"].ExecuteTemplate(&page, "frame.html", &frame{Page: view}); err != nil {
			t.Fatal(err)
		}
		refreshes := strings.Count(page.String(), `http-equiv="refresh"`)
		if within := strings.Contains(page.String(), `<noscript><meta http-equiv="refresh" content="10"></noscript>`); within != test.want || refreshes > 1 || !test.want && refreshes > 0 {
			t.Errorf("%s, watched %t: looks again %t, want %t", test.state, test.watched, within, test.want)
		}
		if said := strings.Contains(page.String(), "As of "); said == test.state.Finished() {
			t.Errorf("%s: says of when it is: %t", test.state, said)
		}
	}
}
