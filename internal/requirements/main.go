package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Where the parts of the page come from, below the root of the module.
const (
	catalogueFile = "testdata/requirements.md"
	verdictFile   = "testdata/verdicts.txt"
	pageFile      = "docs/conformance.md"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, errTests) {
			fmt.Fprintln(os.Stderr, "requirements:", err)
		}
		os.Exit(1)
	}
}

// run runs "go test" with the arguments after "--" and judges the page where
// these name the whole run.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("requirements", flag.ContinueOnError)
	update := flags.Bool("update", false, "write "+pageFile+" instead of comparing it")
	pending := flags.Bool("pending", false, "accept requirements whose verdict is pending")
	if err := flags.Parse(args); err != nil {
		return err
	}
	known, err := readCatalogue(catalogueFile)
	if err != nil {
		return err
	}
	verdicts, err := readVerdicts(verdictFile, known)
	if err != nil {
		return err
	}
	found := newEvidence(known)
	if err := goTest(ctx, flags.Args(), stdout, stderr, found.add); err != nil {
		return err
	}
	if reason := partial(flags.Args()); reason != "" {
		fmt.Fprintf(stdout, "requirements: %s is not judged: %s\n", pageFile, reason)
		return nil
	}
	table, err := judge(known, verdicts, found, *pending)
	if err != nil {
		return err
	}
	return publish(pageFile, table.page(), *update, stdout, table.summary())
}
