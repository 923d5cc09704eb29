package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/internal/admin"
)

const bootstrap = "bootstrap-token-of-this-test"

// post sends a SCIM resource to a server and returns its id.
func (p *program) post(path, body string) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/scim/v2"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+bootstrap)
	request.Header.Set("Content-Type", "application/scim+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	var made struct{ ID string }
	if err := json.NewDecoder(response.Body).Decode(&made); err != nil || response.StatusCode != http.StatusCreated {
		p.t.Fatalf("POST %s: %d %v", path, response.StatusCode, err)
	}
	return made.ID
}

// put sends what the admin API holds under a path.
func (p *program) put(path, body string) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPut, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+bootstrap)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		p.t.Fatalf("PUT %s: %d", path, response.StatusCode)
	}
}

const userURN = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`

// TestUserVerbs brings accounts through their states beside a running server.
func TestUserVerbs(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := start(t, []string{"ROLLCALL_BOOTSTRAP_TOKEN=" + bootstrap}, "--database", database)
	id := p.post("/Users", `{`+userURN+`,"userName":"ada@example.com","emails":[{"value":"ada@example.com"}]}`)
	other := p.post("/Users", `{`+userURN+`,"userName":"off","active":false}`)

	if _, stderr := verb(t, exitFailed, database, "user", "suspend", "ada@example.com"); !strings.Contains(stderr, "a reason is required") {
		t.Errorf("without a reason: %s", stderr)
	}
	foreseen, _ := verb(t, exitDone, database, "user", "suspend", "ADA@example.com", "--reason=leave", "--until=30d", "--dry-run")
	if !strings.Contains(foreseen, "would be Suspended, it was Active") {
		t.Errorf("foreseen: %s", foreseen)
	}
	if out, _ := verb(t, exitDone, database, "user", "explain", id); !strings.Contains(out, "Active.") || !strings.Contains(out, "ada@example.com") {
		t.Errorf("explained: %s", out)
	}
	done, _ := verb(t, exitDone, database, "user", "suspend", "ada@example.com", "--reason=leave", "--until=30d")
	if !strings.Contains(done, "is Suspended, it was Active") || !strings.Contains(done, "suspended_until") {
		t.Errorf("done: %s", done)
	}
	view := verbJSON[admin.AccountView](t, database, "user", "explain", id)
	if view.Status != "Suspended" || len(view.Suspensions) != 1 || view.Suspensions[0].Reason != "leave" || !strings.HasPrefix(view.Suspensions[0].By, "command:") {
		t.Errorf("view %+v", view)
	}
	p.expect("/scim/v2/Users/"+id, bootstrap, http.StatusOK)
	if out := verbJSON[admin.OutcomeView](t, database, "user", "activate", id); out.To != "Active" || !out.Changed {
		t.Errorf("activate %+v", out)
	}
	if out, _ := verb(t, exitDone, database, "user", "activate", id); !strings.Contains(out, "nothing to do") {
		t.Errorf("activate again: %s", out)
	}
	_, stderr := verb(t, exitFailed, database, "user", "activate", "off")
	if !strings.Contains(stderr, "another source suspends the account; possible is override, take-over") {
		t.Errorf("of another source: %s", stderr)
	}
	verb(t, exitDone, database, "user", "take-over", "off", "--reason=ours")
	if out := verbJSON[admin.OutcomeView](t, database, "user", "activate", other); out.To != "Active" {
		t.Errorf("activate %+v", out)
	}
	verb(t, exitDone, database, "user", "lock", id, "--reason=stolen")
	verb(t, exitDone, database, "user", "unlock", id)
	if out, _ := verb(t, exitDone, database, "user", "reset-password", id); !strings.Contains(out, "over to ada@example.com") {
		t.Errorf("no mail is set up: %s", out)
	}
	verb(t, exitFailed, database, "user", "invite", id)
	if out, _ := verb(t, exitDone, database, "user", "approve", id); !strings.Contains(out, "nothing to do") {
		t.Errorf("approve who does not wait: %s", out)
	}
	history := verbJSON[[]historyView](t, database, "user", "history", id, "--limit=2")
	if len(history) != 2 || history[1].Action != "user.unlock" || history[1].ActorKind != "command" {
		t.Errorf("history %+v", history)
	}
}

// TestUserApprove lets in who waits, and deprovisions who does not get the approval.
func TestUserApprove(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := start(t, []string{"ROLLCALL_BOOTSTRAP_TOKEN=" + bootstrap}, "--database", database)
	p.put("/api/v1/policy", `{"approval":{"provisioned":true}}`)
	known := p.post("/Users", `{`+userURN+`,"userName":"known"}`)
	stranger := p.post("/Users", `{`+userURN+`,"userName":"stranger"}`)
	view := verbJSON[admin.AccountView](t, database, "user", "explain", known)
	if view.Status != "Pending" || view.Cause != "awaitsApproval" {
		t.Errorf("view %+v", view)
	}
	if out := verbJSON[admin.OutcomeView](t, database, "user", "approve", "KNOWN"); out.From != "Pending" || out.To != "Active" {
		t.Errorf("approve %+v", out)
	}
	verb(t, exitDone, database, "user", "deprovision", "stranger", "--reason=nobody knows them")
	if _, stderr := verb(t, exitFailed, database, "user", "approve", stranger); !strings.Contains(stderr, "restore") {
		t.Errorf("approve who is gone: %s", stderr)
	}
	if row := verbJSON[[]historyView](t, database, "user", "history", known, "--limit=1"); len(row) != 1 || row[0].Action != "user.approve" {
		t.Errorf("history %+v", row)
	}
}

// TestUserVerbsEnd deletes, restores and purges by the name that a user had.
func TestUserVerbsEnd(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := start(t, []string{"ROLLCALL_BOOTSTRAP_TOKEN=" + bootstrap}, "--database", database)
	id := p.post("/Users", `{`+userURN+`,"userName":"grace","displayName":"Grace H."}`)
	verb(t, exitFailed, database, "user", "purge", "grace", "--confirm=grace")
	verb(t, exitDone, database, "user", "deprovision", "grace", "--reason=left")
	p.expect("/scim/v2/Users/"+id, bootstrap, http.StatusNotFound)
	verb(t, exitDone, database, "user", "restore", "GRACE", "--reason=rehired")
	p.expect("/scim/v2/Users/"+id, bootstrap, http.StatusOK)
	verb(t, exitDone, database, "user", "deprovision", id)
	if _, stderr := verb(t, exitFailed, database, "user", "purge", "grace"); !strings.Contains(stderr, "confirmed") {
		t.Errorf("not confirmed: %s", stderr)
	}
	if _, stderr := verb(t, exitUsage, database, "user", "purge", "grace", "--confirm=ada"); !strings.Contains(stderr, "(see --confirm)") {
		t.Errorf("another name: %s", stderr)
	}
	p.post("/Users", `{`+userURN+`,"userName":"grace"}`)
	if out, _ := verb(t, exitDone, database, "user", "explain", "grace"); strings.Contains(out, id) {
		t.Errorf("who lives comes first: %s", out)
	}
	foreseen, _ := verb(t, exitDone, database, "user", "restore", id, "--dry-run")
	_, name, taken := strings.Cut(foreseen, "would become ")
	if name, _, _ = strings.Cut(name, ".\n"); !taken || !strings.HasPrefix(name, "grace+restored-") {
		t.Errorf("a dry run does not say that the name is taken: %s", foreseen)
	}
	if out, _ := verb(t, exitDone, database, "user", "restore", id, "--reason=rehired"); !strings.Contains(out, "it is now "+name+".") {
		t.Errorf("foreseen as %q: %s", name, out)
	}
	verb(t, exitDone, database, "user", "deprovision", id)
	verb(t, exitDone, database, "user", "purge", id, "--confirm="+id)
	if view := verbJSON[admin.AccountView](t, database, "user", "explain", id); view.Status != "Purged" || view.UserName != "" {
		t.Errorf("purged: %+v", view)
	}
	verb(t, exitFailed, database, "user", "restore", id)
	// Two that had one name.
	for range 2 {
		twin := p.post("/Users", `{`+userURN+`,"userName":"twin"}`)
		verb(t, exitDone, database, "user", "deprovision", twin)
	}
	if _, stderr := verb(t, exitFailed, database, "user", "restore", "twin"); !strings.Contains(stderr, "give the id") {
		t.Errorf("twins: %s", stderr)
	}
}

func TestUserVerbsRefuse(t *testing.T) {
	t.Parallel()
	dir, database := sqliteFile(t)
	if _, stderr := verb(t, exitFailed, database, "user", "explain", "x"); !strings.Contains(stderr, "rollcall migrate") {
		t.Errorf("without migrations: %s", stderr)
	}
	p := start(t, []string{"ROLLCALL_BOOTSTRAP_TOKEN=" + bootstrap}, "--database", database)
	if _, stderr := verb(t, exitFailed, database, "user", "explain", "nobody"); !strings.Contains(stderr, `user "nobody" does not exist`) {
		t.Errorf("nobody: %s", stderr)
	}
	verb(t, exitFailed, database, "user", "explain", "nobody", "--tenant=none")
	verb(t, exitUsage, database, "user", "suspend", "x", "--reason=x", "--until=yesterday")
	verb(t, exitUsage, database, "user", "suspend", "--reason=x")
	verb(t, exitUsage, database, "user", "history", "x", "--limit=0")
	verb(t, exitUsage, database, "user")
	p.end(exitDone)

	extended := filepath.Join(dir, "schemas")
	if err := os.Mkdir(extended, 0o700); err != nil {
		t.Fatal(err)
	}
	const badge = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:scim:schemas:extension:badge:User","name":"Badge",
		"attributes":[{"name":"number","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}]}`
	const users = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"User","endpoint":"/Users","schema":"urn:ietf:params:scim:schemas:core:2.0:User",
		"schemaExtensions":[{"schema":"urn:example:scim:schemas:extension:badge:User","required":false}]}`
	for name, text := range map[string]string{"badge.json": badge, "user.json": users} {
		if err := os.WriteFile(filepath.Join(extended, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, failed bytes.Buffer
	if status := run(t.Context(), []string{"user", "explain", "x", "--schemas", extended}, terminal{nil, &out, &failed}, []string{"ROLLCALL_DATABASE=" + database}); status != exitFailed || !strings.Contains(failed.String(), "give --schemas") {
		t.Errorf("with other schemas than the server: %d %s", status, failed.String())
	}
}
