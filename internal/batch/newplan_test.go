package batch

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/internal/admin"
)

// TestPlansKeepRequests: each user is asked for what was asked for all, whatever a
// request can hold.
func TestPlansKeepRequests(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	asked := admin.Request{
		Reason: "r", Until: at, Keep: true, Source: "s", Approval: true, Mark: "m", Purpose: "p", Confirm: "eve", Confirmed: true,
		Password: "w", ValidFrom: &at, ValidUntil: &at, By: "b",
	}
	for i := range reflect.TypeFor[admin.Request]().NumField() {
		if reflect.ValueOf(asked).Field(i).IsZero() {
			t.Errorf("a request can hold %s, which is not looked at here", reflect.TypeFor[admin.Request]().Field(i).Name)
		}
	}
	plan := NewPlan("suspend", asked, Selection{Deleted: true})
	if diff := cmp.Diff(asked, plan.request("b"), cmpopts.IgnoreFields(admin.Request{}, "Confirm", "Password")); diff != "" {
		t.Errorf("asked (-), of each (+):\n%s", diff)
	}
	if plan.Action != "suspend" || !plan.Selection.Deleted {
		t.Errorf("plan %+v", plan)
	}
}
