package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
)

func TestFactsStanding(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC) }
	facts := store.Facts{
		Status: "Active", Reason: "r", StatusChanged: at(1),
		Later: []store.Period{{At: at(10), Status: "Locked", Changed: at(10)}, {At: at(20), Status: "Locked", Reason: "other", Changed: at(10)}},
	}
	first := store.Period{Status: "Active", Reason: "r", Changed: at(1)}
	for _, test := range []struct {
		now  time.Time
		want store.Period
	}{
		{time.Time{}, first},
		{at(10).Add(-1), first},
		{at(10), facts.Later[0]},
		{at(20).Add(-1), facts.Later[0]},
		{at(20), facts.Later[1]},
		{store.Forever, facts.Later[1]},
	} {
		if diff := cmp.Diff(test.want, facts.Standing(test.now)); diff != "" {
			t.Errorf("at %v (-want +got):\n%s", test.now, diff)
		}
	}
	if got := (&store.Facts{}).Standing(at(1)); got != (store.Period{}) {
		t.Errorf("no facts stand as %+v", got)
	}
}
