package scim

import (
	"context"
	"fmt"

	"rollcall/scim/fault"
	"rollcall/scim/filter"
	"rollcall/store"
)

// ErrAmbiguousGroup says that a text stands for two groups.
var ErrAmbiguousGroup = fault.Plain(409, "it is the id of one group and the name of another; write what the one is called, or the id of the other")

// FindGroup finds the group of the caller's tenant that a text stands for: its id,
// or its displayName as queries compare it. store.ErrNotFound when there is none.
// A text that is the id of one group and the name of another is refused with
// ErrAmbiguousGroup: a name can be chosen so that it is taken for another group.
func (p *Provider) FindGroup(ctx context.Context, c *Caller, text string) (store.Group, error) {
	if text == "" || len(text) > store.MaxKeyBytes {
		return store.Group{}, store.ErrNotFound
	}
	named := "displayName eq " + filter.Quote(text)
	if id, ok := store.ParseID(text); ok {
		named += ` or id eq "` + id.String() + `"`
	}
	found, err := p.GroupNames(ctx, c, Search{Filter: named, HasFilter: true}, 2)
	switch {
	case err != nil:
		return store.Group{}, fmt.Errorf("look for a group: %w", err)
	case len(found) == 0:
		return store.Group{}, store.ErrNotFound
	case len(found) > 1:
		return store.Group{}, ErrAmbiguousGroup
	}
	return found[0], nil
}
