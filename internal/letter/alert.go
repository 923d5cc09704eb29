package letter

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/mail"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// alert is a letter to one administrator.
type alert struct {
	To         mail.Recipient      `json:"to"`
	Connection string              `json:"connection"`
	Removals   int                 `json:"removals"`
	Limit      int                 `json:"limit"`
	Action     lifecycle.GuardMode `json:"action"`
}

// waitingAlerts is more than the connections that can go wrong at once.
const waitingAlerts = 64

// alerts turns what the mass guard finds into letters, beside the request in
// which it finds it: that neither waits nor fails for them.
type alerts struct {
	service *Service
	waiting chan scim.Alert

	mu         sync.Mutex
	stop, done chan struct{}
}

func newAlerts(s *Service) *alerts {
	return &alerts{service: s, waiting: make(chan scim.Alert, waitingAlerts)}
}

// Alert implements the hook of the provider.
func (s *Service) Alert(found scim.Alert) {
	if len(s.AlertsTo) == 0 {
		return
	}
	select {
	case s.alerts.waiting <- found:
	default:
		s.Logger.Error("an alert of the mass guard was not mailed: too many wait", "connection", found.Connection)
	}
}

// Start begins to turn alerts into letters. A second Start does nothing.
func (s *Service) Start() {
	a := s.alerts
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop == nil {
		a.stop, a.done = make(chan struct{}), make(chan struct{})
		go a.run(a.stop, a.done)
	}
}

// Close ends that when all that wait are kept. It may be called again.
func (s *Service) Close() {
	a := s.alerts
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop != nil {
		close(a.stop)
		<-a.done
		a.stop = nil
	}
}

func (a *alerts) run(stop, done chan struct{}) {
	defer close(done)
	for {
		select {
		case found := <-a.waiting:
			a.persist(stop, found)
		case <-stop:
			for {
				select {
				case found := <-a.waiting:
					a.persist(stop, found)
				default:
					return
				}
			}
		}
	}
}

// How often and how long an alert is tried to be kept.
const (
	keepTimes = 10
	keepTime  = 5 * time.Second
)

// persist keeps one alert, also when the database is away for a moment.
func (a *alerts) persist(stop chan struct{}, found scim.Alert) {
	// Who was told already when the database went away is not told again.
	told := 0
	for try := 1; ; try++ {
		ctx, cancel := context.WithTimeout(context.Background(), keepTime)
		err := a.service.alert(ctx, found, &told)
		cancel()
		if err == nil {
			return
		}
		if try == keepTimes {
			a.service.Logger.Error("an alert of the mass guard was not mailed", "connection", found.Connection, "error", err)
			return
		}
		select {
		case <-stop:
			try = keepTimes - 1 // once more, at once
		case <-time.After(time.Duration(try) * time.Second):
		}
	}
}

// alert keeps the letters of one alert.
func (s *Service) alert(ctx context.Context, found scim.Alert, told *int) error {
	name, err := s.connection(ctx, found.Tenant, found.Connection)
	if err != nil {
		return err
	}
	c := &scim.Caller{Tenant: found.Tenant, Kind: scim.KindSystem, ID: "mass guard", Connection: found.Connection}
	for ; *told < len(s.AlertsTo); *told++ {
		of := alert{s.AlertsTo[*told], name, found.Verdict.Removals, found.Verdict.Limit, found.Verdict.Action}
		job, err := s.keep(ctx, c, kindMail, content{Alert: &of})
		if err != nil {
			return err
		}
		if err := s.Store.Enqueue(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) connection(ctx context.Context, tenant store.TenantID, id uuid.UUID) (string, error) {
	connections, err := s.Store.Connections(ctx, tenant)
	if err != nil {
		return "", err
	}
	for i := range connections {
		if connections[i].ID == id {
			return connections[i].Name, nil
		}
	}
	return id.String(), nil // removed meanwhile
}
