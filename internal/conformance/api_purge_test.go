package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rollcall/internal/auth"
	"rollcall/internal/await"
	"rollcall/store"
)

// TestPurgeAtOnce lets one administrator purge what another one restores or puts
// on hold: who lives or is held keeps its history, who is purged loses it.
func TestPurgeAtOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		for i := range 12 {
			name := fmt.Sprint("torn-", i)
			id := s.user(t, name)
			s.want(t, 204, "DELETE", "/Users/"+id, "")
			rival, body := "restore", `{}`
			if i%2 == 1 {
				rival, body = "mark", `{"mark":"legalHold"}`
			}
			var both sync.WaitGroup
			answers := map[string]*int{"purge": new(int), rival: new(int)}
			for action, sent := range map[string]string{"purge": `{"confirm":"` + id + `"}`, rival: body} {
				both.Go(func() {
					*answers[action], _, _ = o.do(t, "POST", "/users/"+id+"/actions/"+action, sent, "Content-Type", "application/json")
				})
			}
			both.Wait()
			history := fmt.Sprint(o.ask(t, 200, "GET", "/users/"+id+"/history", ""))
			purged := *answers["purge"] == 200
			if purged == (*answers[rival] == 200) {
				t.Errorf("purge is answered %d, %s %d", *answers["purge"], rival, *answers[rival])
			}
			if strings.Contains(history, name) == purged || strings.Contains(history, "[erased]") != purged {
				t.Errorf("purge is answered %d, %s %d, and the history is %s", *answers["purge"], rival, *answers[rival], history)
			}
		}
	})
}

// TestPurgedEvents replays the events of a user who was purged: each is told
// again under its id, as a notice that names attributes and holds no value.
func TestPurgedEvents(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, h := s.desk(), newHook(t)
		receiver := func(body string) string {
			return "/receivers/" + o.ask(t, 201, "POST", "/receivers", body)["id"].(string)
		}
		hook, poll := receiver(`{"name":"hook","kind":"webhook","url":"`+h.URL+`"}`), receiver(`{"name":"poll","kind":"set-poll"}`)
		id := s.user(t, "countess", `"externalId":"hr-1815"`, `"emails":[{"value":"ada@lovelace.example"}]`)
		s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"displayName","value":"Augusta"}`), "X-Request-Id", "request-of-ada")
		personal := func(text string) bool {
			for _, word := range []string{"countess", "hr-1815", "lovelace", "Augusta"} {
				if strings.Contains(text, word) {
					return true
				}
			}
			return false
		}
		s.want(t, 204, "DELETE", "/Users/"+id, "")
		before := h.until(t, time.Minute, func(calls []hookCall) bool { return len(of(calls, "prov:delete", id)) == 1 })
		if created := of(before, "prov:create", id); len(created) != 1 || !personal(string(created[0].Body)) {
			t.Fatalf("the creation is told as %+v", created)
		}
		o.act(t, 200, id, "purge", `{"confirm":"`+id+`"}`)
		before = h.until(t, time.Minute, func(calls []hookCall) bool { return len(of(calls, "risc:account-purged", id)) == 1 })
		o.ask(t, 200, "POST", hook+"/replay", `{"position":0}`)
		after := h.until(t, time.Minute, func(calls []hookCall) bool { return len(of(calls, "risc:account-purged", id)) == 2 })
		again := after[len(before):]
		for _, call := range again {
			if personal(string(call.Body)) {
				t.Errorf("it is sent again: %s", call.Body)
			}
		}
		if len(again) != len(before) {
			t.Errorf("%d events are sent again, want %d", len(again), len(before))
		}
		for typ, attribute := range map[string]string{"prov:create": "emails", "prov:patch": "displayName"} {
			first, second := of(before, typ, id), of(again, typ, id)
			if len(first) != 1 || len(second) != 1 || first[0].Header.Get("Webhook-Id") != second[0].Header.Get("Webhook-Id") {
				t.Fatalf("%s: %+v, and again %+v", typ, first, second)
			}
			var told map[string]any
			if err := json.Unmarshal(second[0].Body, &told); err != nil {
				t.Fatal(err)
			}
			report(t, map[string]any{"data": map[string]any{"id": id, "uri": "/Users/" + id, "resource": "$absent", "externalId": "$absent", "txn": first[0].Event.Data.Txn}}, told)
			if attributes := fmt.Sprint(told["data"].(map[string]any)["attributes"]); !strings.Contains(attributes, attribute) {
				t.Errorf("%s names %s", typ, attributes)
			}
		}
		token := o.as(t, auth.ScopeEventsRead).token(t, poll+"/poll", `{}`)
		report(t, map[string]any{
			"sub_id": map[string]any{"format": "scim", "uri": "/Users/" + id, "externalId": "$absent"},
			"events": map[string]any{"urn:ietf:params:scim:event:prov:create:notice": map[string]any{"attributes": "$len:6", "data": "$absent"}},
		}, token)
	})
}

// TestPurgedAnswers asks again what became of asynchronous requests about a user
// who was purged: they were carried out, and what they answered is gone.
func TestPurgedAnswers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		kept := s.user(t, "unpurged")
		made := s.later(t, "POST", "/Users", `{`+userSchemas+`,"userName":"baroness","externalId":"hr-1816"}`)
		id := operation(s.completed(t, made))["response"].(map[string]any)["id"].(string)
		path, base := "/Users/"+id, s.Base
		refused := s.later(t, "PATCH", path, patchOp(`{"op":"add","path":"userName","value":"unpurged"}`))
		patched := s.later(t, "PATCH", "/Users/"+kept, patchOp(`{"op":"add","path":"title","value":"T"}`))
		report(t, map[string]any{"status": "409", "response": map[string]any{"status": "409"}}, operation(s.completed(t, refused)))
		s.want(t, 204, "DELETE", path, "")
		report(t, map[string]any{"response": map[string]any{"userName": "baroness"}}, operation(s.completed(t, made)))
		o.act(t, 200, id, "purge", `{"confirm":"`+id+`"}`)
		report(t, map[string]any{"method": "POST", "status": "201", "location": base + path, "response": "$absent"}, operation(s.completed(t, made)))
		report(t, map[string]any{"method": "PATCH", "status": "409", "location": base + path, "response": map[string]any{"status": "409", "scimType": "$absent"}}, operation(s.completed(t, refused)))
		report(t, map[string]any{"status": "200", "response": map[string]any{"title": "T"}}, operation(s.completed(t, patched)))
	})
}

// TestPurgeResumed commits a purge beside the server, as a process that is killed
// right behind it does: the server erases what that one did not get to.
func TestPurgeResumed(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "countess", `"emails":[{"value":"ada@lovelace.example"}]`)
		s.want(t, 204, "DELETE", "/Users/"+id, "")
		key := store.Key{Tenant: tenantOf(t, s).ID, Type: "User", ID: uuid.MustParse(id)}
		at := time.Now().Add(-time.Minute).UTC().Truncate(time.Microsecond)
		_, err := s.Store.Commit(t.Context(), []store.Change{&store.Purge{Key: key, Trail: store.Trail{
			Audit: store.Audit{At: at, ActorKind: "command", ActorID: "killed", Action: "user.purge", Reason: "asked for by its owner"},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		left := func() bool {
			events, err := s.Store.EventsOf(t.Context(), key, 10)
			if err != nil {
				t.Fatal(err)
			}
			history := fmt.Sprint(o.ask(t, 200, "GET", "/users/"+id+"/history", ""))
			if !strings.Contains(history, "asked for by its owner") {
				t.Fatalf("the history is %s", history)
			}
			return strings.Contains(history, "countess") || len(events) == 0 || strings.Contains(string(events[0].Payload), "countess")
		}
		await.That(t, time.Minute, "nothing personal is left", func() bool { return !left() })
	})
}
