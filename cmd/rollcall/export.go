package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"rollcall/internal/app"
	"rollcall/internal/usercsv"
	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/store"
)

// exportUsers writes users to a file.
type exportUsers struct {
	inTenant          `embed:""`
	app.SchemasConfig `embed:""`
	Filter            string   `help:"A SCIM filter; all users by default." placeholder:"FILTER"`
	SortBy            string   `help:"The attribute to sort by; by default users come in the order in which they were made." placeholder:"ATTRIBUTE"`
	Descending        bool     `help:"Turn the order of --sort-by round."`
	Columns           []string `help:"Names of columns, with commas between them; all that an import can read by default." placeholder:"COLUMN"`
	Output            string   `short:"o" help:"Write to this file, which only its owner can read; to standard output by default." placeholder:"FILE"`
}

// Run implements the verb.
func (e *exportUsers) Run(ctx context.Context, t terminal) error {
	return e.with(ctx, func(s store.Store, owner store.Tenant) error {
		provider, err := app.ProviderOf(ctx, s, e.SchemasConfig)
		if err != nil {
			return err
		}
		export := usercsv.Export{Search: scim.Search{Filter: e.Filter, SortBy: e.SortBy}, Columns: usercsv.Everything(), Audit: s}
		if e.Descending {
			export.Search.SortOrder = "descending"
		}
		if len(e.Columns) > 0 {
			var unknown string
			if export.Columns, unknown = usercsv.Named(e.Columns); unknown != "" {
				return fmt.Errorf("%w: there is no column %q", errUsage, unknown)
			}
		}
		by := audit(now())
		caller := scim.AdministratorCaller(owner.ID, scim.KindCommand, by.ActorID, by.RequestID)
		return e.write(ctx, t, provider, caller, &export)
	})
}

func (e *exportUsers) write(ctx context.Context, t terminal, provider *scim.Provider, caller *scim.Caller, export *usercsv.Export) error {
	if e.Output == "" {
		// A closed pipe is an error that is told, and no silent end by a signal.
		signal.Ignore(syscall.SIGPIPE)
		written, err := export.Write(ctx, provider, caller, t.stdout)
		if err = exportProblem(err); err == nil || errors.Is(err, errUsage) || ctx.Err() != nil {
			return err
		}
		return fmt.Errorf("not all users were written, %d at the most: %w", written, err)
	}
	total, err := provider.CountSelected(ctx, caller, scim.Selection{Filter: everybodyUnless(e.Filter)})
	if err != nil {
		return exportProblem(err)
	}
	written := 0
	err = whole(e.Output, func(file io.Writer) (err error) {
		bar := t.progress(int64(total), "Exporting", e.JSON)
		defer bar.close()
		export.Progress = func(n int) { bar.set(int64(n)) }
		written, err = export.Write(ctx, provider, caller, file)
		return err
	})
	if err != nil {
		return exportProblem(err)
	}
	if e.JSON {
		return printJSON(t.stdout, map[string]any{"users": written, "file": e.Output})
	}
	_, err = fmt.Fprintf(t.stdout, "%d users written to %s\n", written, e.Output)
	return err
}

func everybodyUnless(filter string) string {
	if filter == "" {
		return "id pr"
	}
	return filter
}

// exportProblem says what is wrong with a filter or an order.
func exportProblem(err error) error {
	if told, ok := fault.As(err); ok && told.Status == 400 {
		return fmt.Errorf("%w: %s", errUsage, told.Detail)
	}
	return err
}

// whole writes a file that is there when it is whole, and not before.
func whole(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".rollcall-export-*")
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
