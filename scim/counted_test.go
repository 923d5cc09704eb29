package scim_test

import (
	"testing"

	"rollcall/internal/testdb"
	"rollcall/scim"
	"rollcall/store"
)

// TestCounted: what was counted before is told instead of a new count where that
// would take long, and there alone.
func TestCounted(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		b.create(b.admin, "ada", `"roles":[{"value":"Admin"}]`)
		b.create(b.admin, "bob", `"roles":[{"value":"Admin"}]`)
		const of = 100_000
		for _, test := range []struct {
			filter         string
			matches, total int
		}{
			{lifecycleURN + `:status eq "Active"`, 1000, 2},
			{lifecycleURN + `:status eq "Active"`, 1001, 1001},
			{`roles.value eq "Admin"`, 1000, 2},
			{`roles.value eq "Admin"`, 60_000, 60_000},
			{lifecycleURN + `:source eq "local"`, 50, 2},
			{lifecycleURN + `:source eq "local"`, 51, 51},
			{`not (` + lifecycleURN + `:lastLogin pr)`, 51, 51},
			{lifecycleURN + `:lastLogin ge "2026-01-01T00:00:00Z" and ` + lifecycleURN + `:lastLogin lt "2026-03-01T00:00:00Z"`, 51, 51},
			{lifecycleURN + `:source eq "local" and userName co "a"`, 51, 1},
		} {
			count, cursor := 50, ""
			found, err := b.provider.Accounts(t.Context(), b.admin, scim.Search{
				Filter: test.filter, HasFilter: true, SortBy: "userName", Count: &count, Cursor: &cursor, Capped: true,
				Counted: &scim.Counted{Matches: test.matches, Of: of},
			})
			if err != nil || found.Total != test.total || found.Many {
				t.Errorf("%s, %d before: %+v, %v, want %d", test.filter, test.matches, found, err, test.total)
			}
		}
	})
}
