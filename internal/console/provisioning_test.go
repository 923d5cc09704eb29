package console

import (
	"testing"
	"time"

	"rollcall/store"
)

// TestUnread: of a request that is older than what was read of the trail it is not
// said that it changed nothing.
func TestUnread(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	rows := []store.AuditRow{{Audit: store.Audit{At: at.Add(time.Minute)}}, {Audit: store.Audit{At: at}}}
	for _, test := range []struct {
		page store.AuditPage
		at   time.Time
		want bool
	}{
		{store.AuditPage{}, at, false},
		{store.AuditPage{Rows: rows}, at.Add(-time.Hour), false},
		{store.AuditPage{Rows: rows, More: true}, at.Add(-time.Second), true},
		{store.AuditPage{Rows: rows, More: true}, at, true},
		{store.AuditPage{Rows: rows, More: true}, at.Add(time.Second), false},
	} {
		if got := unread(&test.page, test.at); got != test.want {
			t.Errorf("%+v at %v: %v", test.page, test.at, got)
		}
	}
}
