package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rollcall/internal/app"
	"rollcall/internal/batch"
	"rollcall/internal/usercsv"
	"rollcall/scim"
	"rollcall/store"
)

// importUsers reads users from a file.
type importUsers struct {
	inTenant          `embed:""`
	app.SchemasConfig `embed:""`
	File              string   `arg:"" type:"existingfile" help:"CSV file in UTF-8 with a header; - reads standard input."`
	Map               []string `help:"What a column of the file is imported as; nothing behind the sign leaves it out. By default what its name says." placeholder:"HEADER=COLUMN" sep:"none"`
	Match             string   `enum:"userName,externalId,id" default:"userName" help:"The column by which users are found: userName, externalId or id."`
	Mode              string   `enum:"both,create,update" default:"both" help:"Create users, update those that there are, or both."`
	Start             string   `enum:"active,staged" default:"active" help:"How new accounts begin: active, or staged until they are activated."`
	Clear             bool     `help:"Let empty cells take away what is there."`
	Reason            string   `help:"Why, for the audit trail." placeholder:"WORDS"`
	DryRun            bool     `help:"Say what would happen, and change nothing." xor:"how"`
	Yes               bool     `help:"Carry it out; without it or --confirm nothing is changed, as with --dry-run." xor:"how"`
	Confirm           *int64   `help:"Carry it out if it writes exactly this many users, which a dry run names; change nothing otherwise." placeholder:"USERS" xor:"how"`
}

// importReport is what became of an import, as scripts see it.
type importReport struct {
	Job     string         `json:"job"`
	DryRun  bool           `json:"dry_run"`
	State   store.JobState `json:"state"`
	Rows    int64          `json:"rows"`
	Counts  batch.Counts   `json:"counts"`
	Refused []refusedRow   `json:"refused"`
}

type refusedRow struct {
	Line   int64  `json:"line"`
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

// errRefused says that the import is over and did not take all rows.
var errRefused = errors.New("some rows were not imported")

// Run implements the verb.
func (i *importUsers) Run(ctx context.Context, t terminal) error {
	return i.with(ctx, func(s store.Store, owner store.Tenant) error {
		provider, err := app.ProviderOf(ctx, s, i.SchemasConfig)
		if err != nil {
			return err
		}
		by := audit(now())
		caller := scim.AdministratorCaller(owner.ID, scim.KindCommand, by.ActorID, by.RequestID)
		service, runner := app.Imports(s, provider)
		defer runner.Close()
		dry, err := i.preview(ctx, t, service, caller)
		if err != nil && ctx.Err() != nil {
			return errNotBegun
		}
		if err != nil {
			return err
		}
		seen, err := i.follow(ctx, t, service, dry, "Looking")
		if ctx.Err() != nil {
			return givenUp(ctx, service, caller, dry)
		}
		if err != nil {
			return err
		}
		if n := seen.Head.Counts.Written(); i.Confirm != nil && n != *i.Confirm {
			return fmt.Errorf("the file would write %d users, and %d were confirmed: nothing was changed", n, *i.Confirm)
		}
		if i.DryRun || !i.Yes && i.Confirm == nil || !seen.Importable() {
			return i.report(ctx, t, service, seen)
		}
		// Whether it has begun has to be known, so that it can be told.
		taken, err := service.ApplyImport(context.WithoutCancel(ctx), caller, dry.Job.ID, seen.Head.Counts.Written())
		if err != nil {
			return err
		}
		done, err := i.follow(ctx, t, service, taken, "Importing")
		if err != nil && ctx.Err() != nil {
			runner.Close()
			return left(ctx, service, taken)
		}
		if err != nil {
			return err
		}
		return i.report(context.WithoutCancel(ctx), t, service, done)
	})
}

// preview begins the dry run.
func (i *importUsers) preview(ctx context.Context, t terminal, service *batch.Service, caller *scim.Caller) (*batch.Batch, error) {
	file, err := i.send(ctx, t, service, caller)
	if err != nil {
		return nil, err
	}
	columns, err := mappedColumns(file.Header, i.Map)
	if err != nil {
		return nil, err
	}
	return service.PreviewImport(ctx, caller, batch.ImportPlan{
		File: file.ID, Columns: columns, Match: i.Match, Mode: i.Mode, Start: i.Start, Clear: i.Clear, Reason: i.Reason,
	})
}

// send keeps the file.
func (i *importUsers) send(ctx context.Context, t terminal, service *batch.Service, caller *scim.Caller) (*batch.File, error) {
	if i.File == "-" {
		return service.Receive(ctx, caller, "standard input", &interruptible{ctx: ctx, in: t.stdin})
	}
	in, err := os.Open(i.File)
	if err != nil {
		return nil, err
	}
	file, err := service.Receive(ctx, caller, filepath.Base(i.File), in)
	return file, errors.Join(err, in.Close())
}

// mappedColumns are what the columns of a file are imported as: what the flags
// say, else what their names say.
func mappedColumns(header, flags []string) ([]string, error) {
	columns, said := usercsv.Guess(header), map[string]bool{}
	for _, flag := range flags {
		name, column, ok := cutLast(flag)
		at := slices.Index(header, name)
		if !ok || at < 0 || slices.Contains(header[at+1:], name) {
			return nil, fmt.Errorf("%w: --map %q: it is HEADER=COLUMN with a header that one column of the file has", errUsage, flag)
		}
		for i := range columns {
			if columns[i] == column && !said[header[i]] {
				columns[i] = "" // a guess gives way
			}
		}
		columns[at], said[name] = column, true
	}
	return columns, nil
}

// cutLast divides a text at its last sign: a header may have others.
func cutLast(flag string) (before, after string, ok bool) {
	at := strings.LastIndex(flag, "=")
	if at < 0 {
		return "", "", false
	}
	return flag[:at], flag[at+1:], true
}

// follow waits for the end of a job, or of the context, and shows how far it has got.
func (i *importUsers) follow(ctx context.Context, t terminal, service *batch.Service, of *batch.Batch, what string) (*batch.Batch, error) {
	bar := t.progress(of.Head.Users, what, i.JSON)
	defer bar.close()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		found, err := service.Batch(ctx, of.Job.Tenant, of.Job.ID)
		if err != nil && ctx.Err() == nil {
			return nil, err
		}
		if err == nil {
			if bar.set(found.Job.Progress.Done); found.Job.State.Finished() {
				return found, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// mostRefused is how many refused rows are told.
const mostRefused = 1000

// report prints what became of an import. That not all rows were taken is an
// error.
func (i *importUsers) report(ctx context.Context, t terminal, service *batch.Service, of *batch.Batch) error {
	view := importReport{Job: of.Job.ID.String(), DryRun: of.Job.Kind == batch.KindImportDry, State: of.Job.State, Rows: of.Head.Users, Counts: of.Head.Counts, Refused: []refusedRow{}}
	for _, outcome := range []batch.Outcome{batch.Refused, batch.Failed} {
		var rows []batch.Row
		for next, more := int64(0), true; more && len(view.Refused) < mostRefused; more = next > 0 {
			var err error
			if rows, next, err = service.Rows(ctx, of.Job.Tenant, of.Job.ID, outcome, next, mostRefused-len(view.Refused)); err != nil {
				return err
			}
			for n := range rows {
				view.Refused = append(view.Refused, refusedRow{rows[n].Line, rows[n].Name, rows[n].Detail})
			}
		}
	}
	if err := i.print(t, &view); err != nil {
		return err
	}
	switch {
	case of.Job.State != store.JobSucceeded:
		return fmt.Errorf("the job ended %s: %s", of.Job.State, of.Job.Reason)
	case view.Counts.Refused+view.Counts.Failed > 0:
		return errRefused
	}
	return nil
}

func (i *importUsers) print(t terminal, view *importReport) error {
	if i.JSON {
		return printJSON(t.stdout, view)
	}
	for _, row := range view.Refused {
		if _, err := fmt.Fprintf(t.stdout, "line %d: %s: %s\n", row.Line, plain(row.Name), plain(row.Detail)); err != nil {
			return err
		}
	}
	c := view.Counts
	words := "%d rows: %d created, %d changed, %d unchanged, %d refused, %d failed\n"
	if view.DryRun {
		words = "%d rows: %d would be created, %d changed, %d unchanged, %d refused, %d failed. Nothing was changed"
		if !i.DryRun && view.Counts.Written() > 0 {
			words += fmt.Sprintf("; give --yes, or --confirm %d, to import", c.Written())
		}
		words += ".\n"
	}
	_, err := fmt.Fprintf(t.stdout, words, view.Rows, c.Created, c.Changed, c.Unchanged, c.Refused, c.Failed)
	return err
}

// plain is a text of a file without what a terminal would obey.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, text)
}
