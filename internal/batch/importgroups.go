package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"rollcall/internal/usercsv"
	"rollcall/scim"
	"rollcall/store"
)

const (
	// mostNames is of how many names of groups an import remembers the groups.
	mostNames = 10_000
	// mostJoined is how many groups a row puts its user in.
	mostJoined = 100
)

// Joined is a group that a row of a file puts its user in.
type Joined struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// groupNames finds groups by what files call them.
type groupNames struct {
	provider *scim.Provider
	caller   *scim.Caller
	known    map[string]foundGroup
}

// foundGroup is what a text stands for, or why it stands for none.
type foundGroup struct {
	group Joined
	none  error
}

func (g *groupNames) forget() { clear(g.known) }

// named is the group that a text stands for. store.ErrNotFound,
// scim.ErrAmbiguousGroup.
func (g *groupNames) named(ctx context.Context, name string) (Joined, error) {
	if found, ok := g.known[name]; ok {
		return found.group, found.none
	}
	group, err := g.provider.FindGroup(ctx, g.caller, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, scim.ErrAmbiguousGroup) {
		return Joined{}, err
	}
	if len(name) > store.MaxKeyBytes {
		return Joined{}, err // too long to be remembered
	}
	found := foundGroup{Joined{group.ID, clipName(group.Label)}, err}
	if len(g.known) >= mostNames {
		g.forget()
	}
	g.known[name] = found
	return found.group, found.none
}

// joins are the groups that a row puts its user in. Findings refuse the row.
func (i *importing) joins(ctx context.Context, user map[string]any, record *usercsv.Record) (joins []Joined, findings []usercsv.Finding, err error) {
	names, findings := i.mapping.Groups(user, record)
	find := func(problem string) {
		findings = append(findings, usercsv.Finding{Column: "groups", Problem: problem})
	}
	if len(names) > mostJoined {
		find(fmt.Sprintf("a row adds a user to %d groups at most", mostJoined))
		return nil, findings, nil
	}
	for _, name := range names {
		found, err := i.groups.named(ctx, name)
		switch {
		case errors.Is(err, store.ErrNotFound):
			find(fmt.Sprintf("there is no group %q: make it first, or leave the column out", clipName(name)))
		case errors.Is(err, scim.ErrAmbiguousGroup):
			find(fmt.Sprintf("%q is the id of one group and the name of another: write what the one is called, or the id of the other", clipName(name)))
		case err != nil:
			return nil, nil, err
		case !isIn(user, found.ID) && !slices.Contains(joins, found):
			joins = append(joins, found)
		}
	}
	return joins, findings, nil
}

// isIn reports whether a user, as decoded from its JSON, is a direct member of a
// group.
func isIn(user map[string]any, group uuid.UUID) bool {
	list, _ := user["groups"].([]any)
	return slices.ContainsFunc(list, func(one any) bool {
		element, _ := one.(map[string]any)
		return element["value"] == group.String() && element["type"] == "direct"
	})
}

// join has a draft put its user in groups.
func (b *brings) join(joins []Joined) {
	b.joins = joins
	for _, group := range joins {
		b.draft.Join = append(b.draft.Join, group.ID)
	}
}

// joined are the groups of a row that its user comes into. It is asked again for
// each attempt.
func (b *brings) joined(done scim.Drafted) (into []Joined) {
	for _, group := range b.joins {
		if slices.Contains(done.Joined, group.ID) {
			into = append(into, group)
		}
	}
	return into
}
