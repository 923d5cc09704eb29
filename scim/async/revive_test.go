package async_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/scim/async"
	"rollcall/store"
)

// TestRevivedOnce: whoever comes back by a request comes back once, although a
// commit that came through was not known to.
func TestRevivedOnce(t *testing.T) {
	t.Parallel()
	for _, plan := range [][]fate{nil, {failsBefore}, {failsAfter}, {failsBefore, failsAfter}} {
		for _, bulk := range []bool{false, true} {
			t.Run(fmt.Sprint(plan, bulk), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				was := b.connection
				b.connection.Options = []byte(`{"revive":"externalId"}`)
				if err := b.store.UpdateConnection(b.ctx, was, b.connection, store.Audit{At: time.Now()}); err != nil {
					t.Fatal(err)
				}
				body := `{` + userSchemas + `,"userName":"once","externalId":"1"}`
				post := async.Request{Method: "POST", Type: "User", Body: []byte(body)}
				id := last(b.carry(t, b.accept(t, post)).Responses[0].Location)
				b.carry(t, b.accept(t, async.Request{Method: "DELETE", Type: "User", ID: id}))
				if bulk {
					post = async.Request{Method: "POST", Body: []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
						{"method":"POST","bulkId":"u","path":"/Users","data":` + body + `},
						{"method":"PATCH","path":"/Users/bulkId:u","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"title","value":"T"}]}}]}`)}
				}
				for _, response := range b.carry(t, b.accept(t, post), plan...).Responses {
					if !response.OK() || last(response.Location) != id || response.URI != "/Users/"+id || response.Version == "" {
						t.Errorf("%+v", response)
					}
				}
				if got := strings.Join(b.audits(t, "User", id), " "); strings.TrimSuffix(got, " user.patch") != "user.create user.delete user.revive" || strings.HasSuffix(got, "patch") != bulk {
					t.Errorf("audit: %s", got)
				}
				page, err := b.store.Query(b.ctx, store.Query{Tenant: b.caller.Tenant, Types: []store.TypeQuery{{Type: "User"}}, Limit: 10})
				if err != nil || page.Total != 1 || page.Records[0].ID != uuid.MustParse(id) {
					t.Errorf("%d users, %v", page.Total, err)
				}
			})
		}
	}
}
