package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/internal/await"
)

// TestReceivers makes, reads, changes and removes receivers of each kind.
func TestReceivers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		report(t, map[string]any{"receivers": "$len:0"}, o.ask(t, 200, "GET", "/receivers", ""))
		made := o.ask(t, 201, "POST", "/receivers?reason=new", `{"name":"crm","kind":"webhook","url":"https://receiver.example/hook","events":["prov:*","status:change","prov:*"]}`)
		id, _ := made["id"].(string)
		report(t, map[string]any{
			"name": "crm", "kind": "webhook", "url": "https://receiver.example/hook", "events": []any{"prov:*", "status:change"},
			"form": "full", "state": "active", "failures": 0.0,
		}, made)
		if secret, _ := made["secret"].(string); !strings.HasPrefix(secret, "whsec_") {
			t.Errorf("secret %q", secret)
		}
		report(t, map[string]any{"id": id, "secret": "$absent"}, o.ask(t, 200, "GET", "/receivers/"+id, ""))
		report(t, map[string]any{"field": "name", "detail": "another receiver has this name"},
			o.ask(t, 409, "POST", "/receivers", `{"name":"crm","kind":"webhook","url":"https://receiver.example/other"}`))
		push := o.ask(t, 201, "POST", "/receivers", `{"name":"siem","kind":"set-push","url":"https://siem.example/","form":"notice","audience":"siem","bearer":"of-the-receiver"}`)
		report(t, map[string]any{"form": "notice", "audience": "siem", "secret": "$absent", "bearer": "$absent"}, push)
		poll := o.ask(t, 201, "POST", "/receivers", `{"name":"audit","kind":"set-poll","connection":"default"}`)
		report(t, map[string]any{"connection": "default", "url": "$absent", "secret": "$absent"}, poll)
		var names []string
		for _, one := range o.ask(t, 200, "GET", "/receivers", "")["receivers"].([]any) {
			names = append(names, one.(map[string]any)["name"].(string))
		}
		if diff := cmp.Diff([]string{"audit", "crm", "siem"}, names); diff != "" {
			t.Error(diff)
		}
		report(t, map[string]any{"name": "sales", "url": "https://receiver.example/2", "events": "$len:0", "secret": "$absent"},
			o.ask(t, 200, "PUT", "/receivers/"+id, `{"name":"sales","url":"https://receiver.example/2"}`))
		o.ask(t, 409, "PUT", "/receivers/"+id, `{"name":"siem","url":"https://receiver.example/2"}`)
		report(t, map[string]any{"state": "paused", "reason": "for the night"}, o.ask(t, 200, "POST", "/receivers/"+id+"/pause", `{"reason":"for the night"}`))
		o.ask(t, 200, "POST", "/receivers/"+id+"/pause", "")
		report(t, map[string]any{"state": "active", "reason": "$absent"}, o.ask(t, 200, "POST", "/receivers/"+id+"/resume", ""))
		report(t, map[string]any{"field": "kind"}, o.ask(t, 409, "POST", "/receivers/"+poll["id"].(string)+"/ping", ""))
		report(t, map[string]any{"field": "kind"}, o.ask(t, 409, "POST", "/receivers/"+poll["id"].(string)+"/rotate-secret", ""))
		o.ask(t, 204, "DELETE", "/receivers/"+id+"?reason=gone", "")
		o.ask(t, 404, "GET", "/receivers/"+id, "")
		var actions []string
		for _, row := range o.ask(t, 200, "GET", "/audit?order=oldest&action=receiver.", "")["rows"].([]any) {
			actions = append(actions, row.(map[string]any)["action"].(string))
		}
		want := []string{"receiver.create", "receiver.create", "receiver.create", "receiver.update", "receiver.pause", "receiver.resume", "receiver.delete"}
		if diff := cmp.Diff(want, actions); diff != "" {
			t.Errorf("the trail (-want +got):\n%s", diff)
		}
	})
}

// TestReceiversRefuse sends what is wrong, and what is another tenant's.
func TestReceiversRefuse(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := o.ask(t, 201, "POST", "/receivers", `{"name":"one","kind":"set-poll"}`)["id"].(string)
		for name, try := range map[string]struct {
			status             int
			method, path, body string
			field              string
		}{
			"no name":             {400, "POST", "", `{"kind":"set-poll"}`, "name"},
			"no kind":             {400, "POST", "", `{"name":"x"}`, "kind"},
			"no URL":              {400, "POST", "", `{"name":"x","kind":"webhook"}`, "url"},
			"a URL too many":      {400, "POST", "", `{"name":"x","kind":"set-poll","url":"https://receiver.example"}`, "url"},
			"private URL":         {400, "POST", "", `{"name":"x","kind":"webhook","url":"https://10.0.0.1/"}`, "url"},
			"no URL at all":       {400, "POST", "", `{"name":"x","kind":"webhook","url":"ftp://receiver.example"}`, "url"},
			"user in the URL":     {400, "POST", "", `{"name":"x","kind":"webhook","url":"https://a:b@receiver.example"}`, "url"},
			"no type":             {400, "POST", "", `{"name":"x","kind":"set-poll","events":["prov:create","all"]}`, "events[1]"},
			"no form":             {400, "POST", "", `{"name":"x","kind":"set-poll","form":"short"}`, "form"},
			"bearer of a webhook": {400, "POST", "", `{"name":"x","kind":"webhook","url":"https://receiver.example","bearer":"b"}`, "bearer"},
			"NUL":                 {400, "POST", "", `{"name":"a\u0000b","kind":"set-poll"}`, "name"},
			"unknown member":      {400, "POST", "", `{"name":"x","kind":"set-poll","secret":"mine"}`, "secret"},
			"no connection":       {400, "POST", "", `{"name":"x","kind":"set-poll","connection":"none"}`, "connection"},
			"who is called":       {400, "POST", "", `{"name":"x","kind":"webhook","url":"https://receiver.example","connection":"default"}`, "connection"},
			"long reason":         {400, "POST", "?reason=" + strings.Repeat("x", 1001), `{"name":"x","kind":"set-poll"}`, "reason"},
			"another kind":        {400, "PUT", "/" + id, `{"name":"one","kind":"webhook","url":"https://receiver.example"}`, "kind"},
			"replay to where":     {400, "POST", "/" + id + "/replay", `{}`, "position"},
			"replay to both":      {400, "POST", "/" + id + "/replay", `{"position":1,"time":"2020-01-01T00:00:00Z"}`, "time"},
			"replay the future":   {400, "POST", "/" + id + "/replay", `{"position":1000000}`, "position"},
			"replay no time":      {400, "POST", "/" + id + "/replay", `{"time":"yesterday"}`, "time"},
			"resend nothing":      {404, "POST", "/" + id + "/deliveries/1/resend", "", ""},
			"resend to nobody":    {404, "POST", "/" + uuid.NewString() + "/deliveries/resend-failed", "", ""},
			"resend no position":  {404, "POST", "/" + id + "/deliveries/first/resend", "", ""},
			"state of a delivery": {400, "GET", "/" + id + "/deliveries?state=lost", "", "state"},
			"subject":             {400, "GET", "/" + id + "/deliveries?subject=ada", "", "subject"},
			"type alone":          {400, "GET", "/" + id + "/deliveries?subjectType=User", "", "subjectType"},
			"time":                {400, "GET", "/" + id + "/deliveries?from=now", "", "from"},
			"cursor":              {400, "GET", "/" + id + "/deliveries?cursor=x", "", "cursor"},
			"count":               {400, "GET", "/" + id + "/deliveries?count=0", "", "count"},
			"poll with nothing":   {400, "POST", "/" + id + "/poll", "", ""},
			"poll with less":      {400, "POST", "/" + id + "/poll", `{"maxEvents":-1}`, "maxEvents"},
			"poll with nonsense":  {400, "POST", "/" + id + "/poll", `{"ack":"all"}`, "ack"},
			"nobody":              {404, "GET", "/" + uuid.NewString(), "", ""},
			"no id":               {404, "GET", "/one", "", ""},
		} {
			got := o.ask(t, try.status, try.method, "/receivers"+try.path, try.body)
			if field, _ := got["field"].(string); field != try.field {
				t.Errorf("%s: field %q, want %q: %v", name, field, try.field, got["detail"])
			}
		}
		foreign := *o.server
		foreign.Token = o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write","events:read"]}`)["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		report(t, map[string]any{"receivers": "$len:0"}, acme.ask(t, 200, "GET", "/receivers", ""))
		for _, try := range [][3]string{
			{"GET", "", ""},
			{"PUT", "", `{"name":"mine"}`},
			{"DELETE", "", ""},
			{"POST", "/pause", ""},
			{"POST", "/resume", ""},
			{"POST", "/ping", ""},
			{"POST", "/rotate-secret", ""},
			{"POST", "/replay", `{"position":0}`},
			{"GET", "/deliveries", ""},
			{"POST", "/deliveries/1/resend", ""},
			{"POST", "/deliveries/resend-failed", ""},
			{"POST", "/poll", `{}`},
		} {
			acme.ask(t, 404, try[0], "/receivers/"+id+try[1], try[2])
		}
		acme.ask(t, 403, "POST", "/signing-keys/rotate", "")
	})
}

// TestWebhook lets a webhook get what happens to a user, looks into its log, and
// has it sent again.
func TestWebhook(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, h := s.desk(), newHook(t)
		made := o.ask(t, 201, "POST", "/receivers", `{"name":"hook","kind":"webhook","url":"`+h.URL+`"}`)
		at := "/receivers/" + made["id"].(string)
		begun := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		id, other := s.user(t, "ada", `"title":"Dr"`), s.user(t, "bob")
		s.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"replace","path":"displayName","value":"Ada"}`, `{"op":"remove","path":"title"}`, `{"op":"replace","path":"active","value":false}`),
			"X-Request-Id", "request-of-ada")
		calls := h.until(t, time.Minute, func(calls []hookCall) bool {
			return len(of(calls, "status:change", id)) == 1 && len(of(calls, "prov:create", other)) == 1
		})
		patch := of(calls, "prov:patch", id)
		if len(patch) != 1 || patch[0].Event.Data.Txn != "request-of-ada" {
			t.Fatalf("%d calls of prov:patch: %+v", len(patch), patch)
		}
		if !signed(made["secret"].(string), &patch[0]) {
			t.Error("the call is not signed with the secret")
		}
		position := fmt.Sprint(patch[0].Event.Data.Position)
		// Two creations, and of the change prov:patch, prov:deactivate, status:change,
		// caep:session-revoked and risc:account-disabled.
		const events = 7
		o.settled(t, at, events)
		page := o.ask(t, 200, "GET", at+"/deliveries?state=delivered&count=1", "")
		report(t, map[string]any{"deliveries": "$len:1"}, page)
		seen := 0
		for next, _ := page["next"].(string); next != ""; seen++ {
			page = o.ask(t, 200, "GET", at+"/deliveries?count=1&cursor="+next, "")
			next, _ = page["next"].(string)
		}
		if rows := o.ask(t, 200, "GET", at+"/deliveries?from="+begun, "")["deliveries"].([]any); len(rows) != seen+1 {
			t.Errorf("%d rows on pages, %d at once", seen+1, len(rows))
		}
		report(t, map[string]any{"deliveries": "$len:0"}, o.ask(t, 200, "GET", at+"/deliveries?until="+begun, ""))
		report(t, map[string]any{"deliveries": "$len:0"}, o.ask(t, 200, "GET", at+"/deliveries?from="+url.QueryEscape("2090-01-01T00:00:00+02:00"), ""))
		report(t, map[string]any{"deliveries": "$len:0"}, o.ask(t, 200, "GET", at+"/deliveries?subjectType=Group&subject="+other, ""))
		report(t, map[string]any{"deliveries": []any{map[string]any{"event": "prov:create", "subjectId": other, "state": "delivered", "status": 204.0, "version": 1.0, "attempts": 1.0}}},
			o.ask(t, 200, "GET", at+"/deliveries?subject="+other, ""))
		o.ask(t, 204, "POST", at+"/deliveries/"+position+"/resend", `{"reason":"lost"}`)
		calls = h.until(t, time.Minute, func(calls []hookCall) bool { return len(of(calls, "prov:patch", id)) == 2 })
		if both := of(calls, "prov:patch", id); both[0].Header.Get("Webhook-Id") != both[1].Header.Get("Webhook-Id") {
			t.Error("the event that was sent again has another id")
		}
		o.settled(t, at, events)
		report(t, map[string]any{"position": 0.0}, o.ask(t, 200, "POST", at+"/replay", `{"time":"`+begun+`"}`))
		h.until(t, time.Minute, func(calls []hookCall) bool { return len(of(calls, "prov:patch", id)) == 3 })
	})
}

// settled waits until a receiver has recorded n deliveries: a call is recorded
// after it was answered.
func (o *office) settled(t *testing.T, at string, n int) {
	t.Helper()
	await.For(t, time.Minute, fmt.Sprintf("%d deliveries", n), func() (int, bool) {
		recorded := len(o.ask(t, 200, "GET", at+"/deliveries?state=delivered&count=500", "")["deliveries"].([]any))
		return recorded, recorded == n
	})
}

// signed checks a call as Standard Webhooks 1.0 says.
func signed(secret string, call *hookCall) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", call.Header.Get("Webhook-Id"), call.Header.Get("Webhook-Timestamp"), call.Body)
	wanted := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for one := range strings.FieldsSeq(call.Header.Get("Webhook-Signature")) {
		if hmac.Equal([]byte(one), []byte(wanted)) {
			return true
		}
	}
	return false
}

// TestWebhookSecrets rotates the secret of a webhook with and without an
// overlap, and tries a receiver that does not answer well.
func TestWebhookSecrets(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o, h := s.desk(), newHook(t)
		made := o.ask(t, 201, "POST", "/receivers", `{"name":"hook","kind":"webhook","url":"`+h.URL+`"}`)
		at, first := "/receivers/"+made["id"].(string), made["secret"].(string)
		ping := func(want bool) *hookCall {
			report(t, map[string]any{"taken": want}, o.ask(t, 200, "POST", at+"/ping", ""))
			calls := h.all()
			return &calls[len(calls)-1]
		}
		second := o.ask(t, 200, "POST", at+"/rotate-secret", `{"overlap":"1h","reason":"yearly"}`)["secret"].(string)
		if call := ping(true); !signed(first, call) || !signed(second, call) || call.Event.Type != "rollcall:ping" {
			t.Error("within the overlap both secrets sign")
		}
		third := o.ask(t, 200, "POST", at+"/rotate-secret", `{"overlap":"0s"}`)["secret"].(string)
		if call := ping(true); signed(second, call) || !signed(third, call) {
			t.Error("without an overlap the new secret alone signs")
		}
		report(t, map[string]any{"field": "overlap"}, o.ask(t, 400, "POST", at+"/rotate-secret", `{"overlap":"8d"}`))
		report(t, map[string]any{"field": "overlap"}, o.ask(t, 400, "POST", at+"/rotate-secret", `{"overlap":"soon"}`))
		h.answer(http.StatusTeapot, "")
		ping(false)
	})
}
