package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/internal/await"
	"rollcall/internal/operator"
)

// TestBatchSurvivesKill ends the server with SIGKILL in the middle of a batch and
// in the middle of its undo. Each is done whole, and to each user once.
func TestBatchSurvivesKill(t *testing.T) {
	t.Parallel()
	onEachProcess(t, func(t *testing.T, p *process) {
		p.start(t)
		s, o := p.beside(t)
		const n, some = 1500, 600
		ids := s.crowd(t, "kill", n)
		group := s.group(t, "Killed", ids[0], ids[1])
		admin := o.signIn(t, o.operator(t, "ada", operator.Admin))
		joining := o.ask(t, 202, "POST", "/batches", batchBody("add-to-group", selected(ids[:some]...), some, `"group":"`+group+`"`))
		p.killAmid(t, o, joining)
		ended := o.ended(t, joining)
		counts(t, ended, some-2, 2, 0)
		admin.carriedOn(t, ended)
		leaving := o.ask(t, 202, "POST", "/batches/"+joining["id"].(string)+"/undo", "")
		p.killAmid(t, o, leaving)
		counts(t, o.ended(t, leaving), some-2, 0, 0)
		s.wantMembers(t, group, ids[0], ids[1])
		// Each membership that came and went is one version.
		if left, want := s.want(t, 200, "GET", "/Groups/"+group, "")["meta"].(map[string]any)["version"], fmt.Sprintf(`W/"%d"`, 1+2*(some-2)); left != want {
			t.Errorf("the group has the version %s, want %s", left, want)
		}
		batch := o.ask(t, 202, "POST", "/batches", batchBody("deprovision", selected(ids...), n))
		p.killAmid(t, o, batch)
		done := o.ended(t, batch)
		counts(t, done, n, 0, 0)
		undo := o.ask(t, 202, "POST", "/batches/"+batch["id"].(string)+"/undo", "")
		p.killAmid(t, o, undo)
		counts(t, o.ended(t, undo), n, 0, 0)
		for _, id := range ids[some:] {
			if history := o.actions(t, id); !slices.Equal(history, []string{"user.undo", "user.deprovision", "user.create"}) {
				t.Fatalf("history of %s: %s", id, strings.Join(history, ", "))
			}
		}
	})
}

// carriedOn fails unless both faces say of a job that another server has gone on with
// it, and do not speak of a failure.
func (b *browser) carriedOn(t *testing.T, ended map[string]any) {
	t.Helper()
	if _, told := ended["carriedOn"]; !told || ended["problem"] != nil {
		t.Errorf("the API says nothing, or too much: %s", brief(ended))
	}
	response, body := b.open(t, "/batches/"+ended["id"].(string))
	shows(t, response, body, 200, "Carried on by another server, or by this one started again, on ", "Nothing is lost")
	if strings.Contains(body, "lease") {
		t.Errorf("the page speaks of leases: %s", body)
	}
}

// killAmid kills the server once a batch has done some of its rows and not all,
// and starts it again.
func (p *process) killAmid(t *testing.T, o *office, b map[string]any) {
	t.Helper()
	await.That(t, time.Minute, "a moment for a kill", func() bool {
		found := o.ask(t, 200, "GET", "/batches/"+b["id"].(string), "")
		if found["finished"] != nil {
			t.Fatalf("it is over before a kill: %s", brief(found))
		}
		return found["done"].(float64) > 0 && found["state"] == "running"
	})
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.start(t)
}
