package batch_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/await"
	"rollcall/internal/batch"
	"rollcall/internal/jobs"
	"rollcall/internal/testdb"
	"rollcall/internal/testpg"
	"rollcall/lifecycle"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }

// bed is a service with its provider on a database; the test runs its jobs.
type bed struct {
	*testing.T
	store    store.Store
	provider *scim.Provider
	service  *batch.Service
	user     *schema.ResourceType
	admin    *scim.Caller
	// paused is called between two pieces of work.
	paused func()
}

// onEachStore runs a test on a fresh database of every kind.
func onEachStore(t *testing.T, test func(b *bed)) {
	t.Helper()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		t.Helper()
		test(newBed(t, opened))
	})
}

func newBed(t *testing.T, opened store.Store) *bed {
	t.Helper()
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := opened.CreateTenant(t.Context(), store.Tenant{Name: "bed"}, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{T: t, store: opened, paused: func() {}}
	b.user, _ = types.Type("User")
	b.provider = scim.New(scim.Options{Store: opened, Types: types, Secrets: opened, Post: posted})
	b.service = batch.New(batch.Options{
		Provider: b.provider, Store: opened, Soon: 20, Pause: func(context.Context, time.Duration) { b.paused() },
	})
	b.admin = &scim.Caller{Tenant: tenant.ID, Kind: scim.KindOperator, ID: "ann", RequestID: "r", MayLifecycle: true, MayRoles: true, Leniency: &schema.Leniency{}}
	return b
}

// posted is the job that would mail a letter.
func posted(_ context.Context, c *scim.Caller, letter scim.Letter) (store.NewJob, error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.NewJob{Job: store.Job{Tenant: c.Tenant, ID: uuid.Must(uuid.NewV7()), Kind: "mail", RunAfter: now, Created: now}, Input: []byte(letter.To)}, nil
}

// users makes some and returns their ids.
func (b *bed) users(n int) []string {
	b.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = b.named(fmt.Sprintf("user-%04d", i))
	}
	return ids
}

func plan(action string, ids ...string) batch.Plan {
	return batch.Plan{Action: action, Reason: "because", Selection: batch.Selection{IDs: ids}}
}

func (b *bed) apply(p batch.Plan, confirm int) *batch.Batch {
	b.Helper()
	taken, err := b.service.Apply(b.Context(), b.admin, p, int64(confirm))
	if err != nil {
		b.Fatal(err)
	}
	return taken
}

func (b *bed) undo(of *batch.Batch) *batch.Batch {
	b.Helper()
	taken, err := b.service.Undo(b.Context(), b.admin, of.Job.ID, "")
	if err != nil {
		b.Fatal(err)
	}
	return taken
}

// runner is a runner of the jobs, as one copy of the server has.
func (b *bed) runner() *jobs.Runner {
	r := jobs.New(jobs.Options{Store: b.store, Kinds: b.service.Kinds(), Poll: 5 * time.Millisecond, Owner: "copy"})
	r.Start()
	b.Cleanup(r.Close)
	return r
}

// overtake lets another copy take a job of a kind over when it pauses for the first
// time, as after a halt that is longer than its lease.
func (b *bed) overtake(kind string) {
	b.paused = sync.OnceFunc(func() {
		// The lease of the first one is over for whoever is late.
		later := time.Now().UTC().Add(time.Hour).Truncate(time.Microsecond)
		claimed, err := b.store.ClaimJob(b.Context(), store.JobClaim{Kinds: []string{kind}, Owner: "other", Now: later, Until: later.Add(time.Millisecond)})
		if err != nil {
			b.Errorf("ClaimJob: %v", err)
			return
		}
		if err := b.store.ReleaseJob(b.Context(), claimed.Lease(), time.Now().UTC().Truncate(time.Microsecond)); err != nil {
			b.Errorf("ReleaseJob: %v", err)
		}
	})
}

// ended waits until a batch is over.
func (b *bed) ended(one *batch.Batch) *batch.Batch {
	b.Helper()
	return await.For(b, 5*time.Minute, "the end of the batch", func() (*batch.Batch, bool) {
		found := b.read(one)
		return found, found.Job.State.Finished()
	})
}

func (b *bed) read(one *batch.Batch) *batch.Batch {
	b.Helper()
	found, err := b.service.Batch(b.Context(), b.admin.Tenant, one.Job.ID)
	if err != nil {
		b.Fatal(err)
	}
	return found
}

// rows counts rows by outcome.
func (b *bed) rows(one *batch.Batch) map[batch.Outcome]int {
	b.Helper()
	rows, next, err := b.service.Rows(b.Context(), b.admin.Tenant, one.Job.ID, "", 0, 10_000)
	if err != nil || next != 0 {
		b.Fatalf("rows: %d, %v", next, err)
	}
	out := map[batch.Outcome]int{}
	for _, row := range rows {
		out[row.Outcome]++
	}
	return out
}

func (b *bed) counts(one *batch.Batch, changed, unchanged, refused int64) {
	b.Helper()
	c := one.Head.Counts
	if c.Changed != changed || c.Unchanged != unchanged || c.Refused != refused || c.Failed != 0 {
		b.Errorf("counts %+v, want %d changed, %d unchanged, %d refused", c, changed, unchanged, refused)
	}
}

// standing counts users by status.
func (b *bed) standing(ids []string) map[string]int {
	b.Helper()
	out := map[string]int{}
	for _, id := range ids {
		found, err := b.provider.Explain(b.Context(), b.admin, id)
		if err != nil {
			b.Fatal(err)
		}
		out[string(found.Standing.Status)]++
	}
	return out
}

func document(name string) string {
	return fmt.Sprintf(`{"schemas":[%q],"userName":%q,"emails":[{"value":"%s@example.com"}]}`, schema.UserURN, name, name)
}

// named makes one user.
func (b *bed) named(name string) string {
	b.Helper()
	made, err := b.provider.Create(b.Context(), b.admin, b.user, strings.NewReader(document(name)), scim.View{})
	if err != nil {
		b.Fatal(err)
	}
	return made.ID()
}

// entered makes one in another stage.
func (b *bed) entered(name string, entry lifecycle.Command) string {
	b.Helper()
	made, err := b.provider.Enter(b.Context(), b.admin, strings.NewReader(document(name)), entry)
	if err != nil {
		b.Fatal(err)
	}
	return made.ID
}
