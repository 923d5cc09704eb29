package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"strconv"
	"sync"

	"rollcall/internal/batch"
	"rollcall/internal/jobs"
	"rollcall/scim"
	"rollcall/scim/async"
	"rollcall/store"
)

// asyncRequests keeps requests that are to be carried out later, and has the
// runner that it returns carry them out.
func asyncRequests(config Config, opened store.Store, provider *scim.Provider, logger *slog.Logger) (*async.Service, *jobs.Runner) {
	var runner *jobs.Runner
	service := async.New(async.Options{Provider: provider, Store: opened, Wake: func() { runner.Wake() }, Logger: logger})
	runner = jobs.New(jobs.Options{
		Store: opened, Owner: owner(), Grace: config.ShutdownGrace, Logger: logger,
		Kinds: []jobs.Kind{{Name: async.Kind, Keep: config.AsyncRetention, Run: carryOut(service), Dead: giveUp(service)}, rescheduling(provider)},
	})
	return service, runner
}

// batches takes batches and has the runner that it returns carry them out: one
// of its own, so that a long batch keeps nobody else's jobs waiting.
func batches(config Config, opened store.Store, provider *scim.Provider, logger *slog.Logger) (*batch.Service, *jobs.Runner) {
	var runner *jobs.Runner
	service := batch.New(batch.Options{Provider: provider, Store: opened, Wake: func() { runner.Wake() }, Logger: logger})
	runner = jobs.New(jobs.Options{
		Store: opened, Owner: owner(), Concurrency: 2, Grace: config.ShutdownGrace, Logger: logger, Kinds: service.Kinds(),
	})
	return service, runner
}

func carryOut(service *async.Service) func(context.Context, *jobs.Task) (jobs.Outcome, error) {
	return func(ctx context.Context, task *jobs.Task) (jobs.Outcome, error) {
		end, err := service.Run(ctx, task.Job, task.Input, task.Save)
		return jobs.Outcome{Failed: end.Failed, Result: end.Result, Events: end.Events, Progress: &end.Progress}, err
	}
}

func giveUp(service *async.Service) func(context.Context, *jobs.Task) jobs.Outcome {
	return func(ctx context.Context, task *jobs.Task) jobs.Outcome {
		end := service.Dead(ctx, task.Job, task.Input)
		return jobs.Outcome{Result: end.Result, Events: end.Events}
	}
}

// owner names this process where people look who has a job. Two containers can
// have one host name and one process id: what tells them apart is random.
var owner = sync.OnceValue(func() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + "/" + strconv.Itoa(os.Getpid()) + "/" + rand.Text()[:8]
})
