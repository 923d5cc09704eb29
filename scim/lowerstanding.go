package scim

import (
	"math"
	"strings"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

// clock is what conditions on the lifecycle depend on beside the columns.
type clock struct {
	now    time.Time
	policy lifecycle.Policy
}

// standingColumns are the computed attributes of the lifecycle extension that a
// column of the store answers.
var standingColumns = map[string]store.Column{
	"status": store.ColumnStatus, "statusReason": store.ColumnReason, "statusChanged": store.ColumnStatusChanged,
	"lastLogin": store.ColumnLastLogin, "failedLogins": store.ColumnFailedLogins,
	"lockedUntil": store.ColumnLockedUntil, "suspendedUntil": store.ColumnSuspendedUntil, "inviteExpires": store.ColumnInviteExpires,
	"source": store.ColumnSource, "sourceClient": store.ColumnSourceClient,
}

// livingStatuses are what the status of a living account can be.
var livingStatuses = func() (words []string) {
	for _, status := range lifecycle.LivingStatuses() {
		words = append(words, string(status))
	}
	return words
}()

// livingCauses are what the reason of a living account can be.
var livingCauses = []string{
	string(lifecycle.CauseNone), string(lifecycle.CauseAPIOnly), string(lifecycle.CauseFailedLogins), string(lifecycle.CauseLocked),
	string(lifecycle.CauseNotYetValid), string(lifecycle.CauseStaged), string(lifecycle.CauseEmail), string(lifecycle.CauseApproval),
	string(lifecycle.CauseExpired), string(lifecycle.CauseSuspended),
}

// compareStanding lowers a comparison with a computed attribute of the
// lifecycle extension, or with apiOnly, which is false where it has no value.
func (c clock) compareStanding(t *schema.ResourceType, f filter.Compare) (store.Expr, error) {
	a := f.Attribute
	switch a.Name {
	case "status":
		return store.Standing{Statuses: matching(livingStatuses, f)}, nil
	case "statusReason":
		reasons := matching(livingCauses, f)
		if f.Op != filter.NotEqual {
			reasons = withoutEmpty(reasons) // a comparison with no value is false
		}
		return store.Standing{Reasons: reasons}, nil
	case "stale":
		return flag(f, c.stale())
	case "noSharedData":
		return flag(f, noSharedData(t))
	case "apiOnly":
		return flag(f, store.CompareColumn{Column: store.ColumnAPIOnly, Op: store.Equal, Value: true})
	case "purgeAfter":
		return store.Const(f.Op == filter.NotEqual), nil // no living account has one
	case "failedLogins":
		return compareNumber(store.ColumnFailedLogins, f)
	}
	column, ok := standingColumns[a.Name]
	if !ok {
		return nil, unanswerable(a)
	}
	return lowerColumn(column, f)
}

// matching are the words of a closed vocabulary that satisfy a comparison.
func matching(words []string, f filter.Compare) []string {
	out := []string{}
	key, _ := f.Value.(string)
	for _, word := range words {
		of, _ := f.Attribute.Key(word).(string)
		var match bool
		switch f.Op {
		case filter.Equal:
			match = of == key
		case filter.NotEqual:
			match = of != key
		case filter.Contains:
			match = strings.Contains(of, key)
		case filter.StartsWith:
			match = strings.HasPrefix(of, key)
		case filter.EndsWith:
			match = strings.HasSuffix(of, key)
		case filter.Greater:
			match = of > key
		case filter.GreaterOrEqual:
			match = of >= key
		case filter.Less:
			match = of < key
		case filter.LessOrEqual:
			match = of <= key
		}
		if match {
			out = append(out, word)
		}
	}
	return out
}

func withoutEmpty(words []string) []string {
	out := words[:0]
	for _, word := range words {
		if word != "" {
			out = append(out, word)
		}
	}
	return out
}

// flag lowers a comparison with a boolean that always has a value.
func flag(f filter.Compare, holds store.Expr) (store.Expr, error) {
	want, ok := f.Value.(bool)
	if !ok || f.Op != filter.Equal && f.Op != filter.NotEqual {
		return nil, unanswerable(f.Attribute)
	}
	if want == (f.Op == filter.Equal) {
		return holds, nil
	}
	return negation(holds), nil
}

func (c clock) stale() store.Expr {
	if c.policy.Stale.After == 0 {
		return store.Const(false)
	}
	return store.Idle{Since: c.now.Add(-c.policy.Stale.After)}
}

func noSharedData(t *schema.ResourceType) store.Expr {
	shared := store.Or{store.Related{Relation: store.Groups}}
	for _, path := range []string{"roles", schema.LifecycleURN + ":linkedContact"} {
		if a, ok := t.Lookup(path); ok {
			shared = append(shared, store.Present{Path: shadowPath(a, nil)})
		}
	}
	return store.Not{Expr: shared}
}

// compareNumber lowers a comparison with an integer that always has a value.
func compareNumber(column store.Column, f filter.Compare) (store.Expr, error) {
	value, ok := f.Value.(float64)
	if !ok || math.IsNaN(value) {
		return nil, unanswerable(f.Attribute)
	}
	if f.Op == filter.NotEqual {
		return store.Not{Expr: store.CompareColumn{Column: column, Op: store.Equal, Value: value}}, nil
	}
	op, ok := storeOps[f.Op]
	if !ok {
		return nil, unanswerable(f.Attribute)
	}
	return store.CompareColumn{Column: column, Op: op, Value: value}, nil
}

// presentStanding lowers the presence of a computed attribute of the lifecycle
// extension.
func (c clock) presentStanding(a *schema.Attribute) (store.Expr, error) {
	switch a.Name {
	case "status", "statusChanged", "stale", "noSharedData", "failedLogins":
		return store.Const(true), nil
	case "statusReason":
		return store.Standing{Reasons: livingCauses[1:]}, nil
	case "purgeAfter":
		return store.Const(false), nil
	}
	column, ok := standingColumns[a.Name]
	if !ok {
		return nil, unanswerable(a)
	}
	return store.PresentColumn{Column: column}, nil
}
