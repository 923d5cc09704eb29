package scim

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/store"
)

// EventGuardAlert is told when an incident of the mass guard begins.
const EventGuardAlert = "guard:alert"

// PostAlert makes the mails of an alert durable: it returns the jobs that send
// them, which are stored in the transaction that notes the alert.
type PostAlert func(ctx context.Context, found Alert) ([]store.NewJob, error)

// Alert says that a connection or the timers remove more than the mass guard
// lets pass.
type Alert struct {
	Tenant store.TenantID
	// Connection is zero for the timers.
	Connection uuid.UUID
	Verdict    lifecycle.Verdict
	Window     time.Duration
}

// alarm adds to the change of a tally what tells of the incident that begins with
// it: an audit row and an event about the connection, or the tenant where it is
// about the timers, and the mails.
func (p *Provider) alarm(ctx context.Context, c *Caller, set *store.SetTally, incident *lifecycle.Incident, found Alert) error {
	said := map[string]any{
		"guard": found.Verdict.Action, "removals": found.Verdict.Removals, "limit": found.Verdict.Limit, "since": incident.Since.Format(time.RFC3339Nano),
	}
	row, err := p.guardRow(c, "guard.alert", "", said)
	if err != nil {
		return err
	}
	if c.RequestID != "" {
		said["txn"] = c.RequestID
	}
	if c.Connection != uuid.Nil {
		said["connection"] = c.SourceClient
	}
	payload, err := json.Marshal(said, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("render an event: %w", err)
	}
	set.Audit, set.Events = row, []store.Event{{Type: EventGuardAlert, Payload: payload}}
	if p.postAlert != nil {
		set.Jobs, err = p.postAlert(ctx, found)
	}
	return err
}
