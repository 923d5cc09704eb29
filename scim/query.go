package scim

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Search is a query: the parameters of RFC 7644 sections 3.4.2 and 3.4.3.
type Search struct {
	// Filter is the text of the filter; HasFilter tells "" from none.
	Filter    string
	HasFilter bool
	SortBy    string
	SortOrder string
	// StartIndex is 1-based; what is below 1 acts as 1.
	StartIndex int
	// Count bounds the page, nil for the server's default. What is below 0
	// acts as 0, what is above the largest page as that.
	Count *int
	// Cursor walks by cursor instead of by index (RFC 9865): "" begins, nil is
	// none.
	Cursor *string
	// Still ends a walk by cursor with the last page in its order: what changed
	// behind it meanwhile is not caught up with.
	Still bool
	// Capped counts no further than MostCounted: a total beyond it is one more. SCIM
	// asks for exact totals.
	Capped bool
	// Counted is what is known already of how many the filter matches, be it only
	// nearly: where counting anew takes long, it is told instead; nil counts.
	Counted *Counted
	View    View
}

// ListURN is the schema of a list answer.
const ListURN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// List is one page of a query as it is answered.
type List struct {
	provider *Provider
	caller   *Caller
	page     store.Page
	start    int
	// told says that the total is that of an earlier count.
	told    bool
	types   []*schema.ResourceType
	views   []*schema.Projection
	members memberPage
	now     time.Time
	policy  lifecycle.Policy
	// walking tells a page by cursor; next and previous are its cursors.
	walking        bool
	next, previous string
}

// Next is the cursor of the next page; empty behind the last one, and of a page
// by index.
func (l *List) Next() string { return l.next }

// Query answers a query over resource types: one for a type's endpoint, all
// for the root (RFC 7644 section 3.4.2.1).
func (p *Provider) Query(ctx context.Context, c *Caller, types []*schema.ResourceType, search Search) (*List, error) {
	if err := c.unconfined(); err != nil {
		return nil, err
	}
	query := store.Query{Tenant: c.Tenant, Now: p.now(), Limit: p.defaultPage, Capped: search.Capped}
	start := max(search.StartIndex, 1)
	query.Offset = start - 1
	if search.Count != nil {
		query.Limit = min(max(*search.Count, 0), p.maxPage)
	}
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	at := clock{query.Now, policy}
	if query.Sort, err = at.sortOf(types, search.SortBy, search.SortOrder, c.Leniency); err != nil {
		return nil, err
	}
	if query.Types, err = typeQueries(types, lowering{p.relatives(c), at}, search, c.Leniency); err != nil {
		return nil, err
	}
	search.Counted.use(&query)
	if search.View.Members.After != uuid.Nil {
		return nil, fault.New(fault.InvalidValue, "membersCursor goes on in the members of one resource; ask for that resource by its id")
	}
	list := &List{provider: p, caller: c, start: start, told: query.Total != nil, types: types, members: p.memberPage(search.View.Members), now: query.Now, policy: policy}
	for _, t := range types {
		view := search.View.of(t)
		list.views = append(list.views, view)
		if t.Groups != nil && (view.Includes(t.Groups) || versionShown(t, view) || sharingShown(t, view)) {
			query.With |= store.WithGroups
		}
		if t.Lifecycle != nil && view.Includes(t.Lifecycle) {
			query.With |= store.WithActivity
		}
	}
	if search.Cursor != nil {
		err = list.walk(ctx, types, search, query)
	} else {
		list.page, err = p.store.Query(ctx, query)
	}
	if err != nil {
		return nil, refusal(err, types[0], "")
	}
	return list, nil
}

func versionShown(t *schema.ResourceType, view *schema.Projection) bool {
	version, ok := t.Meta.Lookup("version")
	return ok && view.Includes(t.Meta) && view.Includes(version)
}

// sharingShown reports whether answers say who has no shared data, which groups
// are a part of.
func sharingShown(t *schema.ResourceType, view *schema.Projection) bool {
	shared, ok := lookup(t.Lifecycle, "noSharedData")
	return ok && view.Includes(t.Lifecycle) && view.Includes(shared)
}

// many reports whether the total of a capped search is not to be relied on. What is
// not filtered need not be counted.
func (l *List) many(search Search) bool {
	return search.Capped && !l.told && search.HasFilter && l.page.Total > MostCounted
}

// typeQueries binds the filter to each type and lowers it.
func typeQueries(types []*schema.ResourceType, l lowering, search Search, leniency *schema.Leniency) ([]store.TypeQuery, error) {
	queries := make([]store.TypeQuery, len(types))
	for i, t := range types {
		queries[i].Type = t.Name
	}
	if !search.HasFilter {
		return queries, nil
	}
	expression, err := filter.Parse(search.Filter)
	if err != nil {
		return nil, err
	}
	var bound []filter.Filter
	if len(types) == 1 {
		one, err := filter.Bind(expression, types[0], leniency)
		if err != nil {
			return nil, err
		}
		bound = []filter.Filter{one}
	} else if bound, err = filter.BindEach(expression, types, leniency); err != nil {
		return nil, err
	}
	for i, t := range types {
		if queries[i].Where, err = lower(t, l, bound[i]); err != nil {
			return nil, err
		}
	}
	return queries, nil
}

// Members reports whether the answer streams members of groups.
func (l *List) Members() bool {
	if l.members.cut && l.members.Limit == 0 {
		return false
	}
	for i, t := range l.types {
		if t.Members != nil && l.views[i].Includes(t.Members) {
			return true
		}
	}
	return false
}

// WriteTo writes the page as a ListResponse.
func (l *List) WriteTo(ctx context.Context, w io.Writer) error {
	a := answer{provider: l.provider, caller: l.caller, now: l.now, policy: l.policy}
	if l.Members() && len(l.page.Records) > 0 {
		var groups []uuid.UUID
		for i := range l.page.Records {
			if t, _ := l.typeOf(&l.page.Records[i]); t.Members != nil {
				groups = append(groups, l.page.Records[i].ID)
			}
		}
		defer a.openMembers(ctx, groups, l.members.MemberPage)()
	}
	out := append(make([]byte, 0, 256), `{"schemas":["`+ListURN+`"],"totalResults":`...)
	out = strconv.AppendInt(out, int64(l.page.Total), 10)
	out = l.appendPlace(out)
	out = append(out, `,"itemsPerPage":`...)
	out = strconv.AppendInt(out, int64(len(l.page.Records)), 10)
	out = append(out, `,"Resources":[`...)
	if _, err := w.Write(out); err != nil {
		return err
	}
	for i := range l.page.Records {
		if i > 0 {
			if _, err := w.Write([]byte{','}); err != nil {
				return err
			}
		}
		t, view := l.typeOf(&l.page.Records[i])
		if err := a.write(w, t, &l.page.Records[i], view); err != nil {
			return err
		}
	}
	_, err := w.Write([]byte("]}"))
	return err
}

// appendPlace says where the page is: by index, or by the cursors of the pages
// beside it. Nothing in a cursor needs escaping.
func (l *List) appendPlace(out []byte) []byte {
	if !l.walking {
		return strconv.AppendInt(append(out, `,"startIndex":`...), int64(l.start), 10)
	}
	if l.previous != "" {
		out = append(append(append(out, `,"previousCursor":"`...), l.previous...), '"')
	}
	if l.next != "" {
		out = append(append(append(out, `,"nextCursor":"`...), l.next...), '"')
	}
	return out
}

func (l *List) typeOf(record *store.Record) (*schema.ResourceType, *schema.Projection) {
	for i, t := range l.types {
		if t.Name == record.Type {
			return t, l.views[i]
		}
	}
	return l.types[0], l.views[0]
}
