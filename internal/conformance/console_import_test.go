package conformance

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// upload sends a file as the form of the wizard does, and returns where the
// browser is sent to.
func (b *browser) upload(t *testing.T, file string, headers ...string) (*http.Response, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "<script>alert(1).csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(file))
	_ = form.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.root+console.Root+"/imports", &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	for name, value := range b.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a request's has no attributes
	}
	response, text, err := exchangeBy(t, staying, request, nil)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// to is where below the console a browser is sent to.
func to(response *http.Response) string {
	return strings.TrimPrefix(response.Header.Get("Location"), console.Root)
}

// mapped is the form of the wizard with what the page has chosen.
func mapped(body string) url.Values {
	form := url.Values{"match": {"userName"}, "mode": {"both"}, "start": {"active"}}
	for i, column := range strings.Split(body, `<select name="column`)[1:] {
		chosen, _, _ := strings.Cut(column, "</select>")
		value := ""
		if before, _, ok := strings.Cut(chosen, `" selected`); ok {
			value = before[strings.LastIndex(before, `"`)+1:]
		}
		form.Set("column"+string(rune('0'+i)), value)
	}
	return form
}

// TestConsoleImports goes through the wizard: a file is sent, its columns are
// chosen, what it would do is looked at, done and taken back.
func TestConsoleImports(t *testing.T) {
	t.Parallel()
	onEachConsole(t, operator.Admin, func(t *testing.T, s *server, o *office, b *browser) {
		eve := s.user(t, "eve", `"title":"Dr"`)
		response, body := b.open(t, "/users")
		shows(t, response, body, 200, `href="/console/imports/new"`, "/users/export?")
		response, body = b.open(t, "/imports/new")
		shows(t, response, body, 200, `enctype="multipart/form-data"`, "100,000 users")
		for problem, file := range map[string]string{"is UTF-16": "\xff\xfea\x00", "not UTF-8": "userName\n\xfc", "is empty": "", "no users": "userName\n", "larger than 64 MiB": "userName\n" + strings.Repeat("x", 64<<20)} {
			response, body := b.upload(t, file)
			shows(t, response, body, 422, problem)
		}
		response, body = b.submit(t, "/imports", url.Values{"file": {"x"}})
		shows(t, response, body, 415)

		cell := `"` + strings.ReplaceAll(script, `"`, `""`) + `"`
		file := "Login;" + cell + ";Job title;Tags;Notes\neve;;" + cell + ";'@x;a\nnew;;'=1+1;" + cell + ";b\n" + cell + ";;;;\n;;;;no name\n"
		response, _ = b.upload(t, file)
		at := to(response)
		if response.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/imports/") {
			t.Fatalf("sent: %d to %q", response.StatusCode, at)
		}
		response, body = b.open(t, at)
		shows(t, response, body, 200, "4 users in 5 columns", "&lt;script&gt;", `<option value="title" selected>Title</option>`)
		harmless(t, at, body)
		form := mapped(body)
		if got := form.Encode(); got != "column0=userName&column1=&column2=title&column3=tags&column4=&match=userName&mode=both&start=active" {
			t.Errorf("guessed %s", got)
		}
		twice := url.Values{"column0": {"userName"}, "column1": {"userName"}, "match": {"userName"}}
		response, body = b.submit(t, at+"/preview", twice)
		shows(t, response, body, 422, "both imported as userName")
		harmless(t, "twice", body)
		form.Set("reason", script)
		response, _ = b.submit(t, at+"/preview", form)
		dry := response.Header.Get("Location")
		body = b.over(t, dry)
		shows(t, response, body, 303, "Would be added: 2, changed: 1; would stay as they are: 0; cannot be imported: 1", "Import 3 users: add 2, change 1", "userName is required", "<del>Dr</del>", "(dry run)")
		harmless(t, dry, body)
		if list := o.export(t, "?columns=userName"); list != "userName\r\neve\r\n" {
			t.Errorf("a dry run made %s", list)
		}
		response, body = b.open(t, strings.TrimPrefix(dry, console.Root)+"?outcome=refused")
		if shows(t, response, body, 200, "userName is required"); strings.Contains(body, "<del>Dr") {
			t.Errorf("rows of another outcome: %s", body)
		}
		apply := strings.TrimPrefix(dry, console.Root) + "/import"
		response, body = b.submit(t, apply, url.Values{"users": {"4"}})
		shows(t, response, body, 422, "The selection has 3 users and 4 were confirmed", "Import 3 users")
		response, body = b.submit(t, strings.TrimPrefix(dry, console.Root)+"/undo", nil)
		shows(t, response, body, 422, "An undo and a dry run cannot be undone.", "Import 3 users")
		response, _ = b.submit(t, apply, url.Values{"users": {"3"}})
		done := response.Header.Get("Location")
		body = b.over(t, done)
		shows(t, response, body, 303, "Added: 2, changed: 1, unchanged: 0, refused: 1", "Undo: delete 2 added, change 1 back")
		harmless(t, done, body)
		if again, _ := b.submit(t, apply, url.Values{"users": {"3"}}); again.Header.Get("Location") != done {
			t.Errorf("sent twice: %s and %s", again.Header.Get("Location"), done)
		}
		response, body = b.open(t, "/users?q=new&columns=userName,tags,status")
		shows(t, response, body, 200, "1 user", "&lt;script&gt;")
		harmless(t, "list", body)
		response, body = b.open(t, "/users/export?q=new&columns=userName,tags,status,email")
		if shows(t, response, body, 200); body != "\ufeffuserName,email,status,tags\r\nnew,,Active,"+cell+"\r\n" || response.Header.Get("Content-Disposition") != `attachment; filename="users.csv"` {
			t.Errorf("export: %q", body)
		}
		response, body = b.open(t, "/users/export?everything=on&q=new")
		if shows(t, response, body, 200, ",'=1+1,"); strings.Count(body, "\n") != 2 {
			t.Errorf("everything: %q", body)
		}
		response, _ = b.submit(t, strings.TrimPrefix(done, console.Root)+"/undo", nil)
		body = b.over(t, response.Header.Get("Location"))
		harmless(t, "undo", body)
		if list := o.export(t, "?columns=userName,title,tags"); list != "userName,title,tags\r\neve,Dr,\r\n" || !strings.Contains(body, "3 changed") || o.status(t, eve) != "Active" {
			t.Errorf("left %s\n%s", list, body)
		}
		response, body = b.open(t, "/batches")
		shows(t, response, body, 200, "Import &lt;script&gt;", "Undo")
		harmless(t, "jobs", body)
		for _, path := range []string{"/imports/x", "/imports/" + eve} {
			response, body := b.open(t, path)
			shows(t, response, body, 404, "There is nothing here")
		}
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
			response, body := b.upload(t, file, headers...)
			shows(t, response, body, 403, "another site")
		}
	})
}

// TestRolesOnImports tries each step in each role, and from another tenant.
func TestRolesOnImports(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		owner := o.signIn(t, o.operator(t, "chief", operator.Owner))
		sent, _ := owner.upload(t, "userName\nnew\n")
		at := to(sent)
		response, _ := owner.submit(t, at+"/preview", url.Values{"column0": {"userName"}})
		dry := to(response)
		owner.over(t, dry)
		for _, role := range operator.Roles() {
			b := o.signIn(t, o.operator(t, string(role), role))
			allowed := role == operator.Owner || role == operator.Admin
			_, body := b.open(t, "/users")
			if strings.Contains(body, "/imports/new") != allowed || !strings.Contains(body, "/users/export") {
				t.Errorf("%s: what is offered", role)
			}
			for path, want := range map[string]int{"/imports/new": 200, at: 200} {
				if response, _ := b.open(t, path); response.StatusCode != want && allowed || !allowed && response.StatusCode != 403 {
					t.Errorf("%s: %s: %d", role, path, response.StatusCode)
				}
			}
			if _, body := b.open(t, dry); strings.Contains(body, "/import\"") != allowed {
				t.Errorf("%s: applying is offered: %v", role, !allowed)
			}
			if allowed {
				continue
			}
			response, _ := b.upload(t, "userName\nx\n")
			preview, _ := b.submit(t, at+"/preview", url.Values{"column0": {"userName"}})
			apply, _ := b.submit(t, dry+"/import", url.Values{"users": {"1"}})
			if response.StatusCode != 403 || preview.StatusCode != 403 || apply.StatusCode != 403 {
				t.Errorf("%s: %d %d %d", role, response.StatusCode, preview.StatusCode, apply.StatusCode)
			}
		}
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		b := acme.signIn(t, acme.operator(t, "ada", operator.Owner))
		for _, path := range []string{at, dry} {
			response, body := b.open(t, path)
			shows(t, response, body, 404)
		}
		for _, path := range []string{at + "/preview", dry + "/import", dry + "/undo", dry + "/cancel"} {
			response, body := b.submit(t, path, url.Values{"users": {"1"}, "column0": {"userName"}})
			shows(t, response, body, 404)
		}
		if list := o.export(t, "?columns=userName"); list != "userName\r\n" {
			t.Errorf("somebody imported %s", list)
		}
	})
}
