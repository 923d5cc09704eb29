package app

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"rollcall/internal/events"
	"rollcall/internal/jobs"
	"rollcall/internal/outbound"
	"rollcall/scim"
	"rollcall/store"
)

// closer has something going on beside the requests, until Close.
type closer interface{ Close() }

// service runs beside the requests, from Start to Close.
type service interface {
	closer
	Start()
}

// startAll begins services; what requests begin is only closed with them. When ctx
// ends they all take nothing more up; stop waits for what they are at.
func startAll(ctx context.Context, services []service, begun ...closer) (stop func()) {
	for _, one := range services {
		one.Start()
		begun = append(begun, one)
	}
	for _, one := range begun {
		context.AfterFunc(ctx, one.Close)
	}
	return func() {
		for _, one := range begun {
			one.Close()
		}
	}
}

// sole is a service that one copy of the server at a time does.
type sole struct {
	*jobs.Loop
	sole   *jobs.Sole
	logger *slog.Logger
}

func newSole(name string, poll time.Duration, config Config, opened store.Store, logger *slog.Logger, run func(ctx context.Context, hold func() error) error) *sole {
	source := &jobs.Sole{
		Name: name, Owner: owner(), Leases: opened, Run: run, Every: poll,
		Failed: func(err error) {
			if !errors.Is(err, jobs.ErrTakenOver) && !errors.Is(err, context.Canceled) {
				logger.Warn("what is due by itself could not be done", "what", name, "error", err)
			}
		},
	}
	return &sole{
		Loop: jobs.NewLoop(jobs.LoopOptions{Name: name, Source: source, Concurrency: 1, Poll: poll, Grace: config.ShutdownGrace, Logger: logger}),
		sole: source, logger: logger,
	}
}

// Close ends the loop and lets another copy take over at once.
func (s *sole) Close() {
	s.Loop.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.sole.Release(ctx); err != nil {
		s.logger.Debug("a lease runs out by itself", "error", err)
	}
}

// newTimers does what is due about accounts.
func newTimers(config Config, opened store.Store, provider *scim.Provider, logger *slog.Logger) *sole {
	failed := func(key store.Key, err error) {
		logger.Error("what is due about an account could not be done", "type", key.Type, "id", key.ID, "error", err)
	}
	return newSole(timersLease, time.Second, config, opened, logger, func(ctx context.Context, hold func() error) error {
		for more := true; more; {
			if err := hold(); err != nil {
				return err
			}
			var err error
			if more, err = provider.FireDue(ctx, failed); err != nil {
				return err
			}
		}
		return nil
	})
}

// newErasures erases what is personal of purged accounts where who purged them
// did not get to it.
func newErasures(config Config, opened store.Store, provider *scim.Provider, logger *slog.Logger) *sole {
	failed := func(key store.Key, err error) {
		logger.Error("what is personal of a purged resource could not be erased", "type", key.Type, "id", key.ID, "error", err)
	}
	const every = 5 * time.Second
	return newSole(erasuresLease, every, config, opened, logger, func(ctx context.Context, hold func() error) error {
		return provider.EraseDue(ctx, hold, failed)
	})
}

// dispatch delivers events to receivers.
type dispatch struct {
	*events.Service
	grace time.Duration
}

func newDispatch(config Config, opened store.Store, issuer string, logger *slog.Logger) *dispatch {
	return &dispatch{events.New(events.Options{
		Store: opened, Issuer: issuer, Logger: logger,
		Client: outbound.NewClient(outbound.Options{Allowed: config.allowed(), Plain: config.ReceiverHTTP}),
	}), config.ShutdownGrace}
}

// Close cuts what is under way after the grace: it is sent again.
func (d *dispatch) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), d.grace)
	defer cancel()
	d.Service.Close(ctx)
}

// EventConfig says how receivers of events are reached.
type EventConfig struct {
	ReceiverNetworks []string `help:"Networks in CIDR form that receivers of events may be in although they are not public, such as 10.0.0.0/8." sep:","`
	ReceiverHTTP     bool     `help:"Allow receivers of events with http URLs, beside https."`
}

func (c EventConfig) validate() error {
	for _, text := range c.ReceiverNetworks {
		if _, err := netip.ParsePrefix(text); err != nil {
			return errors.New("receiver-networks: " + text + " is not a network such as 10.0.0.0/8")
		}
	}
	return nil
}

// allowed are the networks; validate has read them before.
func (c EventConfig) allowed() []netip.Prefix {
	var networks []netip.Prefix
	for _, text := range c.ReceiverNetworks {
		if network, err := netip.ParsePrefix(text); err == nil {
			networks = append(networks, network)
		}
	}
	return networks
}
