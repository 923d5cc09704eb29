package admin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/admin"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// explained is what the lifecycle says of facts at noon.
func explained(f lifecycle.Facts) *scim.Explanation {
	return &scim.Explanation{At: noon, Facts: f, Standing: f.Standing(noon), Allowed: lifecycle.Allowed(f, lifecycle.DefaultPolicy(), noon)}
}

func TestWords(t *testing.T) {
	t.Parallel()
	connection := store.Connection{ID: uuid.MustParse("0190c8a0-0000-7000-8000-000000000001"), Name: "okta"}
	sources := admin.SourcesOf([]store.Connection{connection})
	by := func(source string, until time.Time) lifecycle.Facts {
		return lifecycle.Facts{Stage: lifecycle.Enrolled, Suspensions: []lifecycle.Suspension{{Source: source, Reason: "leave.", Since: noon.Add(-time.Hour), Until: until}}}
	}
	tomorrow := noon.Add(24 * time.Hour)
	for want, facts := range map[string]lifecycle.Facts{
		"Active.": {Stage: lifecycle.Enrolled},
		"Active, for tokens alone: nobody signs in to it.":                                                {Stage: lifecycle.Enrolled, APIOnly: true},
		"Inactive: it is there and was not activated yet.":                                                {Stage: lifecycle.Staged},
		"Inactive: it is valid from 2 May 2026, 12:00 UTC.":                                               {Stage: lifecycle.Enrolled, ValidFrom: tomorrow},
		"Suspended: it was valid until 1 May 2026, 12:00 UTC.":                                            {Stage: lifecycle.Enrolled, ValidUntil: noon},
		"Pending: it waits for an approval.":                                                              {Stage: lifecycle.Pending, PendingOn: lifecycle.Approval},
		"Pending: its owner has not followed the invitation, which is valid until 2 May 2026, 12:00 UTC.": {Stage: lifecycle.Pending, PendingOn: lifecycle.Email, InviteExpires: tomorrow},
		"Pending: its owner has not followed the invitation, which ended on 1 May 2026, 12:00 UTC.":       {Stage: lifecycle.Pending, PendingOn: lifecycle.Email, InviteExpires: noon},
		"Locked after failed sign-ins until 2 May 2026, 12:00 UTC.":                                       {Stage: lifecycle.Enrolled, Lockout: lifecycle.Lockout{At: noon, Until: tomorrow}},
		"Locked by the administrators, without an end: phone lost.":                                       {Stage: lifecycle.Enrolled, Lockout: lifecycle.Lockout{At: noon, By: "x", Reason: "phone lost"}},
		"Suspended by connection okta, without an end: leave.":                                            by("connection:"+connection.ID.String(), time.Time{}),
		"Suspended by the administrators until 2 May 2026, 12:00 UTC: leave.":                             by(lifecycle.Administrators, tomorrow),
		"Suspended by the policy on unused accounts, without an end: leave.":                              by(lifecycle.StalePolicy, time.Time{}),
		"Deprovisioned; it can be restored until it is purged on 2 May 2026, 12:00 UTC.":                  {Stage: lifecycle.Deprovisioned, PurgeAfter: tomorrow},
		"Deprovisioned; it can be restored and is not purged by itself.":                                  {Stage: lifecycle.Deprovisioned, PurgeAfter: tomorrow, LegalHold: true},
		"Deprovisioned, and held by the mass guard: release or restore it.":                               {Stage: lifecycle.Deprovisioned, Held: true},
		"Purged: nothing but the id is left.":                                                             {Stage: lifecycle.Purged},
	} {
		if got := admin.Words(explained(facts), sources); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestRefusalsAreWorded: every refusal of the lifecycle reads like a sentence, and
// what it says to try are actions.
func TestRefusalsAreWorded(t *testing.T) {
	t.Parallel()
	for _, why := range []lifecycle.Why{
		lifecycle.WhyDeprovisioned, lifecycle.WhyPurged, lifecycle.WhyLiving, lifecycle.WhyEnrolled, lifecycle.WhyStaged,
		lifecycle.WhyAwaitsEmail, lifecycle.WhyAwaitsApproval, lifecycle.WhyLinkExpired, lifecycle.WhyNoEmail, lifecycle.WhyAPIOnly, lifecycle.WhyNoPurpose,
		lifecycle.WhyNoReason, lifecycle.WhyEndsInPast, lifecycle.WhyEndsBeforeBegin, lifecycle.WhyBreakGlass, lifecycle.WhyOtherSource, lifecycle.WhyExpired,
		lifecycle.WhyHeld, lifecycle.WhyLegalHold, lifecycle.WhyNotConfirmed, lifecycle.WhyChangedSince, lifecycle.WhyCannotBeUndone, lifecycle.WhyNoReset,
	} {
		refused := &lifecycle.Refusal{Trigger: lifecycle.TriggerSuspend, From: lifecycle.StatusActive, Why: why, Try: []lifecycle.Trigger{lifecycle.TriggerEnroll}}
		words := admin.Refused("suspend", refused)
		if strings.Contains(words, string(why)) && strings.Contains(string(why), "-") || !strings.HasPrefix(words, "suspend is not possible while the account is Active: ") {
			t.Errorf("%s: %q", why, words)
		}
		if try := admin.Try(refused); len(try) != 1 || try[0] != "activate" {
			t.Errorf("try %v", try)
		}
	}
}
