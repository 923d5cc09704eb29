package scim

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/lifecycle"
	"rollcall/schemas"
	"rollcall/scim/schema"
	"rollcall/store"
)

var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func drawInstant(r *rapid.T, name string) time.Time {
	if !rapid.Bool().Draw(r, name+" given") {
		return time.Time{}
	}
	return begin.Add(time.Duration(rapid.IntRange(-10, 10).Draw(r, name)) * time.Hour)
}

// drawAccount draws commands and returns the facts that they lead to at begin.
func drawAccount(r *rapid.T, policy lifecycle.Policy) lifecycle.Facts {
	source := rapid.SampledFrom([]string{"connection:a", "connection:b", lifecycle.Administrators})
	created := begin.Add(-time.Duration(rapid.IntRange(0, 3000).Draw(r, "age")) * time.Hour)
	facts := lifecycle.Facts{}
	at := created
	for i := range rapid.IntRange(1, 6).Draw(r, "commands") {
		var command lifecycle.Command
		if i == 0 {
			command = rapid.SampledFrom([]lifecycle.Command{
				lifecycle.Enroll{}, lifecycle.Enroll{}, lifecycle.Create{}, lifecycle.Submit{}, lifecycle.Invite{Email: true},
			}).Draw(r, "first")
		} else {
			command = rapid.SampledFrom([]lifecycle.Command{
				lifecycle.Enroll{},
				lifecycle.Approve{},
				lifecycle.Accept{},
				lifecycle.Unlock{},
				lifecycle.ResetAttempts{},
				lifecycle.SendReset{Email: true},
				lifecycle.FailSignIn{At: at},
				lifecycle.SignIn{At: at},
				lifecycle.UseToken{At: at},
				lifecycle.Lock{By: "ann", Reason: "odd", Until: drawInstant(r, "locked until")},
				lifecycle.SetMark{Mark: lifecycle.MarkAPIOnly, Purpose: "p"},
				lifecycle.SetMark{Mark: lifecycle.MarkBreakGlass},
				lifecycle.Unmark{Mark: lifecycle.MarkAPIOnly},
				lifecycle.Schedule{ValidFrom: drawInstant(r, "from"), ValidUntil: drawInstant(r, "until")},
				lifecycle.Suspend{Suspension: lifecycle.Suspension{Source: source.Draw(r, "source"), Reason: "r", Until: drawInstant(r, "suspended until")}},
				lifecycle.Resume{Source: source.Draw(r, "source")},
				lifecycle.Fire{Kind: lifecycle.TimerStale},
			}).Draw(r, "command")
		}
		decision, err := lifecycle.Decide(facts, policy, at, command)
		if err == nil {
			facts = decision.Facts
		}
		at = at.Add(begin.Sub(at) / 2).Truncate(time.Microsecond)
	}
	decision, err := lifecycle.Decide(facts, policy, begin)
	if err != nil {
		r.Fatal(err)
	}
	return decision.Facts
}

// TestColumnsSayWhatFactsSay holds what answers and databases look at against the
// lifecycle's own word, for any facts at any later time, and the stored form
// against the facts.
func TestColumnsSayWhatFactsSay(t *testing.T) {
	t.Parallel()
	policy := lifecycle.DefaultPolicy()
	policy.Lockout.Failures = 1
	rapid.Check(t, func(r *rapid.T) {
		facts := drawAccount(r, policy)
		columns, err := storeFacts(facts, policy, store.Facts{})
		if err != nil {
			r.Fatal(err)
		}
		record := store.Record{Created: facts.Activity.Created, Facts: columns}
		activity, err := storeActivity(lifecycle.Facts{}, facts, store.Activity{})
		if err != nil {
			r.Fatal(err)
		}
		if activity != nil {
			record.Activity = *activity
		}
		back, err := loadFacts(&record)
		if err != nil {
			r.Fatal(err)
		}
		if back.Settled.IsZero() {
			back.Settled = facts.Settled // an ordinary account has nothing to settle
		}
		if !back.Equal(facts) {
			r.Fatalf("after a round trip\n%+v, was\n%+v", back, facts)
		}
		if want := facts.Timers(policy); len(want) > 0 && !columns.Due.Equal(want[0].Due) || len(want) == 0 && !columns.Due.IsZero() {
			r.Fatalf("due %s, timers %+v", columns.Due, want)
		}
		later := begin.Add(time.Duration(rapid.IntRange(0, 20).Draw(r, "later")) * time.Hour)
		standing, err := standingOf(&record, policy, later)
		if err != nil {
			r.Fatal(err)
		}
		want := facts.Standing(later)
		if standing.turn.Status != string(want.Status) || standing.turn.Reason != string(want.Cause) || !standing.turn.Changed.Equal(facts.ChangedAt(later)) {
			r.Fatalf("stands %+v, want %+v since %s", standing.turn, want, facts.ChangedAt(later))
		}
		if activeAt(&columns, later) != facts.Active(later) || standing.stale() != facts.Stale(policy, later) {
			r.Fatalf("active %v, stale %v", activeAt(&columns, later), standing.stale())
		}
	})
}

// TestKeyLimitsAgree holds the limit that bodies are checked against to that
// of the store.
func TestKeyLimitsAgree(t *testing.T) {
	t.Parallel()
	if schema.MaxKeyBytes != store.MaxKeyBytes {
		t.Errorf("schema checks %d bytes, the store takes %d", schema.MaxKeyBytes, store.MaxKeyBytes)
	}
}

// oneOfEach is an account for each reason that a living account can have at begin.
var oneOfEach = map[lifecycle.Cause]lifecycle.Facts{
	lifecycle.CauseNone:         {Stage: lifecycle.Enrolled},
	lifecycle.CauseAPIOnly:      {Stage: lifecycle.Enrolled, APIOnly: true},
	lifecycle.CauseFailedLogins: {Stage: lifecycle.Enrolled, Lockout: lifecycle.Lockout{At: begin}},
	lifecycle.CauseLocked:       {Stage: lifecycle.Enrolled, Lockout: lifecycle.Lockout{At: begin, By: "ann"}},
	lifecycle.CauseNotYetValid:  {Stage: lifecycle.Enrolled, ValidFrom: begin.Add(time.Hour)},
	lifecycle.CauseStaged:       {Stage: lifecycle.Staged},
	lifecycle.CauseEmail:        {Stage: lifecycle.Pending, PendingOn: lifecycle.Email},
	lifecycle.CauseApproval:     {Stage: lifecycle.Pending, PendingOn: lifecycle.Approval},
	lifecycle.CauseExpired:      {Stage: lifecycle.Enrolled, ValidUntil: begin},
	lifecycle.CauseSuspended:    {Stage: lifecycle.Enrolled, Suspensions: []lifecycle.Suspension{{Source: lifecycle.Administrators}}},
}

// TestVocabularies holds the closed vocabularies that filters look through
// against what accounts can be, and against what the schema publishes: none has
// a word that another one lacks.
func TestVocabularies(t *testing.T) {
	t.Parallel()
	statuses, causes := map[string]bool{}, map[string]bool{}
	for want, facts := range oneOfEach {
		standing := facts.Standing(begin)
		if standing.Cause != want {
			t.Errorf("an account is %+v, want %q", standing, want)
		}
		statuses[string(standing.Status)], causes[string(standing.Cause)] = true, true
	}
	registry, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := registry.Type(UserType)
	published := func(name string) []string {
		attribute, ok := lookup(user.Lifecycle, name)
		if !ok {
			t.Fatalf("there is no attribute %s", name)
		}
		return slices.Sorted(slices.Values(attribute.CanonicalValues))
	}
	for name, words := range map[string][3][]string{
		"status":       {livingStatuses, slices.Sorted(maps.Keys(statuses)), published("status")},
		"statusReason": {livingCauses[1:], slices.Sorted(maps.Keys(causes))[1:], published("statusReason")},
	} { // the first cause is none
		looked := slices.Sorted(slices.Values(words[0]))
		if diff := cmp.Diff(words[1], looked); diff != "" {
			t.Errorf("%s: accounts have (-) and filters look through (+):\n%s", name, diff)
		}
		if diff := cmp.Diff(words[2], looked); diff != "" {
			t.Errorf("%s: the schema publishes (-) and filters look through (+):\n%s", name, diff)
		}
	}
	policy := lifecycle.DefaultPolicy()
	rapid.Check(t, func(r *rapid.T) {
		standing := drawAccount(r, policy).Standing(begin)
		if !slices.Contains(livingStatuses, string(standing.Status)) || !slices.Contains(livingCauses, string(standing.Cause)) {
			r.Fatalf("%+v is in no vocabulary", standing)
		}
	})
}
