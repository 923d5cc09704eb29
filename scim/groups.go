package scim

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// GroupType is the resource type of groups.
const GroupType = "Group"

// MostCounted is up to where lists for people count: the members of a group, and
// what matches a capped Search.
const MostCounted = store.ProbeCap

// ListedGroup is a group as lists show it.
type ListedGroup struct {
	ID, DisplayName, ExternalID string
	Created, Modified           time.Time
	// Members is how many direct members it has, MostCounted for as many or more.
	Members int
}

func listGroup(r *store.Record, members int) ListedGroup {
	return ListedGroup{r.ID.String(), r.Label, r.ExternalID, r.Created, r.Modified, members}
}

// GroupPage is one page of groups.
type GroupPage struct {
	Groups []ListedGroup
	Total  int
	// Many is as in AccountPage.
	Many           bool
	Next, Previous string
}

// groups is the resource type of groups.
func (p *Provider) groups() (*schema.ResourceType, error) {
	t, ok := p.types.Type(GroupType)
	if !ok || t.Members == nil {
		return nil, errors.New("there is no resource type Group")
	}
	return t, nil
}

// Groups answers a query over groups by cursor, with how many members each has;
// its view is not looked at.
func (p *Provider) Groups(ctx context.Context, c *Caller, search Search) (*GroupPage, error) {
	t, err := p.groups()
	if err != nil {
		return nil, err
	}
	search.View = View{Attributes: []string{"displayName"}}
	list, err := p.Query(ctx, c, []*schema.ResourceType{t}, search)
	if err != nil {
		return nil, err
	}
	counts, err := p.countMembers(ctx, c.Tenant, list.page.Records...)
	if err != nil {
		return nil, err
	}
	page := &GroupPage{Total: list.page.Total, Many: list.many(search), Next: list.next, Previous: list.previous}
	for i := range list.page.Records {
		r := &list.page.Records[i]
		page.Groups = append(page.Groups, listGroup(r, counts[r.ID]))
	}
	return page, nil
}

// GroupNames answers a query over groups with what they are called, by name and
// without counting members; its view and its order are not looked at.
func (p *Provider) GroupNames(ctx context.Context, c *Caller, search Search, limit int) ([]store.Group, error) {
	t, err := p.groups()
	if err != nil {
		return nil, err
	}
	search.View, search.SortBy, search.Count = View{Attributes: []string{"displayName"}}, "displayName", &limit
	list, err := p.Query(ctx, c, []*schema.ResourceType{t}, search)
	if err != nil {
		return nil, err
	}
	names := make([]store.Group, len(list.page.Records))
	for i := range list.page.Records {
		names[i] = store.Group{ID: list.page.Records[i].ID, Type: t.Name, Label: list.page.Records[i].Label}
	}
	return names, nil
}

// ListedMember is a member of a group as lists show it.
type ListedMember struct {
	ID, Type, Name string
	// Status is that of an account, empty for what is none.
	Status lifecycle.Status
}

// ListedMembers is a group with a page of its members.
type ListedMembers struct {
	ListedGroup

	List []ListedMember
	// Next is the last member of the page where there are more, zero at the end.
	Next uuid.UUID
}

// GroupMembers returns a group with up to limit of its direct members, in the
// order of their ids from behind one on.
func (p *Provider) GroupMembers(ctx context.Context, c *Caller, id string, after uuid.UUID, limit int) (*ListedMembers, error) {
	t, err := p.groups()
	if err != nil {
		return nil, err
	}
	key, err := c.key(t, id)
	if err != nil {
		return nil, err
	}
	record, err := p.store.Get(ctx, key, 0)
	if err != nil {
		return nil, refusal(err, t, id)
	}
	counts, err := p.countMembers(ctx, c.Tenant, record)
	if err != nil {
		return nil, err
	}
	out := &ListedMembers{ListedGroup: listGroup(&record, counts[record.ID])}
	var keys []store.Key
	limit = min(max(limit, 1), p.maxPage)
	for m, err := range p.store.Members(ctx, c.Tenant, []uuid.UUID{record.ID}, store.MemberPage{After: after, Limit: limit + 1}) {
		if err != nil {
			return nil, err
		}
		if len(keys) == limit {
			out.Next = keys[limit-1].ID
			break
		}
		keys = append(keys, store.Key{Tenant: c.Tenant, Type: m.Type, ID: m.Member})
	}
	out.List, err = p.listMembers(ctx, keys)
	return out, err
}

// listMembers reads what lists show of members.
func (p *Provider) listMembers(ctx context.Context, keys []store.Key) ([]ListedMember, error) {
	records, err := p.store.GetAll(ctx, keys, 0)
	if err != nil {
		return nil, err
	}
	now := p.now()
	list := make([]ListedMember, 0, len(records))
	for i := range records {
		r := &records[i]
		member := ListedMember{ID: r.ID.String(), Type: r.Type, Name: r.Label}
		if t, ok := p.types.Type(r.Type); ok && t.Active != nil {
			facts, err := loadFacts(r)
			if err != nil {
				return nil, err
			}
			member.Status = facts.Status(now)
		}
		list = append(list, member)
	}
	return list, nil
}
