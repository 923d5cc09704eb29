// Package figures owns the numbers about a tenant that are too dear to be worked
// out while somebody waits: they are counted beside the requests and kept for a
// while.
package figures

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"rollcall/scim"
	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Figures are the numbers about a tenant, as they were at the time of the
// statistics.
type Figures struct {
	*scim.Statistics

	// Coming are the changes that accounts are to have next by their dates, the
	// first MostComing. Crowded says that there are too many to look through.
	Coming  []Change
	Crowded bool
	// Incidents are those of the mass guard that wait for a decision.
	Incidents []Incident
}

// MostComing is how many changes are listed.
const MostComing = 5

// Change is what a date of an account makes of it.
type Change struct {
	At time.Time
	// Kind is the attribute that holds the date: validFrom, validUntil or
	// suspendedUntil.
	Kind    string
	Account scim.Account
}

// Incident is whose removals wait for a decision.
type Incident struct {
	// Connection is an id with its name, zero and empty for the timers of the
	// tenant.
	ID         uuid.UUID
	Connection string
	Open       int
	Since      time.Time
}

// dates are the attributes that hold dates of accounts.
var dates = []string{"validFrom", "validUntil", "suspendedUntil"}

// count works the figures of a tenant out.
func (k *Keeper) count(ctx context.Context, tenant store.TenantID) (*Figures, error) {
	caller := scim.AdministratorCaller(tenant, scim.KindSystem, "figures", "")
	counted, err := k.Provider.Statistics(ctx, caller)
	if err != nil {
		return nil, err
	}
	out := &Figures{Statistics: counted}
	if err := k.coming(ctx, caller, out); err != nil {
		return nil, err
	}
	return out, k.incidents(ctx, caller, out)
}

// coming finds the changes that come next.
func (k *Keeper) coming(ctx context.Context, caller *scim.Caller, out *Figures) error {
	most := MostComing
	for _, kind := range dates {
		attribute := schema.LifecycleURN + ":" + kind
		found, err := k.Provider.Accounts(ctx, caller, scim.Search{
			Filter: attribute + " gt " + filter.Quote(out.At.Format(time.RFC3339)), HasFilter: true, SortBy: attribute, Count: &most,
		})
		if told, ok := fault.As(err); ok && told.Type == fault.TooMany {
			out.Crowded = true
			continue
		}
		if err != nil {
			return err
		}
		for _, account := range found.Accounts {
			out.Coming = append(out.Coming, Change{dateOf(kind, &account), kind, account})
		}
	}
	slices.SortFunc(out.Coming, func(a, b Change) int { return a.At.Compare(b.At) })
	out.Coming = out.Coming[:min(len(out.Coming), MostComing)]
	return nil
}

func dateOf(kind string, account *scim.Account) time.Time {
	switch kind {
	case "validFrom":
		return account.Facts.ValidFrom
	case "validUntil":
		return account.Facts.ValidUntil
	}
	return account.Standing.Until
}

// incidents finds what the mass guard has waiting.
func (k *Keeper) incidents(ctx context.Context, caller *scim.Caller, out *Figures) error {
	connections, err := k.Connections.Connections(ctx, caller.Tenant)
	if err != nil {
		return err
	}
	note := func(id uuid.UUID, name string, whose scim.Guarded) error {
		state, err := k.Provider.Guard(ctx, caller, whose)
		if err != nil || state.Open == 0 {
			return err
		}
		incident := Incident{ID: id, Connection: name, Open: state.Open}
		if state.Incident != nil {
			incident.Since = state.Incident.Began
		}
		out.Incidents = append(out.Incidents, incident)
		return nil
	}
	var all []error
	for i := range connections {
		all = append(all, note(connections[i].ID, connections[i].Name, scim.GuardedConnection(&connections[i])))
	}
	return errors.Join(append(all, note(uuid.Nil, "", scim.GuardedTimers()))...)
}
