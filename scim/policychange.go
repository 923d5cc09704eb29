package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/store"
)

// Policy returns the policy of the caller's tenant and its revision, 0 where the
// tenant has set none.
func (p *Provider) Policy(ctx context.Context, c *Caller) (lifecycle.Policy, int64, error) {
	if err := c.unconfined(); err != nil {
		return lifecycle.Policy{}, 0, err
	}
	return p.policies.read(ctx, c.Tenant)
}

// StandardPolicy is the policy of tenants that have set none.
func (p *Provider) StandardPolicy() lifecycle.Policy { return p.policies.standard }

var errPolicyChanged = fault.Plain(412, "the policy was changed by somebody else; read it again")

// SetPolicy replaces the policy of the caller's tenant by what a JSON object says
// differs from the standard one. match is the revision that it follows, -1 for
// any. The timers of accounts follow by a job that comes with the policy.
func (p *Provider) SetPolicy(ctx context.Context, c *Caller, text []byte, match int64, reason string) (lifecycle.Policy, int64, error) {
	before, revision, err := p.Policy(ctx, c)
	if err != nil {
		return before, 0, err
	}
	if match < 0 {
		match = revision
	}
	after, err := p.policies.standard.Overlay(text)
	if err != nil {
		return before, revision, fault.New(fault.InvalidValue, "%v", err)
	}
	changes, err := json.Marshal(map[string][2]lifecycle.Policy{"policy": {before, after}})
	if err != nil {
		return before, revision, fmt.Errorf("render an audit row: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return before, revision, fmt.Errorf("make an id: %w", err)
	}
	now := p.now()
	jobs := []store.NewJob{RescheduleJob(c.Tenant, id, now, policyWait)}
	revision, err = p.store.SetPolicy(ctx, c.Tenant, text, match, jobs, store.Audit{
		At: now, ActorKind: c.Kind, ActorID: c.ID, RequestID: c.RequestID, Action: "policy.set", Reason: reason, Changes: changes,
	})
	if errors.Is(err, store.ErrVersion) {
		return before, 0, errPolicyChanged
	}
	p.policies.known.Delete(c.Tenant)
	return after, revision, err
}

// RescheduleKind names the jobs that work out anew when the accounts of a tenant
// are due. Whoever runs one calls Reschedule until there are no more.
const RescheduleKind = "lifecycle.reschedule"

// policyWait is how long such a job waits after a policy was set: longer than
// other copies of the server go on with the one before, and than it takes to
// commit what was decided by it.
const policyWait = time.Minute

// RescheduleJob is such a job, to be run after a wait.
func RescheduleJob(tenant store.TenantID, id uuid.UUID, now time.Time, wait time.Duration) store.NewJob {
	return store.NewJob{Job: store.Job{
		Tenant: tenant, ID: id, Kind: RescheduleKind, ActorKind: KindSystem, ActorID: "policy", Created: now, RunAfter: now.Add(wait),
	}}
}

// reschedulePage is how many accounts are looked at at once.
const reschedulePage = 500

// Reschedule works out anew when the accounts of a tenant are due, page by page
// from after an id: zero begins. It returns the last id of the page, and zero
// when there are no more.
func (p *Provider) Reschedule(ctx context.Context, tenant store.TenantID, after uuid.UUID) (uuid.UUID, error) {
	t, err := p.users()
	if err != nil {
		return uuid.Nil, err
	}
	policy, _, err := p.policies.read(ctx, tenant)
	if err != nil {
		return uuid.Nil, err
	}
	total := 0
	query := store.Query{
		Tenant: tenant, Types: []store.TypeQuery{{Type: t.Name}}, Limit: reschedulePage, With: store.WithActivity, Now: p.now(), Total: &total,
	}
	if after != uuid.Nil {
		query.After = &store.Position{ID: after}
	}
	page, err := p.store.Query(ctx, query)
	if err != nil {
		return uuid.Nil, err
	}
	due := make([]store.Scheduled, 0, len(page.Records))
	for i := range page.Records {
		record := &page.Records[i]
		facts, err := loadFacts(record)
		if err != nil {
			return uuid.Nil, err
		}
		columns, err := storeFacts(facts, policy, record.Facts)
		if err != nil {
			return uuid.Nil, err
		}
		due = append(due, store.Scheduled{ID: record.ID, Revision: record.Facts.Revision, Due: columns.Due})
		after = record.ID
	}
	if err := p.store.Reschedule(ctx, tenant, t.Name, due); err != nil || !page.More {
		return uuid.Nil, err
	}
	return after, nil
}
