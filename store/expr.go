package store

import (
	"time"

	"github.com/google/uuid"
)

// Expr is a condition on a resource. It is closed: And, Or, Not, Const,
// Compare, Present, Element, CompareColumn, PresentColumn, Standing, Idle,
// Related.
// Every node is true or false, never unknown: a comparison with an attribute
// that has no value is false, so that its Not is true.
type Expr interface{ expr() }

type (
	// And is true when all terms are; an empty And is true.
	And []Expr
	// Or is true when any term is; an empty Or is false.
	Or []Expr
	// Not negates.
	Not struct{ Expr Expr }
	// Const is always true or always false.
	Const bool

	// Compare is true when any value that Path leads to in the search shadow
	// (Record.Index) satisfies Op with Value.
	Compare struct {
		Path Path
		Op   Op
		// Value is a string, float64 or bool. Values of another kind in the
		// shadow never match. Strings compare byte by byte. Contains,
		// StartsWith and EndsWith take strings only; bool takes Equal only.
		Value any
	}
	// Present is true when Path leads to any value: a string (the empty one
	// included, callers do not index those they consider absent), number, bool
	// or a non-empty object.
	Present struct{ Path Path }
	// Element is true when one element of the multi-valued complex attribute
	// at Path satisfies Where. Paths inside Where start at the element; only
	// And, Or, Not, Const, Compare and Present occur there.
	Element struct {
		Path  Path
		Where Expr
	}

	// CompareColumn compares a column of the record.
	CompareColumn struct {
		Column Column
		Op     Op
		// Value is a string, a time.Time for the columns of instants, a float64
		// for ColumnFailedLogins, or a bool for ColumnAPIOnly (which takes Equal
		// only); all of these take no Contains, StartsWith and EndsWith.
		Value any
	}
	// PresentColumn is true when the column has a value.
	PresentColumn struct{ Column Column }
	// Standing is true when the status at Query.Now (Facts.Standing) is one of
	// Statuses, and the reason one of Reasons; nil allows any. A resource
	// without a lifecycle has the empty status and reason.
	Standing struct{ Statuses, Reasons []string }
	// Idle is true when the account has not been used since before an instant,
	// or at it: the later of Facts.IdleFrom and of the last use, which is
	// LastTokenUse for an APIOnly account and LastLogin for others, is not after
	// Since. And of those only accounts about which somebody has been told so
	// (Facts.IdleTold is set), or has to do something (Facts.Due is not after
	// Query.Now): these two an index finds.
	Idle struct{ Since time.Time }

	// Related is true when the resource has a related resource in Relation
	// that satisfies Where; a nil Where asks for any. Only And, Or, Not, Const
	// and CompareColumn of ColumnRelatedID, ColumnRelatedType and
	// ColumnRelatedLabel occur in it.
	Related struct {
		Relation Relation
		Where    Expr
	}
)

func (And) expr()           {}
func (Or) expr()            {}
func (Not) expr()           {}
func (Const) expr()         {}
func (Compare) expr()       {}
func (Present) expr()       {}
func (Element) expr()       {}
func (CompareColumn) expr() {}
func (PresentColumn) expr() {}
func (Standing) expr()      {}
func (Idle) expr()          {}
func (Related) expr()       {}

// Path leads from the root of the search shadow (or of an element) to a value.
type Path []Step

// Step is one name in a Path.
type Step struct {
	Name string
	// Multi says that the value under Name is an array.
	Multi bool
}

// Op is a comparison operator.
type Op int

// The comparison operators. "ne" has none: callers say what it means for
// several values by Not and Or.
const (
	Equal Op = iota
	Contains
	StartsWith
	EndsWith
	Greater
	GreaterOrEqual
	Less
	LessOrEqual
)

// Column is a column of the record that queries can name.
type Column int

// The columns. ColumnID compares as the canonical lower-case text of the UUID.
const (
	ColumnID Column = iota
	ColumnName
	ColumnExternalID
	ColumnSortName
	ColumnCreated
	ColumnModified
	// ColumnRelatedID and ColumnRelatedType stand inside Related only: the id
	// and resource type of the member (Members) or group (Groups).
	ColumnRelatedID
	ColumnRelatedType
	// ColumnRelatedLabel is the sort name of the related resource, else its
	// name: a comparison key of what it is called.
	ColumnRelatedLabel
	// The columns of the lifecycle. ColumnStatus and ColumnReason are what holds
	// at Query.Now; they and ColumnSource, ColumnSourceClient are texts, which
	// PresentColumn finds absent where empty.
	ColumnStatus
	ColumnReason
	ColumnSource
	ColumnSourceClient
	// Instants. ColumnStatusChanged is what holds at Query.Now.
	// ColumnSuspendedUntil, ColumnLockedUntil and ColumnInviteExpires are absent
	// where they are not after Query.Now, or Forever.
	ColumnStatusChanged
	ColumnValidFrom
	ColumnValidUntil
	ColumnSuspendedUntil
	ColumnLockedUntil
	ColumnInviteExpires
	ColumnLastLogin
	// ColumnFailedLogins is a number, 0 where no activity is stored, and always
	// present.
	ColumnFailedLogins
	// ColumnAPIOnly is a bool and always present.
	ColumnAPIOnly
)

// Relation is a set of related resources.
type Relation int

const (
	// Members are the direct members of a group.
	Members Relation = iota
	// Groups are the groups that a resource is a direct member of.
	Groups
	// AllGroups are the groups of a resource, direct and through nested groups.
	AllGroups
	// IndirectGroups are those of AllGroups that are not in Groups.
	IndirectGroups
)

// Query asks for one page of resources of one tenant.
type Query struct {
	Tenant TenantID
	// Types names what to look through, at least one, each once.
	Types []TypeQuery
	// Sort is the order; the zero value orders by id. Every order ends in id.
	// Records without a value come last ascending and first descending.
	Sort Sort
	// Offset skips that many records. Limit bounds the page; zero asks for
	// the total alone.
	Offset, Limit int
	// After and Before bound the page by a place in the order instead of by an
	// offset: the Limit records that follow After, or the Limit records that
	// end right before Before. Both come from a Page of a query with the same
	// Types and Sort. At most one is set, and then Offset is zero. Records that
	// came, went or moved since then do not shift the page.
	After, Before *Position
	// Total is a total that is known already: Page.Total repeats it and the
	// matches are not counted again. nil asks for the exact number.
	Total *int
	// Capped lets Page.Total be ProbeCap + 1 for any number above ProbeCap, so that
	// no more need be counted.
	Capped bool
	// With asks for relations of the records of the page.
	With Relations
	// Now is the time that what depends on the clock compares with.
	Now time.Time
}

// TypeQuery is the condition for one resource type.
type TypeQuery struct {
	Type string
	// Where is the condition; nil matches all.
	Where Expr
}

// Sort is the order of a query.
type Sort struct {
	// Path names an attribute of the search shadow; nil sorts by Holds or Column. A
	// multi-valued attribute sorts by its element with "primary": true, else
	// by its first.
	Path Path
	// Holds is used when Path is nil: resources of which the condition is false
	// come before those of which it is true.
	Holds Expr
	// Column is used when Path and Holds are nil: ColumnID, ColumnName,
	// ColumnExternalID, ColumnSortName, ColumnCreated or ColumnModified, which work
	// at any size, or a column of the lifecycle. Any other sort above ProbeCap
	// matches is ErrTooMany.
	Column Column
	// Descending is the exact reverse of ascending, the ids of equals included.
	Descending bool
}

// ByID reports whether the order is by id alone.
func (s Sort) ByID() bool { return s.Path == nil && s.Holds == nil && s.Column == ColumnID }

// SortedCharacters is how much of a text under a Path counts for the order, so
// that a Position stays small. Texts that agree so far are in the order of ids.
const SortedCharacters = 256

// ProbeCap is the number of matches up to which any sort is offered.
const ProbeCap = 10_000

// Relations says which relations of a record a read fills in.
type Relations int

const (
	// WithGroups fills Record.Groups, direct and indirect; cycles of groups are
	// tolerated, and a group that contains itself is its own indirect group.
	WithGroups Relations = 1 << iota
	// WithActivity fills Record.Activity.
	WithActivity
)

// Position is a place in the order of a query.
type Position struct {
	// Key is the sort key there, in a form of the backend; nil where the order
	// is by id alone. It never holds more than MaxKeyBytes and a few.
	Key []byte
	// ID is the id there.
	ID uuid.UUID
}

// Page is the answer to a Query.
type Page struct {
	// Total counts all matches exactly, unless the query is Capped.
	Total   int
	Records []Record
	// First and Last are the places of the first and last record; zero where
	// the page is empty.
	First, Last Position
	// More says that there are further records in the direction of the query:
	// behind the page, or ahead of it with Before.
	More bool
}
