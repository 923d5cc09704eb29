package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"rollcall/internal/app"
	"rollcall/internal/await"
	"rollcall/internal/trial"
	"rollcall/store"
)

// TestMailedLinks goes the way of a person: invited, signed in, forgetful,
// locked out.
func TestMailedLinks(t *testing.T) {
	t.Parallel()
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		post := newPostOffice(t)
		post.open(t)
		o, ada := mailed(t, r.database, post.config())
		made := o.invited(t, "ada")
		if made["letters"] != nil {
			t.Errorf("the answer holds what is mailed: %v", made["letters"])
		}
		invite := post.next(t)
		if invite.to != "ada@example.com" || !strings.Contains(invite.subject, "invitation") {
			t.Errorf("to %q: %q", invite.to, invite.subject)
		}
		ada.choose(t, invite.link(t), "Correct-Horse-1")
		if !o.verifies(t, "ada", "Correct-Horse-1") {
			t.Error("the password does not sign in")
		}

		id := made["id"].(string)
		if done := o.act(t, 200, id, "reset-password", ""); done["letters"] != nil {
			t.Errorf("the answer holds what is mailed: %v", done["letters"])
		}
		reset := post.next(t)
		ada.choose(t, reset.link(t), "Another-Horse-2")
		if o.verifies(t, "ada", "Correct-Horse-1") || !o.verifies(t, "ada", "Another-Horse-2") {
			t.Error("the reset did not change the password")
		}
		if invite.id == reset.id || invite.id == "" {
			t.Errorf("two mails with the ids %q and %q", invite.id, reset.id)
		}

		for range 10 {
			o.verifies(t, "ada", "Wrong-Horse-3")
		}
		notice := post.next(t)
		if forgot := notice.link(t); !strings.Contains(notice.text, "10 failed sign-ins") || forgot != "/t/default/account/forgot" {
			t.Errorf("the notice of a lock: %q", notice.text)
		}
	})
}

// TestForgottenPassword: whoever asks learns nothing, and the owner of an
// account gets a link, and not too many.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		post := newPostOffice(t)
		post.open(t)
		o, ada := mailed(t, r.database, post.config())
		const forgot = "/t/default/account/forgot"
		id := o.ask(t, 201, "POST", "/users", `{`+userSchemas+`,"userName":"ada","emails":[{"value":"other@example.com"},{"value":"ada@example.com","primary":true}]}`)["id"].(string)
		// Whoever has the address of somebody else for a name does not hide that one.
		o.ask(t, 201, "POST", "/users", `{`+userSchemas+`,"userName":"ada@example.com"}`)
		o.ask(t, 201, "POST", "/users", `{`+userSchemas+`,"userName":"robot","emails":[{"value":"robot@example.com"}]}`)
		o.act(t, 200, findUser(t, o, "robot"), "mark", `{"mark":"apiOnly","purpose":"x"}`)
		response, body := ada.get(t, forgot)
		shows(t, response, body, 200, `action="forgot"`, "User name or email address")
		response, want := ada.submit(t, forgot, "name", "OTHER@example.com")
		shows(t, response, want, 200, "Look into your mail")
		checkHeaders(t, response, want)
		if link := post.next(t); link.to != "ada@example.com" {
			t.Errorf("the link went to %q", link.to)
		} else {
			ada.choose(t, link.link(t), "Correct-Horse-1")
		}
		// Nobody, a robot, one without an address, nonsense, and ada too soon again.
		for _, name := range []string{"nobody", "robot", "ada@example.com", `x" or userName pr or userName eq "`, "\x00", "\xff", "ada"} {
			response, got := ada.submit(t, forgot, "name", name)
			if shows(t, response, got, 200); got != want {
				t.Errorf("%q is answered otherwise: %s", name, got)
			}
		}
		response, body = ada.submit(t, forgot, "name", "  ")
		shows(t, response, body, 422, "Give your user name")
		finished(t, o, "mail.forgot", 8)
		if sent := finished(t, o, "mail", 1); len(sent) != 1 || len(post.received) != 0 {
			t.Errorf("%d letters, %d arrived more", len(sent), len(post.received))
		}
		if got := o.actions(t, id); !slices.Contains(got, "user.send-reset") || !slices.Contains(got, "user.reset-password") {
			t.Errorf("the trail says %v", got)
		}
		tooOften := 0
		for range 30 {
			if response, body := ada.submit(t, forgot, "name", "nobody"); response.StatusCode == http.StatusTooManyRequests && response.Header.Get("Retry-After") != "" {
				tooOften++
				checkHeaders(t, response, body)
			}
		}
		if tooOften == 0 {
			t.Error("one address asks for as many links as it likes")
		}
	})
}

func findUser(t *testing.T, o *office, name string) string {
	t.Helper()
	page := o.ask(t, 200, "GET", "/users?filter=userName%20eq%20%22"+name+"%22", "")
	return page["users"].([]any)[0].(map[string]any)["id"].(string)
}

// finished waits until there are so many jobs of a kind, and all are over.
func finished(t *testing.T, o *office, kind string, n int) []store.ListedJob {
	t.Helper()
	return await.For(t, time.Minute, "the end of the jobs "+kind, func() ([]store.ListedJob, bool) {
		found, err := o.Store.Jobs(t.Context(), store.JobQuery{Tenant: tenantOf(t, o.server).ID, Kinds: []string{kind}, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return found, len(found) >= n && !slices.ContainsFunc(found, func(j store.ListedJob) bool { return !j.State.Finished() })
	})
}

// TestMailWaits: while the mail server is down letters wait; of those whose link
// was replaced none is sent.
func TestMailWaits(t *testing.T) {
	t.Parallel()
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		post := newPostOffice(t)
		o, ada := mailed(t, r.database, post.config())
		id := o.invited(t, "ada")["id"].(string)
		o.act(t, 200, id, "invite", "")
		tried(t, o)
		post.open(t)
		ada.choose(t, post.next(t).link(t), "Correct-Horse-1")
		var states []string
		for _, job := range finished(t, o, "mail", 2) {
			states = append(states, string(job.State))
			if strings.Contains(job.Reason, "@") || job.State == store.JobFailed && !strings.Contains(job.Reason, "replaced") {
				t.Errorf("reason %q", job.Reason)
			}
		}
		slices.Sort(states)
		if fmt.Sprint(states) != "[failed succeeded]" || len(post.received) != 0 {
			t.Errorf("the letters %v, and %d more arrived", states, len(post.received))
		}
	})
}

// tried waits until a letter could not be sent.
func tried(t *testing.T, o *office) {
	t.Helper()
	await.That(t, time.Minute, "a letter that could not be sent", func() bool {
		found, err := o.Store.Jobs(t.Context(), store.JobQuery{Tenant: tenantOf(t, o.server).ID, Kinds: []string{"mail"}, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(found, func(j store.ListedJob) bool { return j.Failures > 0 })
	})
}

// TestMailRefused: what the mail server will never take is given up at once,
// with a reason that names nobody.
func TestMailRefused(t *testing.T) {
	t.Parallel()
	post := newPostOffice(t)
	post.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no ada@example.com here"}
	post.open(t)
	o, _ := mailed(t, "sqlite:"+filepath.Join(t.TempDir(), "rollcall.db"), post.config())
	o.invited(t, "ada")
	job := finished(t, o, "mail", 1)[0]
	if job.State != store.JobFailed || !strings.Contains(job.Reason, "550") || strings.Contains(job.Reason, "ada") {
		t.Errorf("%s: %q", job.State, job.Reason)
	}
}

// TestMailIntoDirectory is the way of development.
func TestMailIntoDirectory(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "mails")
	o, ada := mailed(t, "sqlite:"+filepath.Join(t.TempDir(), "rollcall.db"), app.MailConfig{Mail: "dir:" + directory})
	o.invited(t, "ada")
	finished(t, o, "mail", 1)
	files, err := filepath.Glob(filepath.Join(directory, "*.eml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v: %v", files, err)
	}
	file, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	message, err := readMail(file)
	if err != nil {
		t.Fatal(err)
	}
	ada.choose(t, message.link(t), "Correct-Horse-1")
}

// TestMassGuardAlerts: administrators are told once an incident.
func TestMassGuardAlerts(t *testing.T) {
	t.Parallel()
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		post := newPostOffice(t)
		post.open(t)
		o, _ := mailed(t, r.database, post.config())
		scim := *o.server
		scim.Base = strings.TrimSuffix(o.Base, "/api/v1") + "/scim/v2"
		var ids []string
		for i := range 4 {
			ids = append(ids, scim.user(t, fmt.Sprint("user", i)))
		}
		o.ask(t, 200, "PUT", "/policy", `{"guard":{"mode":"reject","armedFrom":0,"floor":1,"percent":0}}`)
		scim.want(t, 204, "DELETE", "/Users/"+ids[0], "")
		for _, id := range ids[1:] {
			scim.want(t, 429, "DELETE", "/Users/"+id, "")
		}
		alert := post.next(t)
		if alert.to != "boss@example.org" || !strings.Contains(alert.subject, "default removes more") || !strings.Contains(alert.text, "refused") {
			t.Errorf("to %q: %q, %q", alert.to, alert.subject, alert.text)
		}
		if got := finished(t, o, "mail", 1); len(got) != 1 {
			t.Errorf("%d alerts", len(got))
		}
	})
}

// TestMailSurvivesKill kills the server between an invitation and its mail.
func TestMailSurvivesKill(t *testing.T) {
	t.Parallel()
	onEachProcess(t, func(t *testing.T, p *process) {
		post := newPostOffice(t)
		p.environ = []string{
			"ROLLCALL_MAIL=" + post.config().Mail, "ROLLCALL_MAIL_FROM=accounts@example.org", "ROLLCALL_PUBLIC_URL=https://people.example",
		}
		p.start(t)
		status, data := p.api(t, "/users?entry=invited", `{`+userSchemas+`,"userName":"ada","emails":[{"value":"ada@example.com"}]}`)
		if status != http.StatusCreated {
			t.Fatalf("%d %s", status, data)
		}
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		post.open(t)
		p.start(t)
		person{"http://" + p.listen}.choose(t, post.next(t).link(t), "Correct-Horse-1")
		var answer struct{ Verified bool }
		_, data = p.api(t, "/credentials/verify", `{"userName":"ada","password":"Correct-Horse-1"}`)
		if err := json.Unmarshal(data, &answer); err != nil || !answer.Verified {
			t.Errorf("%s: %v", data, err)
		}
	})
}

// api sends a request to the admin API.
func (p *process) api(t *testing.T, path, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.listen+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+trial.Token)
	request.Header.Set("Content-Type", "application/json")
	response, data, err := exchange(t, request, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, data
}
