package conformance

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// changeItem is a change as pages show it.
var changeItem = regexp.MustCompile(`(?s)<li><strong>([^<]*)</strong>: (.*?)</li>`)

// changesIn are the changes on a page by their names, with the words of what was
// before and after. Of several with one name it is the first.
func changesIn(body string) map[string]string {
	marks := strings.NewReplacer(`<span aria-hidden="true">→</span>`, "→")
	all := map[string]string{}
	for _, found := range changeItem.FindAllStringSubmatch(body, -1) {
		text := regexp.MustCompile(`<span class="unseen">.*?</span>`).ReplaceAllString(marks.Replace(found[2]), "")
		text = strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(text, "")), " ")
		if _, ok := all[found[1]]; !ok {
			all[found[1]] = text
		}
	}
	return all
}

// tells fails unless a page shows changes.
func tells(t *testing.T, path, body string, wants map[string]string) {
	t.Helper()
	found := changesIn(body)
	for name, want := range wants {
		if found[name] != want {
			t.Errorf("%s: %s is %q, want %q", path, name, found[name], want)
		}
	}
}

// TestConsoleTellsChanges: the timeline of a user, the audit page and the tab of
// requests say what changed by its path, and nothing else of it.
func TestConsoleTellsChanges(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		scim, at := o.inspected(t)
		b := o.signIn(t, o.operator(t, "ada", operator.Auditor))
		long := strings.Repeat("x", 300)
		id := scim.user(t, "eve", `"title":"Dr"`, `"name":{"givenName":"Eve","familyName":"Ada"}`,
			`"emails":[{"type":"work","value":"e@example.com","primary":true},{"type":"home","value":"h@example.org"}]`,
			`"roles":[{"value":"engineer"}]`, `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ships"}`)
		_, made := b.open(t, "/users/"+id+"/timeline")
		tells(t, "created", made, map[string]string{"title": "Dr", "emails[home]": "h@example.org", "roles": "engineer", "department": "Ships"})
		if strings.Contains(made, "{") {
			t.Errorf("there is JSON on the page: %s", made)
		}
		scim.want(t, 200, "PATCH", "/Users/"+id, patchOp(
			`{"op":"replace","path":"name.givenName","value":"Grace"}`, `{"op":"replace","path":"emails[type eq \"work\"].value","value":"g@example.com"}`,
			`{"op":"remove","path":"title"}`, `{"op":"add","path":"roles","value":[{"value":"`+jsonScript+`"}]}`, `{"op":"add","path":"nickName","value":"`+long+`"}`,
			`{"op":"add","path":"password","value":"Correct-Horse-123"}`, `{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Boats"}`))
		wants := map[string]string{
			"name.givenName": "Eve → Grace", "emails[work]": "e@example.com → g@example.com", "title": "Dr → empty", "department": "Ships → Boats",
			"password": "changed (its value is not kept)", "nickName": "empty → " + strings.Repeat("x", 120) + "…all of it" + long,
		}
		o.remembered(t, at, 2)
		for _, path := range []string{"/users/" + id + "/timeline", "/users/" + id + "/provisioning", "/audit?action=user.patch"} {
			response, body := b.open(t, path)
			shows(t, response, body, 200, "&lt;script&gt;", "<summary>all of it</summary>")
			harmless(t, path, body)
			newest, _, _ := strings.Cut(body, "User: create")
			tells(t, path, newest, wants)
			for _, bad := range []string{"name.familyName", "emails[home]", "Correct-Horse", "[&#34;", "{"} {
				if strings.Contains(newest, bad) && !strings.HasSuffix(path, "provisioning") {
					t.Errorf("%s shows %s: %s", path, bad, newest)
				}
			}
		}
	})
}

// TestConsoleTellsWhatRowsAreAbout: policies value by value, members by name,
// suspensions by who suspended, with links to what a row is about.
func TestConsoleTellsWhatRowsAreAbout(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Auditor))
		id := s.user(t, "eve", `"displayName":"Eve `+jsonScript+`"`)
		group := s.group(t, "Engineers", id)
		o.ask(t, 200, "PUT", "/policy", `{"purgeAfter":"60d","stale":{"suspend":true},"escalation":{"expired":"14d"}}`, "If-Match", "*")
		o.act(t, 200, id, "suspend", `{"reason":"leave","until":"2090-01-31T00:00:00Z"}`)

		_, body := b.open(t, "/audit?action=policy.set")
		tells(t, "policy", body, map[string]string{
			"Deletion: Purge after": "30d → 60d", "Unused accounts: Suspend unused accounts": "no → yes",
			"Accounts that cannot be used for long: Deprovision after the last day": "never → 14d",
		})
		if n := len(changesIn(body)); n != 3 {
			t.Errorf("%d values for three changes: %s", n, body)
		}
		response, body := b.open(t, "/audit?action=group.")
		tells(t, "group", body, map[string]string{"members added (1)": html.EscapeString("Eve " + script)})
		harmless(t, "audit", body)
		shows(t, response, body, 200, fmt.Sprintf(`<a href="/console/groups/%s">Engineers</a>`, group))
		response, body = b.open(t, "/users/"+id+"/timeline")
		shows(t, response, body, 200, "Added to a group", fmt.Sprintf(`<a href="/console/groups/%s">Engineers</a>`, group))
		tells(t, "timeline", body, map[string]string{
			"status": "Active → Suspended", "suspensions[administrators].until": "empty → 31 Jan 2090, 00:00 UTC", "suspensions[administrators].reason": "empty → leave",
		})
		_, body = b.open(t, "/audit?"+url.Values{"subject": {id}}.Encode())
		if strings.Contains(body, "/console/users/"+id+`"`) {
			t.Error("rows of one user repeat whom they are about")
		}
		s.want(t, 204, "DELETE", "/Groups/"+group, "")
		if _, body = b.open(t, "/audit?action=group."); strings.Contains(body, "/console/groups/"+group) {
			t.Error("a deleted group has a link")
		}
	})
}

// TestConsoleNamesWhoWasRemoved: what an operator did goes on to name them when they are
// operators no more.
func TestConsoleNamesWhoWasRemoved(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Owner, func(t *testing.T, s *server, o *office, b *browser) {
		id, gone := s.user(t, "eve"), o.operator(t, "Bob "+script, operator.Admin)
		bob := o.signIn(t, gone)
		sent, _ := bob.submit(t, "/batches", bob.looked(t, url.Values{"action": {"suspend"}, "id": {id}, "reason": {"leave"}, "users": {"1"}}))
		job := strings.TrimPrefix(sent.Header.Get("Location"), console.Root)
		bob.over(t, job)
		b.done(t, "/operators/"+gone+"/delete", nil, "The operator was removed")
		for _, path := range []string{job, "/batches", "/audit", "/users/" + id + "/timeline"} {
			response, body := b.open(t, path)
			shows(t, response, body, 200, html.EscapeString("Bob "+script)+" (removed)")
			harmless(t, path, body)
		}
	})
}

// TestConsoleLinksWhatBelongsTogether: a user leads to its connection, a connection,
// a group and a job to what the trail says of them, and each link leads somewhere.
func TestConsoleLinksWhatBelongsTogether(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		helpdesk := o.signIn(t, o.operator(t, "hal", operator.Helpdesk))
		id := s.user(t, "eve")
		group, connection := s.group(t, "Engineers", id), s.connected(t)
		response, _ := b.submit(t, "/batches", url.Values{"action": {"suspend"}, "whom": {"ticked"}, "id": {id}, "reason": {"left"}, "users": {"1"}, "form": {newForm()}})
		job := strings.TrimPrefix(response.Header.Get("Location"), "/console")
		b.over(t, response.Header.Get("Location"))
		last := func(path string) string { return path[strings.LastIndex(path, "/")+1:] }
		for path, test := range map[string]struct{ link, leads string }{
			"/users/" + id:     {connection, "SCIM base URL"},
			connection:         {"/audit?type=%24connection&amp;subject=" + last(connection), "What was done"},
			"/groups/" + group: {"/audit?type=Group&amp;subject=" + group, "Group: create"},
			job:                {"/audit?request=" + last(job), "User: suspend"},
		} {
			response, body := b.open(t, path)
			shows(t, response, body, 200, `href="/console`+test.link+`"`)
			response, body = b.open(t, html.UnescapeString(test.link))
			shows(t, response, body, 200, test.leads)
			if _, body := helpdesk.open(t, path); strings.Contains(body, test.link) {
				t.Errorf("%s: the help desk gets a link that is closed to it", path)
			}
		}
		response, body := b.open(t, "/audit")
		shows(t, response, body, 200, `<option value="$batch">Job</option>`, fmt.Sprintf(`href="/console%s"`, job))
	})
}
