package async_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"rollcall/internal/testdb"
	"rollcall/schemas"
	"rollcall/scim"
	"rollcall/scim/async"
	"rollcall/scim/schema"
	"rollcall/store"
	"rollcall/store/sqlite"
)

// failing is a store whose commits fail as planned: without an effect, or with
// one that nobody is told of.
type failing struct {
	*sqlite.Store
	// plan says of each commit to come whether it fails; what comes after
	// succeeds.
	plan []fate
}

type fate int

const (
	succeeds fate = iota
	failsBefore
	failsAfter
)

func (f *failing) Commit(ctx context.Context, changes []store.Change) ([]store.Committed, error) {
	next := succeeds
	if len(f.plan) > 0 {
		next, f.plan = f.plan[0], f.plan[1:]
	}
	if next == failsBefore {
		return nil, store.ErrUnavailable
	}
	done, err := f.Store.Commit(ctx, changes)
	if err == nil && next == failsAfter {
		return nil, store.ErrUnavailable
	}
	return done, err
}

// bench is a service on a store that may fail, with a connection.
type bench struct {
	ctx        context.Context
	store      *failing
	service    *async.Service
	connection store.Connection
	caller     scim.Caller
}

func newBench(t *testing.T) *bench {
	t.Helper()
	opened := testdb.OpenSQLite(t)
	types, err := schema.Load(schemas.Documents)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{ctx: t.Context(), store: &failing{Store: opened}}
	b.service = async.New(async.Options{Provider: scim.New(scim.Options{Store: b.store, Types: types}), Store: opened, MaxWaiting: 3})
	b.tenant(t, "main")
	return b
}

// tenant moves the bench to a new tenant with a connection.
func (b *bench) tenant(t rapid.TB, name string) {
	t.Helper()
	tenant, err := b.store.CreateTenant(b.ctx, store.Tenant{Name: name, Created: time.Now()}, store.Audit{At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	b.connection = store.Connection{ID: uuid.New(), Tenant: tenant.ID, Name: "default", Kind: "generic", Created: time.Now()}
	if err := b.store.CreateConnection(b.ctx, b.connection, store.Audit{At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	b.caller = scim.Caller{Tenant: tenant.ID, Base: "https://example.com/scim/v2", Kind: "connection", ID: b.connection.ID.String()}
}

func (b *bench) accept(t rapid.TB, request async.Request) (txn string) {
	t.Helper()
	txn, err := b.service.Accept(b.ctx, &b.caller, b.connection.ID, &request)
	if err != nil {
		t.Fatal(err)
	}
	return txn
}

// attempt runs the next job once, and again later if it fails.
func (b *bench) attempt(t rapid.TB) (err error) {
	t.Helper()
	claimed, err := b.store.ClaimJob(b.ctx, store.JobClaim{Kinds: []string{async.Kind}, Now: time.Now(), Until: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	end, failed := b.service.Run(b.ctx, claimed.Job, claimed.Input, func(ctx context.Context, save store.JobSave) error {
		_, err := b.store.SaveJob(ctx, claimed.Lease(), save)
		return err
	})
	if failed != nil {
		err = b.store.RetryJob(b.ctx, claimed.Lease(), time.Now(), "it failed")
	} else {
		err = b.store.FinishJob(b.ctx, claimed.Lease(), store.JobEnd{State: store.JobSucceeded, At: time.Now(), Result: end.Result, Events: end.Events})
	}
	if err != nil {
		t.Fatal(err)
	}
	return failed
}

// carry runs the next job until it ends, with failures as planned, and returns
// what it came to.
func (b *bench) carry(t rapid.TB, txn string, plan ...fate) *async.Completion {
	t.Helper()
	b.store.plan = plan
	var last error
	for range len(plan) + 1 {
		if last = b.attempt(t); last == nil {
			done, err := b.service.Status(b.ctx, &b.caller, b.connection.ID, txn)
			if err != nil || !done.Done {
				t.Fatalf("Status = %+v, %v", done, err)
			}
			return done
		}
	}
	t.Fatalf("it fails more often than the store does: %v", last)
	return nil
}

// audits counts the rows of a resource.
func (b *bench) audits(t rapid.TB, typ, id string) (actions []string) {
	t.Helper()
	rows, err := b.store.AuditOf(b.ctx, store.Key{Tenant: b.caller.Tenant, Type: typ, ID: uuid.MustParse(id)}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		actions = append([]string{row.Action}, actions...)
	}
	return actions
}

const userSchemas = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`

func last(location string) string { return location[strings.LastIndex(location, "/")+1:] }

// TestOnce: each kind of request is carried out once although a commit that
// came through was not known to, and answered as if it had been.
func TestOnce(t *testing.T) {
	t.Parallel()
	for _, plan := range [][]fate{nil, {failsBefore}, {failsAfter}, {failsBefore, failsAfter}, {failsBefore, failsBefore, failsAfter}} {
		t.Run(fmt.Sprint(plan), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			made := b.carry(t, b.accept(t, async.Request{Method: "POST", Type: "User", Body: []byte(`{` + userSchemas + `,"userName":"once"}`)}), plan...).Responses[0]
			id := last(made.Location)
			if made.Status != 201 || made.Version == "" || !bytes.Contains(made.Body, []byte(`"userName":"once"`)) {
				t.Errorf("POST = %+v", made)
			}
			patch := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"title","value":"T"}]}`)
			patched := b.carry(t, b.accept(t, async.Request{Method: "PATCH", Type: "User", ID: id, Match: made.Version, Body: patch}), plan...).Responses[0]
			if patched.Status != 200 || !bytes.Contains(patched.Body, []byte(`"title":"T"`)) {
				t.Errorf("PATCH = %+v", patched)
			}
			put := b.carry(t, b.accept(t, async.Request{Method: "PUT", Type: "User", ID: id, Match: patched.Version, Body: []byte(`{` + userSchemas + `,"userName":"twice"}`)}), plan...).Responses[0]
			if put.Status != 200 || !bytes.Contains(put.Body, []byte(`"userName":"twice"`)) {
				t.Errorf("PUT = %+v", put)
			}
			deleted := b.carry(t, b.accept(t, async.Request{Method: "DELETE", Type: "User", ID: id, Match: put.Version}), plan...).Responses[0]
			if deleted.Status != 204 || len(deleted.Body) > 0 {
				t.Errorf("DELETE = %+v", deleted)
			}
			if got := fmt.Sprint(b.audits(t, "User", id)); got != "[user.create user.patch user.put user.delete]" {
				t.Errorf("audit: %s", got)
			}
		})
	}
}

// TestDeletedSince: what was created by an attempt that nobody heard of, and
// deleted since, does not come back.
func TestDeletedSince(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	txn := b.accept(t, async.Request{Method: "POST", Type: "User", Body: []byte(`{` + userSchemas + `,"userName":"gone"}`)})
	b.store.plan = []fate{failsAfter}
	if err := b.attempt(t); !errors.Is(err, store.ErrUnavailable) {
		t.Fatal(err)
	}
	page, err := b.store.Query(b.ctx, store.Query{Tenant: b.caller.Tenant, Types: []store.TypeQuery{{Type: "User"}}, Limit: 10})
	if err != nil || page.Total != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	key := page.Records[0].Key
	if _, err := b.store.Commit(b.ctx, []store.Change{&store.Delete{Key: key, At: time.Now(), PurgeAfter: time.Now()}}); err != nil {
		t.Fatal(err)
	}
	if done := b.carry(t, txn).Responses[0]; done.Status != 201 || last(done.Location) != key.ID.String() || len(done.Body) > 0 {
		t.Errorf("%+v", done)
	}
	if _, err := b.store.Get(b.ctx, key, 0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the user came back: %v", err)
	}
}

// TestBulkOnce: whatever fails in between, a bulk request comes to what it
// comes to without failures, and does nothing twice.
func TestBulkOnce(t *testing.T) {
	t.Parallel()
	b, tenants := newBench(t), 0
	rapid.Check(t, func(t *rapid.T) {
		operations := []string{`{"method":"POST","bulkId":"g","path":"/Groups","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"g"}}`}
		users := rapid.IntRange(1, 6).Draw(t, "users")
		for n := range users {
			operations = append(operations, fmt.Sprintf(`{"method":"POST","bulkId":"u%d","path":"/Users","data":{%s,"userName":"u%d"}}`, n, userSchemas, n))
		}
		for range rapid.IntRange(0, 8).Draw(t, "changes") {
			n := rapid.IntRange(0, users-1).Draw(t, "user")
			operations = append(operations, rapid.SampledFrom([]string{
				fmt.Sprintf(`{"method":"PATCH","path":"/Users/bulkId:u%d","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"title","value":"%d"}]}}`, n, len(operations)),
				fmt.Sprintf(`{"method":"PATCH","path":"/Groups/bulkId:g","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:u%d"}]}]}}`, n),
				fmt.Sprintf(`{"method":"POST","bulkId":"x%d","path":"/Users","data":{%s,"userName":"u%d"}}`, len(operations), userSchemas, n),
				fmt.Sprintf(`{"method":"DELETE","path":"/Users/bulkId:u%d"}`, n),
			}).Draw(t, "change"))
		}
		request := async.Request{Method: "POST", Body: []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"failOnErrors":` + fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "failOnErrors")) + `,"Operations":[` + strings.Join(operations, ",") + `]}`)}
		plan := rapid.SliceOfN(rapid.SampledFrom([]fate{succeeds, failsBefore, failsAfter}), 0, 8).Draw(t, "plan")
		outcome := func(plan ...fate) (statuses, trails string) {
			tenants++
			b.tenant(t, fmt.Sprint("t", tenants))
			done := b.carry(t, b.accept(t, request), plan...)
			for _, response := range done.Responses {
				statuses += fmt.Sprint(response.Place, ":", response.Method, response.Status, response.OK(), " ")
				if response.Method == "POST" && response.OK() {
					typ := map[bool]string{true: "User", false: "Group"}[strings.HasPrefix(response.URI, "/Users/")]
					trails += fmt.Sprint(b.audits(t, typ, last(response.Location)), " ")
				}
			}
			return statuses, trails
		}
		wantStatuses, wantTrails := outcome()
		gotStatuses, gotTrails := outcome(plan...)
		if gotStatuses != wantStatuses || gotTrails != wantTrails {
			t.Errorf("without failures: %s\n%s\nwith failures: %s\n%s", wantStatuses, wantTrails, gotStatuses, gotTrails)
		}
	})
}

// TestSealed: what waits is not readable, and not for another job.
func TestSealed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const secret = "Correct-Horse-11"
	b.accept(t, async.Request{Method: "POST", Type: "User", Body: []byte(`{` + userSchemas + `,"userName":"sealed","password":"` + secret + `"}`)})
	claimed, err := b.store.ClaimJob(b.ctx, store.JobClaim{Kinds: []string{async.Kind}, Now: time.Now(), Until: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(claimed.Input, []byte(secret)) || bytes.Contains(claimed.Input, []byte("userName")) {
		t.Error("the request lies there in the clear")
	}
	other := claimed.Job
	other.ID = uuid.New()
	if _, err := b.service.Run(b.ctx, other, claimed.Input, nil); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("another job reads it: %v", err)
	}
	if end := b.service.Dead(b.ctx, claimed.Job, claimed.Input); len(end.Events) != 1 || bytes.Contains(end.Result, []byte(secret)) {
		t.Errorf("Dead = %+v", end)
	}
	end, err := b.service.Run(b.ctx, claimed.Job, claimed.Input, nil)
	if err != nil || bytes.Contains(end.Result, []byte(secret)) || bytes.Contains(end.Events[0].Payload, []byte(secret)) {
		t.Errorf("Run = %s, %v", end.Result, err)
	}
}

// TestBounded: a tenant that does not wait has to.
func TestBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	request := async.Request{Method: "DELETE", Type: "User", ID: "x"}
	for range 3 {
		b.accept(t, request)
	}
	if _, err := b.service.Accept(b.ctx, &b.caller, b.connection.ID, &request); err == nil || !strings.HasPrefix(err.Error(), "429") {
		t.Errorf("one more: %v", err)
	}
}

// TestConnectionThatIsGone: nobody acts in its name any more.
func TestConnectionThatIsGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connection.ID = uuid.New()
	done := b.carry(t, b.accept(t, async.Request{Method: "POST", Type: "User", Body: []byte(`{` + userSchemas + `,"userName":"x"}`)}))
	if done.Responses[0].Status != 401 {
		t.Errorf("%+v", done.Responses)
	}
}

// TestClaims: the claims of a completion are JSON, whatever the client sent.
func TestClaims(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		response := async.Response{
			Place: 3, Method: text.Draw(t, "method"), BulkID: text.Draw(t, "bulkId"), Version: text.Draw(t, "version"), Location: text.Draw(t, "location"),
			Status: rapid.SampledFrom([]int{200, 201, 204, 400, 500}).Draw(t, "status"), URI: text.Draw(t, "uri"), Body: jsontext.Value(`{"a":1}`),
		}
		done := &async.Completion{Txn: "t", Done: true, At: time.Unix(7, 0), Result: async.Result{Bulk: rapid.Bool().Draw(t, "bulk"), Responses: []async.Response{response}}}
		var claims struct {
			JTI    string                       `json:"jti"`
			IAT    int64                        `json:"iat"`
			Txn    string                       `json:"txn"`
			SubID  struct{ Format, URI string } `json:"sub_id"`
			Events map[string]struct {
				Method   string
				Status   string
				Response map[string]int
			} `json:"events"`
		}
		if err := json.Unmarshal(done.AppendClaims(nil, &response), &claims, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		wanted := map[bool]string{true: "t:3", false: "t"}[done.Bulk]
		event, ok := claims.Events[async.EventURI]
		if claims.Txn != wanted || claims.IAT != 7 || claims.SubID.Format != "scim" || claims.SubID.URI != response.URI || !ok ||
			event.Status != fmt.Sprint(response.Status) || event.Method != response.Method || event.Response["a"] != 1 {
			t.Errorf("%+v", claims)
		}
		if err := json.Unmarshal(done.AppendBulk(nil), &map[string]any{}); err != nil {
			t.Error(err)
		}
	})
}
