package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/internal/await"
	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// shownAs are the values of a field that a page repeats in its forms.
func shownAs(body, name string) (values []string) {
	rest := body
	for {
		var ok bool
		if _, rest, ok = strings.Cut(rest, `<input type="hidden" name="`+name+`" value="`); !ok {
			return values
		}
		value, _, _ := strings.Cut(rest, `"`)
		values = append(values, value)
	}
}

// over waits for the end of a job and returns its page.
func (b *browser) over(t *testing.T, location string) string {
	t.Helper()
	path := strings.TrimPrefix(location, console.Root)
	return await.For(t, time.Minute, "the end of "+path, func() (string, bool) {
		response, body := b.open(t, path)
		shows(t, response, body, 200, `id="live"`)
		return body, !strings.Contains(body, "data-poll")
	})
}

// looked looks at what a form would do, and adds the name of the form to it by
// which it is confirmed.
func (b *browser) looked(t *testing.T, form url.Values) url.Values {
	t.Helper()
	response, body := b.submit(t, "/batches/preview", form)
	shows(t, response, body, 200, "Nothing is done yet")
	form.Set("form", shownAs(body, "form")[0])
	return form
}

// TestConsoleChangesMany: what is ticked, and all that match, is looked at first,
// done as a job once the number is confirmed, and taken back.
func TestConsoleChangesMany(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		var ids []string
		for i := range 6 {
			ids = append(ids, s.user(t, fmt.Sprintf("user%d", i)))
		}
		other := s.user(t, "other")
		response, body := b.open(t, "/users")
		shows(t, response, body, 200, `value="`+ids[0]+`" form="bulk"`, "all 7 that match")

		response, _ = b.submit(t, "/batches/ask", url.Values{"action": {"suspend"}, "whom": {"ticked"}})
		if to := response.Header.Get("Location"); to != console.Root+"/users?done=nobody-ticked" {
			t.Errorf("nobody is ticked: %d %q", response.StatusCode, to)
		}
		ticked := url.Values{"action": {"suspend"}, "whom": {"ticked"}, "id": {ids[0], ids[1], ids[1]}}
		response, body = b.submit(t, "/batches/ask", ticked)
		shows(t, response, body, 200, "3 ticked users", "See what it would do")
		response, body = b.submit(t, "/batches/preview", ticked)
		shows(t, response, body, 422, "Reason: is required")
		ticked.Set("reason", script)
		response, body = b.submit(t, "/batches/preview", ticked)
		shows(t, response, body, 200, "Of 2 users: 2 would change", "Suspend: 2 users", ">user0</a>")
		harmless(t, "preview", body)
		if o.status(t, ids[0]) != "Active" {
			t.Error("a dry run changed an account")
		}
		ticked.Set("users", "2")
		response, unnamed := b.submit(t, "/batches", ticked)
		shows(t, response, unnamed, 422, "Form: look first at what it would do")
		ticked.Set("form", shownAs(body, "form")[0])
		ticked.Set("users", "3")
		response, body = b.submit(t, "/batches", ticked)
		shows(t, response, body, 422, "has 2 users and 3 were confirmed")
		ticked.Set("users", "2")
		response, _ = b.submit(t, "/batches", ticked)
		if response.StatusCode != http.StatusSeeOther {
			t.Fatalf("a confirmed batch: %d", response.StatusCode)
		}
		first := response.Header.Get("Location")
		body = b.over(t, first)
		if !strings.Contains(body, "2 changed") || o.status(t, ids[0]) != "Suspended" || o.status(t, ids[2]) != "Active" {
			t.Errorf("it was not done: %s", body)
		}
		harmless(t, first, body)

		matching := url.Values{"action": {"deprovision"}, "whom": {"matching"}, "q": {"user"}, "reason": {"left"}}
		response, body = b.submit(t, "/batches/preview", matching)
		shows(t, response, body, 200, "Deprovision: 6 users")
		if kept := shownAs(body, "q"); len(kept) != 1 || kept[0] != "user" {
			t.Errorf("the confirmation keeps %v of the search", kept)
		}
		matching.Set("form", shownAs(body, "form")[0])
		late := s.user(t, "user6")
		matching.Set("users", "6")
		response, body = b.submit(t, "/batches", matching)
		shows(t, response, body, 422, "has 7 users and 6 were confirmed")
		matching.Set("users", "7")
		response, _ = b.submit(t, "/batches", matching)
		second := response.Header.Get("Location")
		if body = b.over(t, second); !strings.Contains(body, "7 changed") || o.status(t, late) != "Deprovisioned" || o.status(t, other) != "Active" {
			t.Errorf("it was not done: %s", body)
		}
		response, _ = b.submit(t, strings.TrimPrefix(second, console.Root)+"/cancel", nil)
		response, body = b.open(t, strings.TrimPrefix(response.Header.Get("Location"), console.Root))
		if shows(t, response, body, 200, "It was over already"); strings.Contains(body, "It ends after") {
			t.Errorf("a job that is over is cancelled: %s", body)
		}
		response, _ = b.submit(t, strings.TrimPrefix(second, console.Root)+"/undo", nil)
		undo := response.Header.Get("Location")
		if body = b.over(t, undo); !strings.Contains(body, "7 changed") || o.status(t, ids[0]) != "Suspended" || o.status(t, late) != "Active" {
			t.Errorf("it was not taken back: %s", body)
		}
		response, body = b.submit(t, strings.TrimPrefix(undo, console.Root)+"/undo", nil)
		if shows(t, response, body, 422, "An undo and a dry run cannot be undone.", "7 changed"); strings.Contains(body, `http-equiv="refresh"`) {
			t.Error("the answer to a form looks again at where that was sent")
		}
		response, body = b.open(t, "/batches")
		shows(t, response, body, 200, "Suspend", "Deprovision", "Undo", "Done", ">ada<")
		response, body = b.open(t, strings.TrimPrefix(second, console.Root)+"?outcome=refused")
		shows(t, response, body, 200, "Nobody.", "its undo")
		for _, path := range []string{"/batches/x", "/batches/" + ids[0], "/batches?before=x"} {
			response, body := b.open(t, path)
			shows(t, response, body, 404, "There is nothing here")
		}
		response, body = b.submit(t, "/batches/ask", url.Values{"action": {"set-password"}, "id": {ids[0]}})
		shows(t, response, body, 400, "cannot be done")
		response, body = b.submit(t, "/batches/preview", url.Values{"action": {"suspend"}, "id": {"x"}, "reason": {"r"}})
		shows(t, response, body, 422, "no id of a user")
		response, body = b.submit(t, "/batches/preview", url.Values{"action": {"invite"}, "id": {ids[0]}, "reason": {"r"}})
		shows(t, response, body, 422, "no way to send mail")
	})
}

// TestConsoleTellsProgress by server-sent events, which end with the job, to
// those of the tenant alone.
func TestConsoleTellsProgress(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		for i := range 30 {
			s.user(t, fmt.Sprintf("user%d", i))
		}
		response, _ := b.submit(t, "/batches", b.looked(t, url.Values{"action": {"suspend"}, "whom": {"matching"}, "reason": {script}, "users": {"30"}}))
		at := strings.TrimPrefix(response.Header.Get("Location"), console.Root)
		response, body := b.open(t, at+"/events")
		shows(t, response, body, 200, `"percent":100`, "30 of 30 looked at, 30 changed", `"state":"Done"`)
		if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
			t.Errorf("the events are %s", got)
		}
		if response.Header.Get("Cache-Control") != "no-store" {
			t.Error("the events may be kept")
		}
		events := strings.Split(strings.TrimSuffix(body, "\n\n"), "\n\n")
		if last := events[len(events)-1]; last != "event: over\ndata: {}" || len(events) < 2 {
			t.Errorf("the last event is %q", last)
		}
		for _, one := range events[:len(events)-1] {
			if !strings.HasPrefix(one, "retry: 1000\nevent: progress\ndata: {") {
				t.Errorf("an event is %q", one)
			}
		}
		harmless(t, at, body)
		page := b.over(t, at)
		if !strings.Contains(page, "30 of 30 looked at, 30 changed") || strings.Contains(page, "data-events") {
			t.Errorf("the page tells otherwise: %s", page)
		}
		if response, body := b.send(t, http.MethodHead, at+"/events", nil); response.StatusCode != 200 || body != "" {
			t.Errorf("HEAD: %d %q", response.StatusCode, body)
		}
		for _, path := range []string{"/batches/x/events", "/batches/" + s.user(t, "eve") + "/events"} {
			response, body := b.open(t, path)
			shows(t, response, body, 404)
		}
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		stranger := acme.signIn(t, acme.operator(t, "ada", operator.Owner))
		response, body = stranger.open(t, at+"/events")
		shows(t, response, body, 404)
		nobody := o.browser()
		if response, _ := nobody.open(t, at+"/events"); response.StatusCode != http.StatusSeeOther {
			t.Errorf("nobody: %d", response.StatusCode)
		}
	})
}

// TestRolesOnMany tries each bulk action in each role.
func TestRolesOnMany(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "eve")
		s.group(t, "Engineers")
		assists := map[string]bool{"unlock": true, "reset-attempts": true}
		begun, first := map[string]string{}, o.signIn(t, o.operator(t, "first", operator.Owner))
		for _, action := range []string{"unlock", "tag"} {
			response, _ := first.submit(t, "/batches", url.Values{"action": {action}, "id": {id}, "reason": {"r"}, "users": {"1"}, "newTag": {"t"}, "form": {newForm()}})
			begun[action] = response.Header.Get("Location")
		}
		for _, role := range operator.Roles() {
			b := o.signIn(t, o.operator(t, string(role), role))
			_, body := b.open(t, "/users")
			for _, action := range []string{"activate", "suspend", "lock", "unlock", "deprovision", "reset-attempts", "purge", "add-to-group", "remove-from-group", "tag", "untag"} {
				allowed := role == operator.Owner || role == operator.Admin || role == operator.Helpdesk && assists[action]
				if offered := strings.Contains(body, `<option value="`+action+`"`); offered != (allowed && action != "purge") {
					t.Errorf("%s: %s is offered: %v", role, action, offered)
				}
				form := url.Values{"action": {action}, "id": {id}, "reason": {"r"}, "users": {"1"}, "toGroup": {"Engineers"}, "newTag": {"t"}}
				for _, step := range []string{"/batches/ask", "/batches/preview"} {
					if response, _ := b.submit(t, step, form); (response.StatusCode == 200) != allowed || !allowed && response.StatusCode != 403 {
						t.Errorf("%s: %s of %s: %d", role, step, action, response.StatusCode)
					}
				}
				if !allowed {
					if response, _ := b.submit(t, "/batches", form); response.StatusCode != 403 {
						t.Errorf("%s: applying %s: %d", role, action, response.StatusCode)
					}
				}
			}
			// Who may begin a job may stop it.
			for action, job := range begun {
				allowed := role == operator.Owner || role == operator.Admin || role == operator.Helpdesk && assists[action]
				response, _ := b.submit(t, strings.TrimPrefix(job, console.Root)+"/cancel", nil)
				if allowed != (response.StatusCode == 303) || !allowed && response.StatusCode != 403 {
					t.Errorf("%s: stopping %s: %d", role, action, response.StatusCode)
				}
			}
		}
		if o.status(t, id) != "Active" {
			t.Error("somebody changed it")
		}
	})
}
