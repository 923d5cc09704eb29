package conformance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/internal/await"
)

const asyncEvent = "urn:ietf:params:scim:event:misc:asyncresp"

// later sends a request that is to be carried out later and returns its txn.
func (s *server) later(t *testing.T, method, path, body string, headers ...string) string {
	t.Helper()
	status, header, document := s.do(t, method, path, body, append(headers, "Prefer", "respond-async")...)
	if status != http.StatusAccepted || document != nil {
		t.Fatalf("%s %s: status %d, %s; want 202 without a body", method, path, status, brief(document))
	}
	txn := header.Get("Set-Txn")
	if txn == "" || header.Get("Preference-Applied") != "respond-async" || header.Get("Location") != s.Base+"/AsyncStatus/"+txn {
		t.Errorf("%s %s: headers %v", method, path, header)
	}
	return txn
}

// completed waits until a request has been carried out and returns the claims.
func (s *server) completed(t *testing.T, txn string) map[string]any {
	t.Helper()
	return await.For(t, time.Minute, "the request is carried out", func() (map[string]any, bool) {
		status, header, document := s.do(t, "GET", "/AsyncStatus/"+txn, "")
		if status != http.StatusOK && (status != http.StatusAccepted || header.Get("Retry-After") == "" || document != nil) {
			t.Fatalf("status %d, %v: %s", status, header, brief(document))
		}
		return document, status == http.StatusOK
	})
}

// operation is the payload of a completion event.
func operation(claims map[string]any) map[string]any {
	events, _ := claims["events"].(map[string]any)
	payload, _ := events[asyncEvent].(map[string]any)
	return payload
}

// outcome sends a request to be carried out later and returns the payload of
// its completion event.
func (s *server) outcome(t *testing.T, method, path, body string, headers ...string) map[string]any {
	t.Helper()
	return operation(s.completed(t, s.later(t, method, path, body, headers...)))
}

// TestAsyncRequests sends each kind of write, to be carried out later.
func TestAsyncRequests(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("EVT-22..25,27,28 POST", func(t *testing.T) {
			txn := s.later(t, "POST", "/Users?attributes=userName", `{`+userSchemas+`,"userName":"later","password":"Secret-1-later"}`, "Accept", "text/html")
			claims := s.completed(t, txn)
			response := operation(claims)
			id, _ := response["response"].(map[string]any)["id"].(string)
			stored := s.want(t, 200, "GET", "/Users/"+id, "")
			report(t, map[string]any{
				"txn": txn, "sub_id": map[string]any{"format": "scim", "uri": "/Users/" + id},
				"events": map[string]any{asyncEvent: map[string]any{
					"method": "POST", "status": "201", "location": s.Base + "/Users/" + id,
					"version":  stored["meta"].(map[string]any)["version"],
					"response": map[string]any{"userName": "later", "meta": "$absent"},
				}},
			}, claims)
		})
		t.Run("EVT-22,28 PUT, PATCH and DELETE", func(t *testing.T) {
			id := s.user(t, "changed")
			path := "/Users/" + id
			version := s.want(t, 200, "GET", path, "")["meta"].(map[string]any)["version"].(string)
			put := s.outcome(t, "PUT", path, `{`+userSchemas+`,"userName":"changed","title":"A"}`, "If-Match", version)
			report(t, map[string]any{"method": "PUT", "status": "200", "location": s.Base + path, "response": map[string]any{"title": "A"}}, put)
			patched := s.outcome(t, "PATCH", path, patchOp(`{"op":"replace","path":"title","value":"B"}`))
			report(t, map[string]any{"method": "PATCH", "status": "200", "response": map[string]any{"title": "B", "meta": map[string]any{"version": patched["version"]}}}, patched)
			stale := s.outcome(t, "DELETE", path, "", "If-Match", version)
			report(t, map[string]any{"method": "DELETE", "status": "412", "location": s.Base + path, "response": map[string]any{"status": "412"}}, stale)
			gone := s.outcome(t, "DELETE", path, "")
			report(t, map[string]any{"method": "DELETE", "status": "204", "response": "$absent"}, gone)
			s.want(t, 404, "GET", path, "")
		})
		t.Run("EVT-22 PATCH of a group answers without it", func(t *testing.T) {
			id := s.group(t, "later")
			report(t, map[string]any{"status": "204", "response": "$absent"}, s.outcome(t, "PATCH", "/Groups/"+id, patchOp(`{"op":"add","path":"externalId","value":"x"}`)))
		})
		t.Run("EVT-28,29 what is refused", func(t *testing.T) {
			s.user(t, "taken-later")
			lax := s.lenient()
			claims := s.completed(t, s.later(t, "POST", "/Users", `{`+userSchemas+`,"userName":"Taken-Later"}`))
			report(t, map[string]any{"sub_id": map[string]any{"uri": "/Users"}}, claims)
			report(t, map[string]any{"status": "409", "location": "$absent", "response": map[string]any{
				"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": "409", "scimType": "uniqueness", "detail": "$string",
			}}, operation(claims))
			report(t, map[string]any{"status": "400", "response": map[string]any{"scimType": "invalidValue"}}, lax.outcome(t, "POST", "/Users", `{`+userSchemas+`}`))
			report(t, map[string]any{"status": "404", "response": map[string]any{"status": "404"}}, lax.outcome(t, "DELETE", "/Users/nobody", ""))
		})
		t.Run("EVT-01..03 announced", func(t *testing.T) {
			config := s.want(t, 200, "GET", "/ServiceProviderConfig", "")
			report(t, map[string]any{"securityEvents": map[string]any{"asyncRequest": "request", "eventUris": "$len:16"}}, config)
		})
	})
}

// TestAsyncBulk: one completion for each operation, by its place.
func TestAsyncBulk(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("EVT-30,31 AMB-08 in the order of the request", func(t *testing.T) {
			s.user(t, "taken")
			body := bulkBody("", postGroup("g", "later", "bulkId:u"), postUser("t", "taken"), postUser("u", "bulk-later"), postGroup("f", "failed", "bulkId:t"))
			txn := s.later(t, "POST", "/Bulk", body)
			list := s.completed(t, txn)
			var want []any
			for n, one := range []struct{ id, status string }{{"g", "201"}, {"t", "409"}, {"u", "201"}, {"f", "409"}} {
				want = append(want, map[string]any{
					"txn":    txn + ":" + string(rune('0'+n)),
					"events": map[string]any{asyncEvent: map[string]any{"method": "POST", "bulkId": one.id, "status": one.status}},
				})
			}
			report(t, map[string]any{"totalResults": 4.0, "Resources": want}, list)
			group := operation(list["Resources"].([]any)[0].(map[string]any))["location"].(string)
			members := s.want(t, 200, "GET", strings.TrimPrefix(group, s.Base), "")["members"]
			if len(listOf(members)) != 1 {
				t.Errorf("members: %v", members)
			}
		})
		t.Run("EVT-29 a bulk request that is none", func(t *testing.T) {
			report(t, map[string]any{"status": "400", "response": map[string]any{"scimType": "invalidSyntax"}}, s.lenient().outcome(t, "POST", "/Bulk", `{"schemas":[]}`))
		})
	})
}

// TestAsyncWait: who waits long enough is answered as usual.
func TestAsyncWait(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		t.Run("EVT-26 wait", func(t *testing.T) {
			status, header, created := s.do(t, "POST", "/Users", `{`+userSchemas+`,"userName":"waited"}`, "Prefer", `wait="20", respond-async`)
			if status != 201 || header.Get("Set-Txn") != "" || header.Get("Location") == "" || header.Get("ETag") != created["meta"].(map[string]any)["version"] {
				t.Fatalf("POST: status %d, %v: %s", status, header, brief(created))
			}
			path := "/Users/" + created["id"].(string)
			same(t, created, s.want(t, 200, "GET", path, ""))
			s.refuse(t, 409, "uniqueness", "POST", "/Users", `{`+userSchemas+`,"userName":"waited"}`, "Prefer", "respond-async; x=1, wait=20")
			results := s.want(t, 200, "POST", "/Bulk", bulkBody("", postUser("a", "waited-a"), postUser("b", "waited")), "Prefer", "respond-async,wait=20")
			report(t, map[string]any{"Operations": []any{map[string]any{"status": "201"}, map[string]any{"status": "409", "response": map[string]any{"scimType": "uniqueness"}}}}, results)
			if status, header, _ := s.do(t, "DELETE", path, "", "Prefer", "RESPOND-ASYNC, wait=20, wait=0"); status != 204 {
				t.Errorf("DELETE: status %d, %v", status, header)
			}
		})
	})
}

// TestAsyncIsNotForReads: elsewhere the header is passed over.
func TestAsyncIsNotForReads(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		path := "/Users/" + s.user(t, "read")
		for _, read := range []struct{ method, path, body string }{
			{"GET", path, ""},
			{"HEAD", path, ""},
			{"GET", "/Users", ""},
			{"GET", "/ServiceProviderConfig", ""},
			{"POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`},
		} {
			status, header, _ := s.do(t, read.method, read.path, read.body, "Prefer", "respond-async")
			if status != 200 || header.Get("Set-Txn")+header.Get("Preference-Applied") != "" {
				t.Errorf("%s %s: status %d, %v", read.method, read.path, status, header)
			}
		}
		for _, prefer := range []string{"wait=5", "return=minimal", `x="respond-async"`, "respond-asynchronously", ""} {
			s.want(t, 200, "PATCH", path, patchOp(`{"op":"add","path":"title","value":"T"}`), "Prefer", prefer)
		}
	})
}

// TestAsyncRefusesAtOnce what no wait can mend.
func TestAsyncRefusesAtOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		path := "/Users/" + s.user(t, "refused")
		async := []string{"Prefer", "respond-async"}
		for _, body := range []string{`{`, `[]`, `{"a":1,"a":2}`, `{} {}`, "{\"a\":\"\xff\"}", ` `} {
			s.refuse(t, 400, "invalidSyntax", "POST", "/Users", body, async...)
			s.refuse(t, 400, "invalidSyntax", "PATCH", path, body, async...)
			s.refuse(t, 400, "invalidSyntax", "POST", "/Bulk", body, async...)
		}
		s.refuse(t, 415, "", "PUT", path, `{}`, append(async, "Content-Type", "text/plain")...)
		s.refuse(t, 413, "", "PUT", path, `{"a":"`+strings.Repeat("x", 1<<20)+`"}`, async...)
		s.refuse(t, 413, "", "POST", "/Bulk", `{"a":"`+strings.Repeat("x", 8<<20)+`"}`, async...)
		s.refuse(t, 400, "invalidValue", "PATCH", path+"?attributes=id&excludedAttributes=name", patchOp(), async...)
		s.refuse(t, 404, "", "POST", "/Nowhere", `{}`, async...)
		s.refuse(t, 405, "", "PUT", "/Users", `{}`, async...)
	})
}
