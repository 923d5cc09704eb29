package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rollcall/internal/app"
	"rollcall/internal/batch"
	"rollcall/scim"
	"rollcall/store"
)

// TestInterruptedImport: what is said of an import that was interrupted is what is
// the case, with a server at work and without.
func TestInterruptedImport(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	verb(t, exitDone, database, "migrate")
	verb(t, exitDone, database, "tenant", "create", "default")
	opened, err := app.OpenStore(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	owner, err := opened.Tenant(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := app.ProviderOf(t.Context(), opened, app.SchemasConfig{})
	if err != nil {
		t.Fatal(err)
	}
	idle := batch.New(batch.Options{Provider: provider, Store: opened, Wake: func() {}}) // nobody runs what it takes
	caller := scim.AdministratorCaller(owner.ID, scim.KindCommand, "ada", "r-1")
	verbOf := &importUsers{File: "-", Match: "userName", Mode: "both", Start: "active"}
	verbOf.JSON = true
	preview := func() *batch.Batch {
		made, err := verbOf.preview(t.Context(), terminal{stdin: strings.NewReader("userName\nada\nbob\n")}, idle, caller)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	says := func(err error, words string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "\n") {
			t.Errorf("it says %v, want %q", err, words)
		}
	}

	dry := preview()
	if _, err := verbOf.follow(gone, terminal{}, idle, dry, "Looking"); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting ends with %v", err)
	}
	says(givenUp(gone, idle, caller, dry), "interrupted in the dry run, which is cancelled: nothing was changed")
	if found, err := idle.Batch(t.Context(), owner.ID, dry.Job.ID); err != nil || found.Job.State != store.JobCancelled {
		t.Errorf("the dry run is %v, %v", found.Job.State, err)
	}

	dry = preview()
	service, runner := app.Imports(opened, provider)
	if dry, err = verbOf.follow(t.Context(), terminal{}, service, dry, "Looking"); err != nil {
		t.Fatal(err)
	}
	runner.Close()
	taken, err := idle.ApplyImport(t.Context(), caller, dry.Job.ID, 2)
	if err != nil {
		t.Fatal(err)
	}
	says(left(gone, idle, taken), taken.Job.ID.String()+", after 0 of 2 rows: nobody works at it now; a server or another rollcall import")
	now := time.Now().UTC()
	claim := store.JobClaim{Kinds: []string{batch.KindImport}, Owner: "a server", Now: now.Add(time.Second), Until: now.Add(time.Minute)}
	claimed, err := opened.ClaimJob(t.Context(), claim)
	if err != nil {
		t.Fatal(err)
	}
	says(left(gone, idle, taken), "after 0 of 2 rows: a server on the same database goes on with it")
	if err := opened.ReleaseJob(t.Context(), claimed.Job.Lease(), now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}

	service, runner = app.Imports(opened, provider)
	if taken, err = verbOf.follow(t.Context(), terminal{}, service, taken, "Importing"); err != nil {
		t.Fatal(err)
	}
	runner.Close()
	says(left(gone, idle, taken), "interrupted when the import was over: job "+taken.Job.ID.String()+" ended succeeded")
	if out, _ := verb(t, exitDone, database, "export", "--columns=userName", "--sort-by=userName"); out != "userName\r\nada\r\nbob\r\n" {
		t.Errorf("%q", out)
	}
}
