package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall/internal/batch"
	"rollcall/scim"
	"rollcall/store"
)

// What is told to who presses Ctrl-C in an import says what is the case by then.

// errNotBegun is before the dry run.
var errNotBegun = errors.New("interrupted before anything was looked at: nothing was changed")

// afterwards is how long a verb that was interrupted asks what it leaves behind.
const afterwards = 5 * time.Second

// givenUp ends a dry run that nobody waits for any more, wherever it runs.
func givenUp(ctx context.Context, service *batch.Service, caller *scim.Caller, dry *batch.Batch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterwards)
	defer cancel()
	if _, err := service.Cancel(ctx, caller, dry.Job.ID); err != nil {
		return fmt.Errorf("interrupted in the dry run: nothing was changed, but job %s could not be cancelled: %w", dry.Job.ID, err)
	}
	return errors.New("interrupted in the dry run, which is cancelled: nothing was changed")
}

// left says where an import stands that this process works at no more.
func left(ctx context.Context, service *batch.Service, of *batch.Batch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterwards)
	defer cancel()
	found, err := service.Batch(ctx, of.Job.Tenant, of.Job.ID)
	if err != nil {
		return fmt.Errorf("interrupted in job %s, and how far it got is not known: %w", of.Job.ID, err)
	}
	at := fmt.Sprintf("job %s, after %d of %d rows", found.Job.ID, found.Job.Progress.Done, found.Head.Users)
	switch {
	case found.Job.State.Finished():
		return fmt.Errorf("interrupted when the import was over: job %s ended %s", found.Job.ID, found.Job.State)
	case found.Job.State == store.JobRunning:
		return fmt.Errorf("interrupted in %s: a server on the same database goes on with it", at)
	}
	return fmt.Errorf("interrupted in %s: nobody works at it now; a server or another rollcall import on the same database goes on with it", at)
}
