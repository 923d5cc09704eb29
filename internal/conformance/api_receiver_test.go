package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
)

// TestAdminReceivers lets a real receiver get the events of a user, and asks what
// became of them.
func TestAdminReceivers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		got := make(chan string, 100)
		listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var event struct{ Type string }
			if json.NewDecoder(r.Body).Decode(&event) == nil {
				got <- event.Type
			}
			w.WriteHeader(http.StatusNoContent)
		}))
		t.Cleanup(listener.Close)
		await := func(want string) {
			t.Helper()
			for deadline := time.After(30 * time.Second); ; {
				select {
				case event := <-got:
					if event == want {
						return
					}
				case <-deadline:
					t.Fatalf("no event %s", want)
				}
			}
		}
		made := o.ask(t, 201, "POST", "/receivers", `{"name":"hook","kind":"webhook","url":"`+listener.URL+`","events":["prov:*"],"reason":"trial"}`)
		id := made["id"].(string)
		if secret, _ := made["secret"].(string); !strings.HasPrefix(secret, "whsec_") {
			t.Errorf("secret %q", secret)
		}
		report(t, map[string]any{"secret": "$absent", "state": "active", "events": []any{"prov:*"}}, o.ask(t, 200, "GET", "/receivers/"+id, ""))
		report(t, map[string]any{"taken": true, "status": 204.0}, o.ask(t, 200, "POST", "/receivers/"+id+"/ping", ""))
		await("rollcall:ping")
		user := s.user(t, "told")
		await("prov:create")
		var delivery map[string]any
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			page := o.ask(t, 200, "GET", "/receivers/"+id+"/deliveries?state=delivered&count=1", "")["deliveries"].([]any)
			if len(page) == 1 {
				delivery = page[0].(map[string]any)
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("the delivery is not in the log")
			}
		}
		report(t, map[string]any{"event": "prov:create", "subjectId": user, "status": 204.0, "attempts": 1.0}, delivery)
		again := fmt.Sprintf("/receivers/%s/deliveries/%v/resend", id, delivery["position"])
		if status, _, _ := o.do(t, "POST", again, ""); status != 204 {
			t.Errorf("resend: %d", status)
		}
		await("prov:create")
		o.ask(t, 404, "POST", "/receivers/"+id+"/deliveries/99999/resend", "")
		o.ask(t, 200, "POST", "/receivers/"+id+"/replay", `{"position":0}`)
		await("prov:create")
		o.ask(t, 400, "POST", "/receivers/"+id+"/replay", `{"position":99999}`)
		o.ask(t, 400, "POST", "/receivers/"+id+"/replay", `{}`)

		report(t, map[string]any{"state": "paused", "stateReason": "quiet"}, o.ask(t, 200, "POST", "/receivers/"+id+"/pause", `{"reason":"quiet"}`))
		report(t, map[string]any{"state": "active"}, o.ask(t, 200, "POST", "/receivers/"+id+"/resume", ""))
		rotated := o.ask(t, 200, "POST", "/receivers/"+id+"/secret", `{"overlap":"1h"}`)
		if rotated["secret"] == made["secret"] {
			t.Error("the secret is the same")
		}
		o.ask(t, 400, "POST", "/receivers/"+id+"/secret", `{"overlap":"90d"}`)
		changed := o.ask(t, 200, "PUT", "/receivers/"+id, `{"name":"renamed","kind":"webhook","url":"`+listener.URL+`","form":"notice"}`)
		report(t, map[string]any{"name": "renamed", "form": "notice", "events": "$len:0"}, changed)
		poll := o.ask(t, 201, "POST", "/receivers", `{"name":"poll","kind":"set-poll"}`)["id"].(string)
		o.ask(t, 409, "POST", "/receivers", `{"name":"poll","kind":"set-poll"}`)
		o.ask(t, 409, "POST", "/receivers/"+poll+"/ping", "")
		o.ask(t, 409, "POST", "/receivers/"+poll+"/secret", "")
		o.ask(t, 400, "POST", "/receivers", `{"name":"inside","kind":"webhook","url":"http://10.0.0.1/"}`)
		o.ask(t, 400, "POST", "/receivers", `{"name":"fax","kind":"fax"}`)
		o.ask(t, 400, "PUT", "/receivers/"+poll, `{"name":"poll","kind":"webhook","url":"`+listener.URL+`"}`)
		report(t, map[string]any{"receivers": "$len:2"}, o.ask(t, 200, "GET", "/receivers", ""))

		foreign := &office{o.another(t, "curious", auth.ScopeAdminRead, auth.ScopeAdminWrite)}
		for _, path := range []string{id, uuid.NewString(), "nothing"} {
			foreign.ask(t, 404, "GET", "/receivers/"+path, "")
			foreign.ask(t, 404, "GET", "/receivers/"+path+"/deliveries", "")
			foreign.ask(t, 404, "DELETE", "/receivers/"+path, "")
			foreign.ask(t, 404, "POST", "/receivers/"+path+"/pause", "")
			foreign.ask(t, 404, "POST", "/receivers/"+path+"/replay", `{"position":0}`)
			foreign.ask(t, 404, "PUT", "/receivers/"+path, `{"name":"mine","kind":"set-poll"}`)
		}
		if status, _, _ := o.do(t, "DELETE", "/receivers/"+poll+"?reason=done", ""); status != 204 {
			t.Errorf("delete: %d", status)
		}
		o.ask(t, 404, "GET", "/receivers/"+poll, "")
		rows := o.ask(t, 200, "GET", "/audit?action=receiver.delete", "")["rows"].([]any)
		report(t, map[string]any{"actorKind": "operator", "actorId": "token:bootstrap", "reason": "done"}, rows[0])
		if text := brief(o.ask(t, 200, "GET", "/audit?action=receiver.", "")); strings.Contains(text, "whsec_") {
			t.Error("a secret is in the trail")
		}
	})
}
