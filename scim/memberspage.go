package scim

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"rollcall/scim/fault"
	"rollcall/store"
)

// MembersPage asks for a part of the members of a resource, in order of id.
// The zero value asks for all.
type MembersPage struct {
	// Count bounds the members, nil for the default page with After and for all
	// without. What is below 0 acts as 0, what is above the largest page as that.
	Count *int
	// After is the last member of the page before.
	After uuid.UUID
}

// ParseMembersCursor reads a cursor of Resource.NextMembers. invalidCursor when
// it is none (RFC 9865 section 2.1).
func ParseMembersCursor(text string) (uuid.UUID, error) {
	raw, ok := readOpaque(text)
	if !ok || len(raw) != len(uuid.UUID{}) {
		return uuid.UUID{}, fault.New(fault.InvalidCursor, "membersCursor is not a cursor of this server; take it from the Link of the page before")
	}
	return uuid.UUID(raw), nil
}

// memberPage is a MembersPage within the limits of the provider.
type memberPage struct {
	store.MemberPage
	// cut is false for all members. With cut a Limit of 0 means none.
	cut bool
}

func (p *Provider) memberPage(asked MembersPage) memberPage {
	page := memberPage{store.MemberPage{After: asked.After, Limit: p.defaultPage}, true}
	if asked.Count != nil {
		page.Limit = min(max(*asked.Count, 0), p.maxPage)
	} else if asked.After == uuid.Nil {
		return memberPage{}
	}
	return page
}

// loadedPage is a page of the members of one resource.
type loadedPage struct {
	members []store.Membership
	// more says that members follow the page.
	more bool
}

// page reads the page of the members that was asked for, once: it is small,
// and whether there is more has to be known before the answer begins.
func (r *Resource) page(ctx context.Context) (*loadedPage, error) {
	if r.loaded != nil {
		return r.loaded, nil
	}
	loaded, limit := &loadedPage{}, r.members.Limit
	if limit > 0 {
		asked := store.MemberPage{After: r.members.After, Limit: limit + 1}
		for membership, err := range r.provider.store.Members(ctx, r.caller.Tenant, []uuid.UUID{r.record.ID}, asked) {
			if err != nil {
				return nil, err
			}
			loaded.members = append(loaded.members, membership)
		}
		if loaded.more = len(loaded.members) > limit; loaded.more {
			loaded.members = loaded.members[:limit]
		}
	}
	r.loaded = loaded
	return loaded, nil
}

// NextMembers is the absolute URI of the next page of members, "" where the
// answer carries the last ones or was not asked for a page.
func (r *Resource) NextMembers(ctx context.Context) (string, error) {
	if !r.members.cut || !r.Large() {
		return "", nil
	}
	page, err := r.page(ctx)
	if err != nil || !page.more {
		return "", err
	}
	last := page.members[len(page.members)-1].Member
	next := r.Location() + "?membersCount=" + strconv.Itoa(r.members.Limit) + "&membersCursor=" + opaque.EncodeToString(last[:])
	for name, values := range map[string][]string{"attributes": r.view.Attributes, "excludedAttributes": r.view.Excluded} {
		if len(values) > 0 {
			next += "&" + name + "=" + url.QueryEscape(strings.Join(values, ","))
		}
	}
	return next, nil
}

// stream opens the members of the resource for an answer; stop ends it.
func (r *Resource) stream(ctx context.Context, a *answer) (stop func(), err error) {
	if !r.members.cut {
		return a.openMembers(ctx, []uuid.UUID{r.record.ID}, store.MemberPage{}), nil
	}
	page, err := r.page(ctx)
	if err != nil {
		return nil, err
	}
	next, stop := iter.Pull2(func(yield func(store.Membership, error) bool) {
		for _, membership := range page.members {
			if !yield(membership, nil) {
				return
			}
		}
	})
	a.members = &memberStream{next: next}
	return stop, nil
}
