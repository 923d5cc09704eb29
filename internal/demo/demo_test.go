package demo_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/internal/demo"
	"rollcall/internal/testdb"
	"rollcall/internal/testpg"
	"rollcall/lifecycle"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

// bed is a store to fill.
type bed struct {
	store.Store
	t     *testing.T
	types *schema.Registry
}

func newBed(t *testing.T, opened store.Store) *bed {
	t.Helper()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	return &bed{opened, t, types}
}

func (b *bed) trail(action string) store.Audit {
	return store.Audit{At: time.Now().UTC(), ActorKind: scim.KindCommand, ActorID: "test", Action: action}
}

func (b *bed) run(tenant string, users int, seed uint64) (*demo.Report, error) {
	return demo.Run(b.t.Context(), demo.Options{Store: b, Types: b.types, Tenant: tenant, Users: users, Seed: seed, Actor: b.trail("")})
}

func (b *bed) must(tenant string, users int, seed uint64) *demo.Report {
	b.t.Helper()
	made, err := b.run(tenant, users, seed)
	if err != nil {
		b.t.Fatal(err)
	}
	return made
}

// provider is one that knows today's time, with a caller in a tenant.
func (b *bed) provider(tenant string, now func() time.Time) (*scim.Provider, *scim.Caller) {
	b.t.Helper()
	found, err := b.Tenant(b.t.Context(), tenant)
	if err != nil {
		b.t.Fatal(err)
	}
	return scim.New(scim.Options{Store: b, Types: b.types, Secrets: b, Now: now}), scim.AdministratorCaller(found.ID, scim.KindCommand, "test", "")
}

// living are all living users.
func living(ctx context.Context, t *testing.T, p *scim.Provider, c *scim.Caller) []scim.Account {
	t.Helper()
	var all []scim.Account
	cursor := ""
	for {
		page, err := p.Accounts(ctx, c, scim.Search{Cursor: &cursor})
		if err != nil {
			t.Fatal(err)
		}
		if all, cursor = append(all, page.Accounts...), page.Next; cursor == "" {
			return all
		}
	}
}

// TestCompany: all that can become of an account has, every account can be
// explained, and the counts are those of the report.
func TestCompany(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		users := 100
		if testing.Short() {
			users = demo.Fewest // the race detector makes half a year long
		}
		began := time.Now()
		made := b.must("demo", users, 7)
		p, c := b.provider("demo", nil)
		counts, causes, sources := map[lifecycle.Status]int{}, map[lifecycle.Cause]int{}, map[string]int{}
		var never, stale, signIns, marked int
		for _, one := range living(t.Context(), t, p, c) {
			e, err := p.Explain(t.Context(), c, one.ID)
			if err != nil {
				t.Fatalf("%s: %v", one.UserName, err)
			}
			if e.Standing.Status != one.Standing.Status || e.ChangedAt.After(time.Now()) || !one.Created.Before(began) {
				t.Errorf("%s is %v and %v, since %v, made %v", one.UserName, e.Standing, one.Standing, e.ChangedAt, one.Created)
			}
			for _, timer := range e.Timers {
				if timer.Due.Before(began) {
					t.Errorf("%s: %s was due %v and has not fired", one.UserName, timer.Kind, timer.Due)
				}
			}
			counts[e.Standing.Status]++
			causes[e.Standing.Cause]++
			sources[e.Source+"/"+e.SourceClient]++
			if e.Facts.APIOnly || e.Facts.BreakGlass {
				marked++
			}
			if e.Stale {
				stale++
			}
			if one.LastLogin.IsZero() {
				never++
			}
			history, err := p.SignIns(t.Context(), c, one.ID, store.TimePosition{}, 50)
			if err != nil {
				t.Fatal(err)
			}
			signIns += len(history)
		}
		if diff := cmp.Diff(made.Statuses, counts); diff != "" {
			t.Errorf("the report (-) and what is there (+):\n%s", diff)
		}
		for _, status := range lifecycle.LivingStatuses() {
			if counts[status] == 0 {
				t.Errorf("nobody is %s", status)
			}
		}
		for _, cause := range []lifecycle.Cause{
			lifecycle.CauseLocked, lifecycle.CauseFailedLogins, lifecycle.CauseNotYetValid, lifecycle.CauseStaged, lifecycle.CauseEmail,
			lifecycle.CauseApproval, lifecycle.CauseExpired, lifecycle.CauseSuspended, lifecycle.CauseAPIOnly,
		} {
			if causes[cause] == 0 {
				t.Errorf("nobody is so because of %s: %v", cause, causes)
			}
		}
		for _, source := range []string{"local/", "directorySync/entra", "directorySync/okta", "scim/hr-feed"} {
			if sources[source] == 0 {
				t.Errorf("nobody comes from %s: %v", source, sources)
			}
		}
		if never == 0 || stale == 0 || signIns < 3*users || marked < 3 || made.Groups < 20 {
			t.Errorf("%d never came, %d are stale, %d sign-ins, %d marked, %d groups", never, stale, signIns, marked, made.Groups)
		}
		b.gone(t, p, c, made, users)
		b.quiet(t, c)
		if _, err := b.run("demo", users, 8); !errors.Is(err, demo.ErrPopulated) {
			t.Errorf("a second time: %v", err)
		}
	})
}

// gone looks at those who have left: each is explained, and who cannot be restored
// any more was purged.
func (b *bed) gone(t *testing.T, p *scim.Provider, c *scim.Caller, made *demo.Report, users int) {
	t.Helper()
	user := b.types.Types()[0]
	page, err := p.Deleted(t.Context(), c, user, "", store.DepartedPosition{}, 100)
	if err != nil || len(page.Deleted) != made.Deleted || made.Deleted == 0 {
		t.Errorf("%d deleted, the report says %d: %v", len(page.Deleted), made.Deleted, err)
	}
	for i := range page.Deleted {
		e, err := p.Explain(t.Context(), c, page.Deleted[i].ID)
		if err != nil || e.Standing.Status != lifecycle.StatusDeprovisioned || !slices.ContainsFunc(e.Timers, func(timer lifecycle.Timer) bool { return timer.Kind == lifecycle.TimerPurge }) {
			t.Errorf("deleted: %+v, %v", e, err)
		}
	}
	rows := map[string]int{}
	for _, action := range []string{"user.create", "user.timer:purge"} {
		found, err := b.SearchAudit(t.Context(), store.AuditSearch{Tenant: c.Tenant, Action: action, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		rows[action] = len(found.Rows)
	}
	if rows["user.create"] != users || rows["user.timer:purge"] == 0 || made.Users()+made.Deleted+rows["user.timer:purge"] != users {
		t.Errorf("%d living, %d deleted, the trail says %v", made.Users(), made.Deleted, rows)
	}
}

// quiet fails where somebody would be written to or called, or where the trail
// knows of the future or of nothing but today.
func (b *bed) quiet(t *testing.T, c *scim.Caller) {
	t.Helper()
	receivers, err := b.Receivers(t.Context(), c.Tenant)
	if err != nil || len(receivers) != 1 || receivers[0].State != store.ReceiverPaused || !strings.HasSuffix(receivers[0].URL, ".example/rollcall") {
		t.Errorf("receivers %+v, %v", receivers, err)
	}
	later, err := b.SearchAudit(t.Context(), store.AuditSearch{Tenant: c.Tenant, From: time.Now(), Limit: 1})
	if err != nil || len(later.Rows) > 0 {
		t.Errorf("of the future: %+v, %v", later.Rows, err)
	}
	actors := map[string]int{}
	early, err := b.SearchAudit(t.Context(), store.AuditSearch{Tenant: c.Tenant, Until: time.Now().AddDate(0, 0, -2), Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range early.Rows {
		actors[row.ActorKind]++
	}
	for _, kind := range []string{scim.KindConnection, scim.KindOperator, scim.KindSystem, scim.KindCommand} {
		if actors[kind] == 0 {
			t.Errorf("%s has done nothing in half a year: %v", kind, actors)
		}
	}
}

// TestChanceFollowsTheSeed: the same people with the same fates.
func TestChanceFollowsTheSeed(t *testing.T) {
	t.Parallel()
	b := newBed(t, testdb.OpenSQLite(t))
	told := func(tenant string, seed uint64) map[string]string {
		b.must(tenant, demo.Fewest, seed)
		p, c := b.provider(tenant, nil)
		people := map[string]string{}
		for _, one := range living(t.Context(), t, p, c) {
			people[one.UserName] = one.DisplayName + ", " + strings.Join(one.Roles, " ") + ", " + string(one.Standing.Status)
		}
		return people
	}
	first, again, other := told("one", 3), told("two", 3), told("three", 4)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same seed (-first +again):\n%s", diff)
	}
	if cmp.Equal(first, other) {
		t.Error("another seed makes the same people")
	}
}

// TestOthersAreLeftAlone: what is due in another tenant is not done as of the past.
func TestOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	b := newBed(t, testdb.OpenSQLite(t))
	long := time.Now().AddDate(0, -4, 0)
	if _, err := b.CreateTenant(t.Context(), store.Tenant{Name: "bystander", Created: long.UTC()}, b.trail("tenant.create")); err != nil {
		t.Fatal(err)
	}
	p, c := b.provider("bystander", func() time.Time { return long })
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","emails":[{"value":"ada@example.com"}]}`
	ada, err := p.Enter(t.Context(), c, strings.NewReader(body), lifecycle.Invite{Email: true})
	if err != nil {
		t.Fatal(err)
	}
	before, err := p.Explain(t.Context(), c, ada.ID)
	if err != nil || len(before.Timers) == 0 {
		t.Fatalf("nothing will be due: %+v, %v", before, err)
	}
	if _, err := b.run("bystander", demo.Fewest, 1); !errors.Is(err, demo.ErrPopulated) {
		t.Errorf("a tenant with a user: %v", err)
	}
	b.must("demo", demo.Fewest, 1)
	after, err := p.Explain(t.Context(), c, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after, cmpopts.IgnoreUnexported(scim.Explanation{})); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}
