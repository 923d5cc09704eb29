package scim

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"rollcall/store"
)

// countsKept bounds how many counts are remembered, of about 100 bytes each.
const countsKept = 20_000

// memberCounts remembers how many members a group has at a version: whatever takes
// one in or out moves the version, in any copy of the server, so that a count is
// never out of date; it only falls out when others are asked for.
type memberCounts struct {
	kept *lru.Cache[countedGroup, int]
}

type countedGroup struct {
	tenant  store.TenantID
	id      uuid.UUID
	version int64
}

func newMemberCounts() memberCounts {
	kept, _ := lru.New[countedGroup, int](countsKept) // fails for a size below one
	return memberCounts{kept}
}

// countMembers counts the direct members of groups, each up to MostCounted.
func (p *Provider) countMembers(ctx context.Context, tenant store.TenantID, groups ...store.Record) (map[uuid.UUID]int, error) {
	counts := make(map[uuid.UUID]int, len(groups))
	unknown := map[uuid.UUID]countedGroup{}
	for i := range groups {
		one := countedGroup{tenant, groups[i].ID, groups[i].Version}
		if n, ok := p.counts.kept.Get(one); ok {
			counts[one.id] = n
		} else {
			unknown[one.id] = one
		}
	}
	if len(unknown) == 0 {
		return counts, nil
	}
	found, err := p.store.CountMembers(ctx, tenant, slices.Collect(maps.Keys(unknown)), MostCounted)
	if err != nil {
		return nil, err
	}
	for id, one := range unknown {
		counts[id] = found[id]
		p.counts.kept.Add(one, found[id])
	}
	return counts, nil
}
