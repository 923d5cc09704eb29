package conformance

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/store"
)

// TestAsyncIsPrivate: what became of a request is told to who made it.
func TestAsyncIsPrivate(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("EVT-32 others", func(t *testing.T) {
			txn := s.later(t, "POST", "/Users", `{`+userSchemas+`,"userName":"private"}`)
			s.completed(t, txn)
			path := "/AsyncStatus/" + txn
			s.want(t, 200, "HEAD", path, "")

			connection := store.Connection{ID: uuid.New(), Tenant: tenantOf(t, s).ID, Name: "neighbour", Kind: "generic"}
			if err := s.Store.CreateConnection(t.Context(), connection, store.Audit{}); err != nil {
				t.Fatal(err)
			}
			connections, err := s.Store.Connections(t.Context(), connection.Tenant)
			if err != nil {
				t.Fatal(err)
			}
			s.with(t, connection, time.Time{}, auth.ScopeSCIMRead, auth.ScopeSCIMWrite).refuse(t, 404, "", "GET", path, "")
			s.another(t, "other", auth.ScopeSCIMRead, auth.ScopeSCIMWrite).refuse(t, 404, "", "GET", path, "")
			s.with(t, connections[0], time.Time{}, auth.ScopeSCIMRead).refuse(t, 403, "", "GET", path, "")
			s.with(t, connections[0], time.Time{}, auth.ScopeSCIMWrite).want(t, 200, "GET", path, "")
			nobody := *s
			nobody.Token = "rc_AAAAAAAAAAAA_" + strings.Repeat("A", 43)
			nobody.refuse(t, 401, "", "GET", path, "")
			s.acting(t, s.user(t, "curious")).refuse(t, 404, "", "GET", path, "")
			for _, unknown := range []string{uuid.NewString(), strings.ToUpper(txn), txn + ":0", "x", "%00"} {
				s.refuse(t, 404, "", "GET", "/AsyncStatus/"+unknown, "")
			}
			s.refuse(t, 405, "", "DELETE", path, "")
		})
	})
}

// TestAsyncForUsers: a token that acts for a user defers what that user may do.
func TestAsyncForUsers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		id := s.user(t, "deferring")
		self := s.acting(t, id)
		nick := self.outcome(t, "PATCH", "/Me", patchOp(`{"op":"add","path":"nickName","value":"N"}`))
		report(t, map[string]any{"status": "200", "location": s.Base + "/Users/" + id, "response": map[string]any{"nickName": "N"}}, nick)
		title := self.outcome(t, "PATCH", "/Users/"+id, patchOp(`{"op":"add","path":"title","value":"CEO"}`))
		report(t, map[string]any{"status": "403"}, title)
		self.refuse(t, 403, "", "DELETE", "/Users/"+id, "", "Prefer", "respond-async")
		self.refuse(t, 403, "", "DELETE", "/Me", "", "Prefer", "respond-async")
		s.refuse(t, 404, "", "GET", "/AsyncStatus/"+self.later(t, "PATCH", "/Me", patchOp(`{"op":"add","path":"nickName","value":"O"}`)), "")
	})
}

// TestAsyncIsTold: the completion is in the outbox, under the txn, and what it
// did is in the audit trail under the same.
func TestAsyncIsTold(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		tenant := tenantOf(t, s).ID
		events := func(txn string) []map[string]any {
			t.Helper()
			rows, err := s.Store.EventsOf(t.Context(), store.Key{Tenant: tenant, Type: store.JobSubject, ID: uuid.MustParse(txn)}, 10)
			if err != nil {
				t.Fatal(err)
			}
			var payloads []map[string]any
			for _, row := range rows {
				var payload map[string]any
				if err := json.Unmarshal(row.Payload, &payload); err != nil || row.Type != "misc:asyncresp" {
					t.Fatalf("%s: %v", row.Type, err)
				}
				payloads = append(payloads, payload)
			}
			return payloads
		}
		t.Run("EVT-25,28 one", func(t *testing.T) {
			txn := s.later(t, "POST", "/Users", `{`+userSchemas+`,"userName":"told","password":"Secret-1-told"}`)
			uri := s.completed(t, txn)["sub_id"].(map[string]any)["uri"].(string)
			told := events(txn)
			if len(told) != 1 {
				t.Fatalf("%d events", len(told))
			}
			report(t, map[string]any{"uri": uri, "txn": txn, "data": map[string]any{"method": "POST", "status": "201", "location": s.Base + uri, "response": "$absent"}}, told[0])
			key := store.Key{Tenant: tenant, Type: "User", ID: uuid.MustParse(strings.TrimPrefix(uri, "/Users/"))}
			if rows, err := s.Store.AuditOf(t.Context(), key, 10); err != nil || len(rows) != 1 || rows[0].RequestID != txn {
				t.Errorf("audit: %+v, %v", rows, err)
			}
			job, err := s.Store.Job(t.Context(), tenant, uuid.MustParse(txn))
			if err != nil || job.State != store.JobSucceeded || !job.Expires.Equal(job.Finished.Add(24*time.Hour)) {
				t.Errorf("job: %+v, %v", job, err)
			}
		})
		t.Run("EVT-29,30 many", func(t *testing.T) {
			txn := s.later(t, "POST", "/Bulk", bulkBody("", postUser("a", "told-a"), postUser("b", "told")))
			s.completed(t, txn)
			told := events(txn)
			if len(told) != 2 {
				t.Fatalf("%d events", len(told))
			}
			report(t, map[string]any{"txn": txn + ":0", "data": map[string]any{"bulkId": "a", "status": "201"}}, told[0])
			report(t, map[string]any{"txn": txn + ":1", "uri": "/Users", "data": map[string]any{"status": "409", "response": map[string]any{"scimType": "uniqueness"}}}, told[1])
		})
	})
}
