package scim

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/lifecycle"
	"rollcall/scim/schema"
	"rollcall/store"
)

// TestActiveIsOneThing holds the columns that answers and databases look at
// against the lifecycle's own word, for any facts at any later time.
func TestActiveIsOneThing(t *testing.T) {
	t.Parallel()
	if store.StageEnrolled != string(lifecycle.Enrolled) {
		t.Fatal("the store takes another stage for enrolled")
	}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(r *rapid.T) {
		facts := lifecycle.Facts{Stage: rapid.SampledFrom([]lifecycle.Stage{lifecycle.Staged, lifecycle.Pending, lifecycle.Enrolled}).Draw(r, "stage")}
		for range rapid.IntRange(0, 3).Draw(r, "suspensions") {
			s := lifecycle.Suspension{Source: rapid.StringMatching(`[a-c]`).Draw(r, "source"), Since: begin}
			if rapid.Bool().Draw(r, "ends") {
				until := begin.Add(time.Duration(rapid.IntRange(-5, 5).Draw(r, "until")) * time.Hour)
				s.Until = until
			}
			facts.Suspensions = append(facts.Suspensions, s)
		}
		columns, err := storeFacts(facts, begin)
		if err != nil {
			r.Fatal(err)
		}
		later := begin.Add(time.Duration(rapid.IntRange(0, 10).Draw(r, "later")) * time.Hour)
		if got, want := activeAt(columns, later), facts.Active(later); got != want {
			r.Fatalf("columns say %v, the lifecycle says %v", got, want)
		}
		back, err := loadFacts(columns)
		if err != nil || back.Active(later) != facts.Active(later) {
			r.Fatalf("after a round trip: %v, %v", back, err)
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
