package scim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Account is a living user as lists show it.
type Account struct {
	ID, UserName, DisplayName, ExternalID string
	// Email is the primary address, else the first; Roles are in their order.
	Email             string
	Roles             []string
	Version           int64
	Created, Modified time.Time
	Standing          lifecycle.Standing
	Facts             lifecycle.Facts
	// ChangedAt is since when the account has its status.
	ChangedAt time.Time
	LastLogin time.Time
	Stale     bool
	// Source and SourceClient tell where the account comes from.
	Source, SourceClient string
	// Tags are what administrators find it by, Contact is who answers for it, by
	// name where that is known.
	Tags    []string
	Contact string
	// Groups are those that it is in, and NoSharedData says that it is in none and
	// has no role and no contact; both where they were asked for.
	Groups       []store.Group
	NoSharedData bool
}

// AccountPage is one page of accounts.
type AccountPage struct {
	Accounts []Account
	Total    int
	// Many says of a capped search that there are more than MostCounted, and Total
	// does not say how many.
	Many bool
	// Start is the place of the first one, from 1, of a page by index; Next and
	// Previous are the cursors of the pages beside one by cursor.
	Start          int
	Next, Previous string
}

// Accounts answers a query over users. Of its view nothing is looked at but
// whether its attributes name "groups": without these it is cheaper than Query.
func (p *Provider) Accounts(ctx context.Context, c *Caller, search Search) (*AccountPage, error) {
	t, err := p.users()
	if err != nil {
		return nil, err
	}
	grouped := slices.Contains(search.View.Attributes, "groups") && t.Groups != nil
	search.View = View{Attributes: []string{"userName"}}
	if grouped {
		search.View.Attributes = append(search.View.Attributes, t.Groups.Name)
	}
	if t.Lifecycle != nil {
		search.View.Attributes = append(search.View.Attributes, t.Lifecycle.Name)
	}
	list, err := p.Query(ctx, c, []*schema.ResourceType{t}, search)
	if err != nil {
		return nil, err
	}
	page := &AccountPage{Total: list.page.Total, Accounts: make([]Account, 0, len(list.page.Records)), Next: list.next, Previous: list.previous}
	page.Many = list.many(search)
	if !list.walking {
		page.Start = list.start
	}
	for i := range list.page.Records {
		row, err := accountRow(t, &list.page.Records[i], list.policy, list.now)
		if err != nil {
			return nil, err
		}
		row.NoSharedData = row.NoSharedData && grouped
		page.Accounts = append(page.Accounts, row)
	}
	return page, nil
}

func accountRow(t *schema.ResourceType, record *store.Record, policy lifecycle.Policy, now time.Time) (Account, error) {
	facts, err := loadFacts(record)
	if err != nil {
		return Account{}, err
	}
	object, err := t.Parse(record.Document)
	if err != nil {
		return Account{}, fmt.Errorf("read the document of %s: %w", record.ID, err)
	}
	contact, tags := noted(t, object)
	shared, known := lookup(t.Lifecycle, "noSharedData")
	return Account{
		Groups: record.Groups, Contact: contact, Tags: tags, NoSharedData: known && len(record.Groups) == 0 && !sharesData(shared, object),
		ID: record.ID.String(), Email: emailOf(t, object), Roles: roleNames(t, object), UserName: object.Text(t.Naming), DisplayName: object.Text(t.DisplayName), ExternalID: record.ExternalID,
		Version: record.Version, Created: record.Created, Modified: record.Modified,
		Standing: facts.Standing(now), Facts: facts, ChangedAt: facts.ChangedAt(now), LastLogin: record.Activity.LastLogin, Stale: facts.Stale(policy, now),
		Source: record.Facts.Source, SourceClient: record.Facts.SourceClient,
	}, nil
}

// noted is what administrators note on a user: its contact, by name where that is
// known, and its tags.
func noted(t *schema.ResourceType, object *schema.Object) (contact string, tags []string) {
	of := extensionOf(t, object)
	if of.object == nil {
		return "", nil
	}
	if a, ok := lookup(t.Lifecycle, "linkedContact"); ok {
		linked, _ := of.object.Get(a).(*schema.Object)
		for _, name := range []string{"display", "value", "$ref"} {
			if sub, ok := a.Lookup(name); ok && contact == "" {
				contact = linked.Text(sub)
			}
		}
	}
	if a, ok := lookup(t.Lifecycle, "tags"); ok {
		list, _ := of.object.Get(a).(schema.List)
		for _, one := range list {
			if tag, ok := one.(string); ok {
				tags = append(tags, tag)
			}
		}
	}
	return contact, tags
}

// roleNames are the roles of a user, in their order.
func roleNames(t *schema.ResourceType, object *schema.Object) []string {
	if t.Roles == nil {
		return nil
	}
	return slices.Sorted(maps.Values(rolesOf(t, object)))
}

// Labels are what living users are called, by id; others are left out.
func (p *Provider) Labels(ctx context.Context, c *Caller, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	t, err := p.selecting(c)
	if err != nil {
		return nil, err
	}
	return p.LabelsOf(ctx, c, map[string][]uuid.UUID{t.Name: ids})
}

// LabelsOf are what living resources are called, by id. They are asked for by the
// name of their type, in one round trip; those that there are not are left out,
// and so are types.
func (p *Provider) LabelsOf(ctx context.Context, c *Caller, ids map[string][]uuid.UUID) (map[uuid.UUID]string, error) {
	if err := c.unconfined(); err != nil {
		return nil, err
	}
	var keys []store.Key
	for name, all := range ids {
		if _, ok := p.types.Type(name); !ok {
			continue
		}
		for _, id := range all {
			keys = append(keys, store.Key{Tenant: c.Tenant, Type: name, ID: id})
		}
	}
	records, err := p.store.GetAll(ctx, keys, 0)
	if err != nil {
		return nil, fmt.Errorf("read what resources are called: %w", err)
	}
	labels := make(map[uuid.UUID]string, len(records))
	for i := range records {
		labels[records[i].ID] = records[i].Label
	}
	return labels, nil
}
