package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"rollcall/lifecycle"
)

// TestDemo: what a newcomer types, on a database that is not there yet; and the
// server shows it.
func TestDemo(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	p := "--users=60"
	made := verbJSON[demoView](t, database, "demo", p, "--seed=5")
	if made.Tenant != "demo" || made.Users()+made.Deleted > 60 || made.Statuses[lifecycle.StatusActive] < 20 || !strings.Contains(made.Link, "/console/sign-in?link=") {
		t.Errorf("%+v", made)
	}
	if _, stderr := verb(t, exitFailed, database, "demo", p); !strings.Contains(stderr, "demo: the tenant has users or groups already: name another one with --tenant") {
		t.Error(stderr)
	}
	verb(t, exitUsage, database, "demo", "--users=5")
	verb(t, exitUsage, database, "demo", "--tenant=A B")
	out, stderr := verb(t, exitDone, database, "demo", p, "--tenant=second")
	for _, want := range []string{"Suspended", "rollcall serve", "/console/sign-in?link=", "rollcall console-link --tenant second"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	if !strings.Contains(stderr, "100% of half a year") {
		t.Errorf("no progress: %s", stderr)
	}
	server := start(t, nil, "--database", database)
	_, link, _ := strings.Cut(made.Link, "/console/")
	response, err := http.Get(server.url + "/console/" + link)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(page), "Ingrid Aas") {
		t.Errorf("%v %s", err, page)
	}
	// A server would fire at once what is due half a year ago.
	if _, stderr := verb(t, exitFailed, database, "demo", p, "--tenant=third"); !strings.Contains(stderr, "a server works on this database") {
		t.Error(stderr)
	}
	if out, _ := verb(t, exitDone, database, "tenant", "list"); strings.Contains(out, "third") {
		t.Errorf("something was begun: %s", out)
	}
	server.end(exitDone)
}
