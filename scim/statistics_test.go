package scim_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/store"
)

// TestStatistics: each number is that of the list that a filter for it finds.
func TestStatistics(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		extended := func(members string) string { return fmt.Sprintf("%q:{%s}", lifecycleURN, members) }
		old := b.create(b.idp, "old", `"roles":[{"value":"Admin"},{"value":"Auditor"}]`, extended(`"tags":["VIP"]`))
		for ago, name := range map[time.Duration]string{120: "older", 60: "quarter", 3: "month"} {
			b.clock.at = b.clock.at.Add(-ago * 24 * time.Hour)
			b.create(b.idp, name, `"roles":[{"value":"Auditor"}]`)
			b.signIn(name)
			b.clock.at = b.clock.at.Add(ago * 24 * time.Hour)
		}
		b.create(b.admin, "local", extended(`"tags":["VIP","ops"]`))
		b.signIn("local")
		coming := b.create(b.idp, "coming", extended(fmt.Sprintf(`"validFrom":%q`, b.clock.now().Add(time.Hour).Format(time.RFC3339))))
		expiring := b.create(b.idp, "expiring", extended(fmt.Sprintf(`"validUntil":%q`, b.clock.now().Add(time.Minute).Format(time.RFC3339))))
		b.act(old, lifecycle.Lock{By: "ann", Reason: "odd"})
		b.delete(b.idp, b.create(b.idp, "gone"))
		team, other := b.team("Team", old, coming, expiring), b.team("Other", old)
		b.clock.pass(time.Minute)

		got, err := b.provider.Statistics(t.Context(), b.admin)
		if err != nil {
			t.Fatal(err)
		}
		count := func(what string, want int, filter string) {
			t.Helper()
			found, err := b.provider.CountSelected(t.Context(), b.admin, scim.Selection{Filter: filter})
			if err != nil || found != want {
				t.Errorf("%s: counted %d, the list has %d, %v", what, want, found, err)
			}
		}
		if !got.At.Equal(b.clock.now()) {
			t.Errorf("At = %v", got.At)
		}
		count("all", got.Total, "userName pr")
		for _, one := range got.Statuses {
			count(one.Label, one.Users, fmt.Sprintf("%s:status eq %q", lifecycleURN, one.Value))
		}
		for _, one := range got.Sources {
			count(one.Label, one.Users, fmt.Sprintf("%s:source eq %q", lifecycleURN, one.Value))
		}
		for _, one := range got.Roles {
			count(one.Label, one.Users, fmt.Sprintf("roles.value eq %q", one.Value))
		}
		for _, one := range got.Tags {
			count(one.Label, one.Users, fmt.Sprintf("%s:tags eq %q", lifecycleURN, one.Value))
		}
		for _, one := range got.Groups {
			count(one.Label, one.Users, fmt.Sprintf("groups[value eq %q and type eq \"direct\"]", one.Value))
		}
		count("stale", got.Stale, lifecycleURN+":stale eq true")
		today, month, quarter := scim.SignInBounds(got.At)
		login := func(op string, at time.Time) string {
			return fmt.Sprintf("%s:lastLogin %s %q", lifecycleURN, op, at.Format(time.RFC3339Nano))
		}
		count("today", got.Activity.Today, login("ge", today))
		count("month", got.Activity.Month, login("lt", today)+" and "+login("ge", month))
		count("quarter", got.Activity.Quarter, login("lt", month)+" and "+login("ge", quarter))
		count("older", got.Activity.Older, login("lt", quarter))
		count("never", got.Activity.Never, "not ("+lifecycleURN+":lastLogin pr)")

		want := scim.Statistics{
			Total: 7, Stale: 1, Activity: scim.ActivityCounts{Today: 1, Month: 1, Quarter: 1, Older: 1, Never: 3},
			Statuses: []scim.Count{{"Active", "Active", 4}, {"Inactive", "Inactive", 1}, {"Locked", "Locked", 1}, {"Suspended", "Suspended", 1}, {"Pending", "Pending", 0}},
			Sources:  []scim.Count{{"local", "local", 1}, {"directorySync", "directorySync", 0}, {"scim", "scim", 6}},
			Roles:    []scim.Count{{"auditor", "Auditor", 4}, {"admin", "Admin", 1}},
			Tags:     []scim.Count{{"vip", "VIP", 2}, {"ops", "ops", 1}},
			Groups:   []scim.Count{{team, "Team", 3}, {other, "Other", 1}},
		}
		days := got.Days
		got.At, got.Days = time.Time{}, nil
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(days) != scim.DaysCounted {
			t.Fatalf("%d days", len(days))
		}
		for back, want := range map[int]scim.DayCount{0: {Joined: 5, Left: 1}, 3: {Joined: 1}, 60: {Joined: 1}, 1: {}} {
			day := days[len(days)-1-back]
			if want.Date = today.AddDate(0, 0, -back); day != want {
				t.Errorf("%d days ago: %+v, want %+v", back, day, want)
			}
		}
	})
}

// TestStatisticsAreNotForUsers: a user who acts for itself sees nobody else.
func TestStatisticsAreNotForUsers(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		self := *b.idp
		self.Kind, self.Subject = scim.KindUser, uuid.MustParse(b.create(b.idp, "bob"))
		if _, err := b.provider.Statistics(t.Context(), &self); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}
