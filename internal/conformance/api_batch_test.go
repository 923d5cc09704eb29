package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/await"
)

// crowd makes users through SCIM and returns their ids.
func (s *server) crowd(t *testing.T, name string, n int) []string {
	t.Helper()
	var ids []string
	for first := 0; first < n; first += 500 {
		var operations []string
		for i := first; i < min(first+500, n); i++ {
			operations = append(operations, postUser(fmt.Sprint("u", i), fmt.Sprintf("%s-%04d", name, i)))
		}
		for _, one := range s.want(t, 200, "POST", "/Bulk", bulkBody("", operations...))["Operations"].([]any) {
			location := one.(map[string]any)["location"].(string)
			ids = append(ids, location[strings.LastIndex(location, "/")+1:])
		}
	}
	return ids
}

// selected is the selection of some ids as JSON.
func selected(ids ...string) string { return `{"ids":["` + strings.Join(ids, `","`) + `"]}` }

// batchBody is the body of a batch; confirm is left out where it is negative.
func batchBody(action, selection string, confirm int, more ...string) string {
	body := `{"action":"` + action + `","reason":"because","selection":` + selection + joined(more)
	if confirm >= 0 {
		body += fmt.Sprintf(`,"confirm":%d`, confirm)
	}
	return body + "}"
}

// ended waits for the end of a batch and returns it.
func (o *office) ended(t *testing.T, b map[string]any) map[string]any {
	t.Helper()
	return await.For(t, 3*time.Minute, "the end of the batch", func() (map[string]any, bool) {
		found := o.ask(t, 200, "GET", "/batches/"+b["id"].(string), "")
		return found, found["state"] != "queued" && found["state"] != "running"
	})
}

// done takes a batch and waits for its success.
func (o *office) done(t *testing.T, body string) map[string]any {
	t.Helper()
	ended := o.ended(t, o.ask(t, 202, "POST", "/batches", body))
	if ended["state"] != "succeeded" {
		t.Fatalf("the batch ended so: %s", brief(ended))
	}
	return ended
}

// undone undoes a batch and waits for its success.
func (o *office) undone(t *testing.T, b map[string]any) map[string]any {
	t.Helper()
	ended := o.ended(t, o.ask(t, 202, "POST", "/batches/"+b["id"].(string)+"/undo", `{"reason":"a mistake"}`))
	if ended["state"] != "succeeded" || ended["kind"] != "undo" || ended["undoOf"] != b["id"] {
		t.Fatalf("the undo ended so: %s", brief(ended))
	}
	return ended
}

// counts compares the counts of a batch or of a dry run: changed, unchanged,
// refused.
func counts(t *testing.T, b map[string]any, changed, unchanged, refused int) {
	t.Helper()
	c := b["counts"].(map[string]any)
	got := fmt.Sprint(c["changed"], c["unchanged"], c["refused"], c["failed"])
	if want := fmt.Sprint(changed, unchanged, refused, 0); got != want {
		t.Errorf("counts %s, want %s: %s", got, want, brief(b))
	}
}

// rowsOf are the rows of a batch with an outcome, "" for all, by id.
func (o *office) rowsOf(t *testing.T, b map[string]any, outcome string) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	query := "?count=100"
	if outcome != "" {
		query += "&outcome=" + outcome
	}
	for cursor := ""; ; {
		page := o.ask(t, 200, "GET", "/batches/"+b["id"].(string)+"/rows"+query+cursor, "")
		for _, row := range page["rows"].([]any) {
			found[row.(map[string]any)["id"].(string)] = row.(map[string]any)
		}
		next, more := page["next"].(string)
		if !more {
			return found
		}
		cursor = "&cursor=" + next
	}
}

// members are the ids of the members of a group, in order.
func (s *server) members(t *testing.T, group string) []string {
	t.Helper()
	var ids []string
	members, _ := s.want(t, 200, "GET", "/Groups/"+group, "")["members"].([]any)
	for _, member := range members {
		ids = append(ids, member.(map[string]any)["value"].(string))
	}
	slices.Sort(ids)
	return ids
}

// TestAdminBatches follows a batch from its dry run to its undo.
func TestAdminBatches(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		ids := s.crowd(t, "batch", 120)
		o.act(t, 200, ids[3], "suspend", `{"reason":"because"}`)
		o.act(t, 200, ids[4], "deprovision", "")
		body := func(confirm int) string {
			return batchBody("suspend", selected(append(slices.Clone(ids), "2819c223-7f76-453a-919d-413861904646", ids[0])...), confirm, `"for":"30d"`)
		}
		dry := o.ask(t, 200, "POST", "/batches?dryRun=true", body(-1))
		counts(t, dry, 118, 1, 2) // the one that is suspended without an end stays so
		if dry["users"] != 121.0 || len(dry["rows"].([]any)) != 23 {
			t.Errorf("dry run: %s", brief(dry))
		}
		if why := dry["counts"].(map[string]any)["why"]; fmt.Sprint(why) != "map[deprovisioned:1 no-account:1]" {
			t.Errorf("why: %v", why)
		}
		if o.status(t, ids[0]) != "Active" {
			t.Error("a dry run did something")
		}
		refused := o.ask(t, 409, "POST", "/batches", body(120))
		if refused["users"] != 121.0 || refused["field"] != "confirm" {
			t.Errorf("refusal: %s", brief(refused))
		}
		done := o.done(t, body(121))
		counts(t, done, 118, 1, 2)
		if done["done"] != 121.0 || done["total"] != 121.0 || done["failed"] != 2.0 {
			t.Errorf("progress: %s", brief(done))
		}
		if o.status(t, ids[0]) != "Suspended" || len(o.rowsOf(t, done, "changed")) != 118 || len(o.rowsOf(t, done, "")) != 121 {
			t.Error("rows and accounts differ")
		}
		again := o.done(t, body(121))
		counts(t, again, 118, 1, 2) // 30 days end later by now

		// Others change one in between: it is left as it is, and told.
		o.act(t, 200, ids[7], "activate", "")
		undo := o.undone(t, again)
		counts(t, undo, 117, 0, 1)
		if row := o.rowsOf(t, undo, "refused")[ids[7]]; row["why"] != "changed-since" {
			t.Errorf("the row that others changed: %v", row)
		}
		counts(t, o.undone(t, done), 117, 1, 0)
		for i, want := range map[int]string{0: "Active", 3: "Suspended", 4: "Deprovisioned", 7: "Active", 119: "Active"} {
			if got := o.status(t, ids[i]); got != want {
				t.Errorf("account %d is %s, want %s", i, got, want)
			}
		}
		// A second time does nothing, and is the undo that there is.
		second := o.undone(t, done)
		if first := o.ask(t, 200, "GET", "/batches/"+done["id"].(string), "")["undo"]; second["id"] != first {
			t.Errorf("undone twice: %v and %v", first, second["id"])
		}
		o.ask(t, 409, "POST", "/batches/"+second["id"].(string)+"/undo", "")
		o.trailOf(t, done, ids[0])
	})
}

// trailOf looks for the batch in the audit trail: by itself, and by its rows.
func (o *office) trailOf(t *testing.T, b map[string]any, user string) {
	t.Helper()
	rows := o.ask(t, 200, "GET", "/audit?request="+b["id"].(string)+"&count=1000", "")["rows"].([]any)
	if len(rows) != 118 {
		t.Errorf("%d rows name the batch", len(rows))
	}
	begun := o.ask(t, 200, "GET", "/audit?action=batch.suspend", "")["rows"].([]any)
	if len(begun) != 2 {
		t.Fatalf("begun: %v", begun)
	}
	row := begun[1].(map[string]any)
	if row["subjectId"] != b["id"] || row["reason"] != "because" || fmt.Sprint(row["changes"]) != "map[users:[<nil> 121]]" {
		t.Errorf("the row of the batch: %v", row)
	}
	history := o.actions(t, user)
	if want := []string{"user.undo", "user.undo", "user.suspend", "user.suspend", "user.create"}; !slices.Equal(history, want) {
		t.Errorf("history %v, want %v", history, want)
	}
}
