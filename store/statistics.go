package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// StatisticsQuery asks how the resources of one type of a tenant are spread.
type StatisticsQuery struct {
	Tenant TenantID
	Type   string
	// Now is the time that what depends on the clock compares with.
	Now time.Time
	// Paths name attributes of the search shadow whose values are counted.
	Paths []Path
	// LastLogins are instants in descending order that part the resources by their
	// last login.
	LastLogins []time.Time
	// IdleSince counts what Idle finds; zero counts nothing.
	IdleSince time.Time
	// Days names the first instant of each day, ascending, whose comings and goings
	// are counted. A day ends where the next one begins, the last one at Now.
	Days []time.Time
	// Top bounds the values of a path, and the groups.
	Top int
}

// Statistics are counts of living resources, all of one moment.
type Statistics struct {
	Total int
	// Statuses counts by Facts.Standing at the time of the query, Sources by
	// Facts.Source; both may have the empty word.
	Statuses, Sources map[string]int
	// LastLogins are one number an instant of the query and two more: those who
	// came at or after it and before the one ahead of it, then those who came
	// earlier than all, then those who never did.
	LastLogins []int
	Idle       int
	// Values are the most frequent values of each path, those that most resources
	// have first: comparison keys, a resource counted once for each. What is longer
	// than a backend indexes may be cut off.
	Values [][]ValueCount
	// Groups are those with the most members.
	Groups []GroupCount
	// Joined and Left count, a day, the resources that were created and those
	// that were deleted and are not back.
	Joined, Left []int
}

// NewStatistics are those of a query before anything is counted.
func NewStatistics(query *StatisticsQuery) Statistics {
	return Statistics{
		Statuses: map[string]int{}, Sources: map[string]int{}, LastLogins: make([]int, len(query.LastLogins)+2),
		Joined: make([]int, len(query.Days)), Left: make([]int, len(query.Days)),
	}
}

// Alike are how many resources have the same status, source, place in LastLogins
// and idleness.
type Alike struct {
	Status, Source string
	LastLogin      int
	Idle           bool
	Count          int
}

// Add counts some that are alike.
func (s *Statistics) Add(some Alike) {
	s.Total += some.Count
	s.Statuses[some.Status] += some.Count
	s.Sources[some.Source] += some.Count
	s.LastLogins[some.LastLogin] += some.Count
	if some.Idle {
		s.Idle += some.Count
	}
}

// ValueCount is a value and how many resources have it.
type ValueCount struct {
	Value string
	Count int
}

// GroupCount is a living group and how many direct members of any type it has.
type GroupCount struct {
	ID    uuid.UUID
	Label string
	Count int
}

// StatisticsReader counts. It may read all resources of the tenant, which takes
// seconds where there are millions: not for the path of a request.
type StatisticsReader interface {
	// Statistics counts until ctx ends. ErrInvalid where a text of the query cannot
	// be stored.
	Statistics(ctx context.Context, query StatisticsQuery) (Statistics, error)
}
