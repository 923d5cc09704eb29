package demo

import (
	"context"
	"slices"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Report is what is there now.
type Report struct {
	Tenant string `json:"tenant"`
	// Statuses count the living users by their status, Deleted those that can be
	// restored.
	Statuses map[lifecycle.Status]int `json:"statuses"`
	Deleted  int                      `json:"deleted"`
	Groups   int                      `json:"groups"`
}

// Users are the living ones.
func (r *Report) Users() int {
	n := 0
	for _, count := range r.Statuses {
		n += count
	}
	return n
}

func (w *world) report(ctx context.Context) (*Report, error) {
	r := &Report{Tenant: w.tenant.Name, Statuses: map[lifecycle.Status]int{}, Groups: len(w.groupIDs)}
	for _, status := range lifecycle.LivingStatuses() {
		n, err := w.count(ctx, schema.LifecycleURN+`:status eq "`+string(status)+`"`)
		if err != nil {
			return nil, err
		}
		r.Statuses[status] = n
	}
	var err error
	r.Deleted, err = w.deleted(ctx)
	return r, err
}

// count is how many living users match; all do without a filter.
func (w *world) count(ctx context.Context, filter string) (int, error) {
	none := 0
	page, err := w.provider.Accounts(ctx, w.administrator(), scim.Search{Filter: filter, HasFilter: filter != "", Count: &none})
	if err != nil {
		return 0, err
	}
	return page.Total, nil
}

// deleted is how many users can be restored.
func (w *world) deleted(ctx context.Context) (int, error) {
	n := 0
	for after := (store.DepartedPosition{}); ; {
		page, err := w.provider.Deleted(ctx, w.administrator(), w.users, "", after, 500)
		if err != nil {
			return 0, err
		}
		if n, after = n+len(page.Deleted), page.Next; after == (store.DepartedPosition{}) {
			return n, nil
		}
	}
}

// sole shows what is due in one tenant alone: what is due in others is not to be
// done as of half a year ago.
type sole struct {
	store.Store
	tenant *store.Tenant
}

// others is how much that is overdue in other tenants is looked past.
const others = 10_000

// Due implements store.Upkeep.
func (s sole) Due(ctx context.Context, now time.Time, limit int) ([]store.DueResource, error) {
	due, err := s.Store.Due(ctx, now, limit+others)
	due = slices.DeleteFunc(due, func(one store.DueResource) bool { return one.Key.Tenant != s.tenant.ID })
	return due[:min(len(due), limit)], err
}
