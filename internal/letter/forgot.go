package letter

import (
	"context"
	"errors"

	"rollcall/internal/jobs"
	"rollcall/scim"
	"rollcall/store"
)

// mostWaiting is how much may wait in a tenant before nobody else can ask.
const mostWaiting = 10_000

// Forgot keeps that somebody has forgotten a password. It looks nothing up, so
// that the answer takes as long whomever the text names, or nobody.
// store.ErrFull says to come again later.
func (s *Service) Forgot(ctx context.Context, tenant store.TenantID, requestID, text string) error {
	job, err := s.keep(ctx, &scim.Caller{Tenant: tenant, Kind: scim.KindSystem, ID: "account page", RequestID: requestID}, kindForgot, content{Forgotten: &text})
	if err != nil {
		return err
	}
	job.Most = mostWaiting
	return s.Store.Enqueue(ctx, job)
}

func (s *Service) forgot(ctx context.Context, provider *scim.Provider, task *jobs.Task) (jobs.Outcome, error) {
	of, err := s.open(ctx, &task.Job, task.Input)
	if errors.Is(err, errUnreadable) || err == nil && of.Forgotten == nil {
		return jobs.Outcome{Failed: true, Reason: reasonUnreadable}, nil
	}
	if err != nil {
		return jobs.Outcome{}, err
	}
	_, err = provider.Forgot(ctx, task.Job.Tenant, task.Job.RequestID, *of.Forgotten)
	return jobs.Outcome{}, err
}
