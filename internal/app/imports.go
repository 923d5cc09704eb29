package app

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"rollcall/internal/batch"
	"rollcall/internal/jobs"
	"rollcall/scim"
	"rollcall/store"
)

// Imports takes imports and carries them out in a process that is no server,
// beside servers that may run on the same database, until the runner is closed:
// it has been started.
func Imports(opened store.Store, provider *scim.Provider) (*batch.Service, *jobs.Runner) {
	var runner *jobs.Runner
	service := batch.New(batch.Options{Provider: provider, Store: opened, Wake: func() { runner.Wake() }})
	kinds := slices.DeleteFunc(service.Kinds(), func(kind jobs.Kind) bool { return !strings.HasPrefix(kind.Name, batch.KindImport) })
	runner = jobs.New(jobs.Options{
		Store: opened, Owner: owner(), Concurrency: 1, Poll: 200 * time.Millisecond, Kinds: kinds, Logger: slog.New(slog.DiscardHandler),
	})
	runner.Start()
	return service, runner
}
