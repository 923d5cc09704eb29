package storetest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"rollcall/store"
)

// fullFacts are facts with every field filled.
func fullFacts() store.Facts {
	return store.Facts{
		Status: "Locked", Reason: "tooMany \u00e9", StatusChanged: at(40),
		Later: []store.Period{
			{At: at(50), Status: "Active", Changed: at(50)}, {At: at(60), Status: "Suspended", Reason: "expired", Changed: at(55)}, {At: at(70), Status: "Active"},
		},
		State:  []byte("{ \"b\" : 1.50,\n\"a\":\"\\u00e9 é\" }"),
		Source: "scim", SourceClient: "Client-Ä",
		ValidFrom: at(1), ValidUntil: at(60), SuspendedUntil: at(61), LockedUntil: at(50), InviteExpires: at(51),
		APIOnly: true, IdleFrom: at(2), IdleTold: at(3), Due: at(50),
	}
}

// lifecycle is what a column of the lifecycle holds, nil where it is absent; ok
// is false for other columns.
func (m *model) lifecycle(record store.Record, column store.Column) (value any, ok bool) {
	facts, standing := record.Facts, record.Facts.Standing(m.now)
	changed := standing.Changed
	if changed.IsZero() {
		changed = record.Created
	}
	if standing.Status == "" {
		changed = time.Time{}
	}
	expiring := func(at time.Time) time.Time {
		if !at.After(m.now) || at.Equal(store.Forever) {
			return time.Time{}
		}
		return at
	}
	switch column {
	case store.ColumnStatus:
		return filled(standing.Status), true
	case store.ColumnReason:
		return filled(standing.Reason), true
	case store.ColumnSource:
		return filled(facts.Source), true
	case store.ColumnSourceClient:
		return filled(facts.SourceClient), true
	case store.ColumnStatusChanged:
		return filled(changed), true
	case store.ColumnValidFrom:
		return filled(facts.ValidFrom), true
	case store.ColumnValidUntil:
		return filled(facts.ValidUntil), true
	case store.ColumnSuspendedUntil:
		return filled(expiring(facts.SuspendedUntil)), true
	case store.ColumnLockedUntil:
		return filled(expiring(facts.LockedUntil)), true
	case store.ColumnInviteExpires:
		return filled(expiring(facts.InviteExpires)), true
	case store.ColumnLastLogin:
		return filled(record.Activity.LastLogin), true
	case store.ColumnFailedLogins:
		return float64(record.Activity.Failed), true
	case store.ColumnAPIOnly:
		return facts.APIOnly, true
	}
	return nil, false
}

// filled is a value, nil for the zero one.
func filled[T comparable](value T) any {
	var zero T
	if value == zero {
		return nil
	}
	return value
}

func lastUse(record store.Record) time.Time {
	use, from := record.Activity.LastLogin, record.Facts.IdleFrom
	if record.Facts.APIOnly {
		use = record.Activity.LastTokenUse
	}
	if from.IsZero() {
		from = record.Created
	}
	if use.After(from) {
		return use
	}
	return from
}

// standingWords are few, so that random conditions meet random standings. They
// hold the status that most accounts have, and the one of those without any.
var standingWords = []string{"Active", "Active", "Suspended", "Locked", ""}

func anyStanding(t *rapid.T) string { return rapid.SampledFrom(standingWords).Draw(t, "standing") }

// anyInstant draws one around the time of the queries, or none.
func anyInstant(t *rapid.T) time.Time {
	if rapid.IntRange(0, 3).Draw(t, "no instant") == 0 {
		return time.Time{}
	}
	return rapid.SampledFrom([]time.Time{at(3), at(5), at(6), at(6).Add(time.Microsecond), at(7), at(9), store.Forever}).Draw(t, "instant")
}

func anyFacts(t *rapid.T) store.Facts {
	facts := store.Facts{
		Status: anyStanding(t), Reason: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "reason"), StatusChanged: anyInstant(t),
		Source: anyWord(t), SourceClient: anyWord(t), ValidFrom: anyInstant(t), ValidUntil: anyInstant(t),
		SuspendedUntil: anyInstant(t), LockedUntil: anyInstant(t), InviteExpires: anyInstant(t),
		APIOnly: rapid.Bool().Draw(t, "api only"), IdleFrom: anyInstant(t), IdleTold: anyInstant(t), Due: anyInstant(t),
	}
	when := 4
	for range rapid.IntRange(0, 3).Draw(t, "turns") {
		when += rapid.IntRange(0, 2).Draw(t, "pause")
		facts.Later = append(facts.Later, store.Period{
			At: at(when), Status: anyStanding(t), Reason: rapid.SampledFrom([]string{"", "a", "c"}).Draw(t, "reason"), Changed: anyInstant(t),
		})
	}
	return facts
}

// used reports whether there is anything to know of an account's use.
func used(activity store.Activity) bool {
	return activity.Failed > 0 || !activity.LastLogin.IsZero() || !activity.LastTokenUse.IsZero()
}

func anyActivity(t *rapid.T) store.Activity {
	return store.Activity{LastLogin: anyInstant(t), LastTokenUse: anyInstant(t), Failed: rapid.IntRange(0, 3).Draw(t, "failed")}
}

// lifecycleColumns are all columns of the lifecycle.
var lifecycleColumns = []store.Column{
	store.ColumnStatus, store.ColumnReason, store.ColumnSource, store.ColumnSourceClient, store.ColumnStatusChanged, store.ColumnValidFrom,
	store.ColumnValidUntil, store.ColumnSuspendedUntil, store.ColumnLockedUntil, store.ColumnInviteExpires, store.ColumnLastLogin,
	store.ColumnFailedLogins, store.ColumnAPIOnly,
}

// orders are the operators that values without characters take.
var orders = []store.Op{store.Equal, store.Greater, store.GreaterOrEqual, store.Less, store.LessOrEqual}

// lifecycleLeaf draws a condition on the standing or the use of an account.
func lifecycleLeaf(t *rapid.T) store.Expr {
	words := func(what string, of []string) []string {
		if rapid.IntRange(0, 2).Draw(t, "any "+what) == 0 {
			return nil
		}
		return rapid.SliceOfN(rapid.SampledFrom(of), 0, 3).Draw(t, what)
	}
	switch rapid.IntRange(0, 4).Draw(t, "lifecycle") {
	case 0:
		return store.Idle{Since: at(rapid.IntRange(2, 9).Draw(t, "since"))}
	case 1:
		return store.Standing{Statuses: words("statuses", standingWords), Reasons: words("reasons", []string{"", "a", "b"})}
	}
	column := rapid.SampledFrom(lifecycleColumns).Draw(t, "column")
	if rapid.IntRange(0, 3).Draw(t, "present") == 0 {
		return store.PresentColumn{Column: column}
	}
	compare := store.CompareColumn{Column: column, Op: rapid.SampledFrom(orders).Draw(t, "op")}
	switch column {
	case store.ColumnStatus, store.ColumnReason:
		compare.Op, compare.Value = rapid.SampledFrom(compares).Draw(t, "op"), rapid.SampledFrom([]string{"Active", "Suspended", "a", "", "s"}).Draw(t, "word")
	case store.ColumnSource, store.ColumnSourceClient:
		compare.Op, compare.Value = rapid.SampledFrom(compares).Draw(t, "op"), anyWord(t)
	case store.ColumnFailedLogins:
		compare.Value = rapid.SampledFrom([]float64{-1, 0, 0.5, 1, 2, 1e15}).Draw(t, "number")
	case store.ColumnAPIOnly:
		compare.Op, compare.Value = store.Equal, rapid.Bool().Draw(t, "bool")
	default:
		compare.Value = rapid.SampledFrom([]time.Time{at(3), at(5), at(6), at(7), at(9), store.Forever}).Draw(t, "instant")
	}
	return compare
}

// lived are the changes that make the n-th resource, with its use.
func (f *fixture) lived(n int, record store.Record) []store.Change {
	changes := []store.Change{f.store(record)}
	if used(record.Activity) {
		use := f.update(record.Type, n, 1)
		use.Activity = new(record.Activity)
		changes = append(changes, use)
	}
	return changes
}

// lifecycleSort draws an order by a column of the lifecycle or by a condition.
func lifecycleSort(t *rapid.T) store.Sort {
	sort := store.Sort{Descending: rapid.Bool().Draw(t, "descending")}
	if rapid.IntRange(0, 3).Draw(t, "by condition") == 0 {
		sort.Holds = condition(t, 1, anyLeaf)
	} else {
		sort.Column = rapid.SampledFrom(lifecycleColumns).Draw(t, "sort")
	}
	return sort
}

// sortKey is what a record sorts by in such an order, nil where it is absent.
func (m *model) sortKey(sort store.Sort, record store.Record, root any) any {
	if sort.Holds != nil {
		return m.match(sort.Holds, record, root)
	}
	key, _ := m.lifecycle(record, sort.Column)
	return key
}

// sortedAsModel holds such an order to the model.
func (f *fixture) sortedAsModel(t *rapid.T, m *model, typ string, where store.Expr) {
	f.t.Helper()
	query := store.Query{Types: of(typ, where), Sort: lifecycleSort(t), Limit: 100, Now: m.now}
	var want []store.Record
	keys := map[uuid.UUID]any{}
	for i, record := range m.records {
		if record.Type == typ && m.match(where, record, m.shadows[i]) {
			want, keys[record.ID] = append(want, record), m.sortKey(query.Sort, record, m.shadows[i])
		}
	}
	slices.SortFunc(want, func(a, b store.Record) int {
		return cmp.Or(order(keys[a.ID], keys[b.ID]), strings.Compare(a.ID.String(), b.ID.String()))
	})
	if query.Sort.Descending {
		slices.Reverse(want)
	}
	got := recordIDs(f.query(query))
	if !slices.EqualFunc(got, want, func(id uuid.UUID, record store.Record) bool { return id == record.ID }) {
		t.Errorf("%s by %+v: %v, want %v", typ, query.Sort, got, want)
	}
}

// order compares values of a column; none comes after all.
func order(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	switch {
	case satisfies(a, store.Less, b), a == false && b == true:
		return -1
	case satisfies(a, store.Greater, b), a == true && b == false:
		return 1
	}
	return 0
}
