// Package storetest owns the persistence contract as tests: every backend
// below package store runs all of it.
package storetest

import (
	"testing"

	"rollcall/store"
)

// Open returns a migrated, empty store that a cleanup of tb closes.
type Open func(tb testing.TB) store.Store

// Run holds a backend to the contract. Every subject gets a fresh store and a
// tenant in it; subjects run in parallel.
func Run(t *testing.T, open func(tb testing.TB) store.Store) {
	t.Helper()
	subjects := []struct {
		name string
		test func(*fixture)
	}{
		{"Records", records},
		{"Isolation", isolation},
		{"Names", names},
		{"UniqueValues", uniqueValues},
		{"Updates", updates},
		{"Versions", versions},
		{"Unchanged", unchanged},
		{"Membership", membership},
		{"Several", several},
		{"Circles", circles},
		{"Taken", taken},
		{"MissingMembers", missingMembers},
		{"MembersOfOneCommit", membersOfOneCommit},
		{"LargeMembership", largeMembership},
		{"MemberPages", memberPages},
		{"RemovedByCondition", removedByCondition},
		{"Commits", commits},
		{"DeletedUsers", deletedUsers},
		{"DeletedGroups", deletedGroups},
		{"Audits", audits},
		{"AuditSearch", auditSearch},
		{"AuditMembers", auditMembers},
		{"AuditPages", auditPages},
		{"LargeAuditRows", largeAuditRows},
		{"AuditNotes", auditNotes},
		{"AuditPruning", auditPruning},
		{"AuditErasure", auditErasure},
		{"Events", events},
		{"Passwords", passwords},
		{"Conditions", conditions},
		{"Columns", columns},
		{"PlainData", plainData},
		{"ByteOrder", byteOrder},
		{"Numbers", numbers},
		{"ManyTerms", manyTerms},
		{"LongValues", longValues},
		{"ReindexedValues", reindexedValues},
		{"SortByColumn", sortByColumn},
		{"SortByPath", sortByPath},
		{"Paging", paging},
		{"SeveralTypes", severalTypes},
		{"CursorWalks", cursorWalks},
		{"CursorsOverChanges", cursorsOverChanges},
		{"CursorKeys", cursorKeys},
		{"CursorLookUps", cursorLookUps},
		{"ModifiedMovesForward", modifiedMovesForward},
		{"Recent", recent},
		{"Secrets", secrets},
		{"Groups", groups},
		{"Cycles", cycles},
		{"Related", related},
		{"IndirectGroups", indirectGroups},
		{"RelatedLabels", relatedLabels},
		{"Standings", standings},
		{"ProbeCap", probeCap},
		{"Invalid", invalid},
		{"Streaming", streaming},
		{"Cancellation", cancellation},
		{"ConcurrentAdds", concurrentAdds},
		{"ConcurrentAddsAndRemoves", concurrentAddsAndRemoves},
		{"ConcurrentCreates", concurrentCreates},
		{"ConcurrentDeletes", concurrentDeletes},
		{"ConcurrentVersions", concurrentVersions},
		{"DeletesAgainstAdds", deletesAgainstAdds},
		{"CrossingCommits", crossingCommits},
		{"Tenants", tenants},
		{"Connections", connections},
		{"Tokens", tokens},
		{"TokenSubjects", tokenSubjects},
		{"Definitions", definitions},
		{"Redefinitions", redefinitions},
		{"Scans", scans},
		{"Reindexes", reindexes},
		{"ReindexesRefused", reindexesRefused},
		{"ReindexesPassOver", reindexesPassOver},
		{"Holdings", holdings},
		{"Jobs", jobs},
		{"LostLeases", lostLeases},
		{"JobClaimers", jobClaimers},
		{"JobFairness", jobFairness},
		{"JobLists", jobLists},
		{"JobItems", jobItems},
		{"CancelledJobs", cancelledJobs},
		{"SweptJobs", sweptJobs},
		{"JobBounds", jobBounds},
		{"Maintenance", maintenance},
		{"RandomConditions", randomConditions},
		{"RandomMembership", randomMembership},
	}
	for _, subject := range subjects {
		t.Run(subject.name, func(t *testing.T) {
			t.Parallel()
			subject.test(newFixture(t, open(t)))
		})
	}
}
