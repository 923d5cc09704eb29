// Command tester runs scim2-tester, an independent suite of SCIM checks,
// against a server on each store. It fails when a check fails that the list in
// check.py does not name with a reason.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"rollcall/internal/testpg"
	"rollcall/internal/trial"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tester:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to clean up
	}
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("tester", flag.ContinueOnError)
	python := flags.String("python", "python3", "interpreter that has scim2-tester")
	script := flags.String("script", "internal/tester/check.py", "the script that runs the checks")
	schemas := flags.String("schemas", "testdata/schemas", "documents of a resource type and of extensions to check as well")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "rollcall-tester-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cluster, err := testpg.Start(ctx, testpg.Options{})
	if err != nil {
		return err
	}
	defer cluster.Stop()
	postgres, err := cluster.CreateDatabase(ctx, "tester")
	if err != nil {
		return err
	}
	for _, store := range []struct{ name, database string }{
		{"sqlite", "sqlite:" + filepath.Join(dir, "tester.db")},
		{"postgres", postgres},
	} {
		if err := check(ctx, *python, *script, *schemas, store.name, store.database); err != nil {
			return fmt.Errorf("%s: %w", store.name, err)
		}
	}
	return nil
}

func check(ctx context.Context, python, script, schemas, name, database string) (err error) {
	server, err := trial.Start(ctx, trial.Options{Database: database, Schemas: schemas})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	command := exec.CommandContext(ctx, python, script, server.SCIM, name) //nolint:gosec // the arguments are ours
	command.Env = append(os.Environ(), "ROLLCALL_TOKEN="+trial.Token)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command.Run()
}
