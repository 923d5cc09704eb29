package scim

import (
	"context"
	"fmt"
	"sync"
	"time"

	"rollcall/lifecycle"
	"rollcall/store"
)

// policyAge is how long a policy that was read counts as the current one.
const policyAge = 5 * time.Second

// policies remembers the policies of tenants for a short time.
type policies struct {
	store    store.Policies
	standard lifecycle.Policy
	clock    func() time.Time
	known    sync.Map // store.TenantID -> *knownPolicy
}

type knownPolicy struct {
	policy lifecycle.Policy
	until  time.Time
}

// of returns the policy of a tenant as it was at most policyAge ago.
func (p *policies) of(ctx context.Context, tenant store.TenantID) (lifecycle.Policy, error) {
	now := p.clock()
	if found, ok := p.known.Load(tenant); ok && now.Before(found.(*knownPolicy).until) {
		return found.(*knownPolicy).policy, nil
	}
	policy, _, err := p.read(ctx, tenant)
	if err != nil {
		return policy, err
	}
	p.known.Store(tenant, &knownPolicy{policy, now.Add(policyAge)})
	return policy, nil
}

// read returns the policy of a tenant as it is, and its revision.
func (p *policies) read(ctx context.Context, tenant store.TenantID) (lifecycle.Policy, int64, error) {
	document, revision, err := p.store.Policy(ctx, tenant)
	if err != nil {
		return lifecycle.Policy{}, 0, fmt.Errorf("read the policy: %w", err)
	}
	if revision == 0 {
		return p.standard, 0, nil
	}
	policy, err := p.standard.Recall(document)
	if err != nil {
		return lifecycle.Policy{}, 0, fmt.Errorf("read the policy: %w", err)
	}
	return policy, revision, nil
}
