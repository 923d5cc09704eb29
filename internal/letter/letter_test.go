package letter_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/await"
	"rollcall/internal/jobs"
	"rollcall/internal/letter"
	"rollcall/internal/mail"
	"rollcall/internal/testdb"
	"rollcall/lifecycle"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
	"rollcall/store/sqlite"
)

// bed is a service on a database, and a transport that keeps what it gets.
type bed struct {
	*testing.T
	store      store.Store
	path       string
	tenant     store.Tenant
	connection store.Connection
	service    *letter.Service
	provider   *scim.Provider

	mu   sync.Mutex
	sent []mail.Message
}

// Send implements mail.Transport.
func (b *bed) Send(_ context.Context, message mail.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, message)
	return nil
}

func newBed(t *testing.T) *bed {
	t.Helper()
	b := &bed{T: t, path: testdb.File(t)}
	var err error
	if b.store, err = sqlite.Open(t.Context(), b.path, sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	if b.tenant, err = b.store.CreateTenant(t.Context(), store.Tenant{Name: "acme"}, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	b.connection = store.Connection{ID: uuid.New(), Tenant: b.tenant.ID, Name: "entra", Kind: "entra"}
	if err := b.store.CreateConnection(t.Context(), b.connection, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	composer, err := mail.NewComposer(mail.Brand{Product: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	b.service = letter.New(letter.Options{
		Store: b.store, Transport: b, Composer: composer, Root: "https://x.example",
		AlertsTo: []mail.Recipient{{Address: "a@example.com"}, {Address: "b@example.com"}},
	})
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	b.provider = scim.New(scim.Options{Store: b.store, Types: types, Secrets: b.store, Post: b.service.Post})
	return b
}

// run runs jobs until all are over, and returns them.
func (b *bed) run() []store.ListedJob {
	b.Helper()
	runner := jobs.New(jobs.Options{Store: b.store, Owner: "test", Poll: 10 * time.Millisecond, Kinds: b.service.Kinds(b.provider)})
	runner.Start()
	defer runner.Close()
	return await.For(b, time.Minute, "the end of the jobs", func() ([]store.ListedJob, bool) {
		found := b.jobs()
		return found, !slices.ContainsFunc(found, func(j store.ListedJob) bool { return !j.State.Finished() })
	})
}

func (b *bed) jobs() []store.ListedJob {
	b.Helper()
	found, err := b.store.Jobs(b.Context(), store.JobQuery{Tenant: b.tenant.ID, Limit: 1000})
	if err != nil {
		b.Fatal(err)
	}
	return found
}

func (b *bed) caller() *scim.Caller {
	return &scim.Caller{Tenant: b.tenant.ID, Kind: scim.KindOperator, ID: "ann", Leniency: &schema.Leniency{}}
}

// TestLettersAreSealed: nobody who reads the database follows a link, and what
// was put under another job is not sent.
func TestLettersAreSealed(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	const secret, address = "a-secret-of-a-link-that-nobody-knows", "ada@example.com"
	post := func() store.NewJob {
		t.Helper()
		job, err := b.service.Post(t.Context(), b.caller(), scim.Letter{Kind: scim.LetterInvite, To: address, Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		return job
	}
	moved, cut, kind := post(), post(), post()
	moved.Job.ID = uuid.Must(uuid.NewV7())
	cut.Input = cut.Input[:len(cut.Input)-1]
	kind.Job.Kind = "mail.forgot"
	for _, job := range []store.NewJob{moved, cut, kind, post()} {
		if err := b.store.Enqueue(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(b.path + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: %v", files, err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(secret)) || bytes.Contains(content, []byte(address)) {
			t.Errorf("%s shows the letter", name)
		}
	}
	for _, job := range b.run() {
		if job.State != store.JobFailed || job.Reason == "" || strings.Contains(job.Reason, address) {
			t.Errorf("%s: %q", job.State, job.Reason)
		}
	}
	if len(b.sent) != 0 {
		t.Errorf("sent %+v", b.sent)
	}
}

// TestAlertsAreKept: who is told of alerts gets one letter of each that was
// stored, in the words of its verdict.
func TestAlertsAreKept(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for i, action := range []lifecycle.GuardMode{lifecycle.GuardHold, lifecycle.GuardReject, lifecycle.GuardAlert} {
		kept, err := b.service.PostAlert(t.Context(), scim.Alert{
			Tenant: b.tenant.ID, Connection: b.connection.ID, Verdict: lifecycle.Verdict{Action: action, Removals: 60, Limit: 50},
		})
		if err != nil {
			t.Fatal(err)
		}
		set := &store.SetTally{Tenant: b.tenant.ID, Connection: b.connection.ID, Match: int64(i), Data: []byte("{}"), Jobs: kept}
		if _, err := b.store.Commit(t.Context(), []store.Change{set}); err != nil {
			t.Fatal(err)
		}
	}
	for _, job := range b.run() {
		if job.State != store.JobSucceeded {
			t.Errorf("%s: %q", job.State, job.Reason)
		}
	}
	var said []string
	for _, message := range b.sent {
		if !strings.Contains(message.Subject, "entra") {
			t.Errorf("subject %q", message.Subject)
		}
		for _, word := range []string{"is held", "are refused", "carried out"} {
			if strings.Contains(message.Text, word) {
				said = append(said, message.To.Address[:1]+" "+word)
			}
		}
	}
	slices.Sort(said)
	if want := "a are refused,a carried out,a is held,b are refused,b carried out,b is held"; strings.Join(said, ",") != want {
		t.Errorf("said %v", said)
	}
}

// TestLinksAreWhole: tenants and secrets cannot lead elsewhere.
func TestLinksAreWhole(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		letter.Link("https://x.example/id", "acme", "invite", "a-_Z"): "https://x.example/id/t/acme/account/invite?link=a-_Z",
		letter.Link("", "a/b", "reset", "x&y"):                        "/t/a%2Fb/account/reset?link=x%26y",
		letter.ForgotLink("https://x.example", "acme"):                "https://x.example/t/acme/account/forgot",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
