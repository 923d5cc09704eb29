package conformance

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestAdminEntries makes users in every way, and brings each to the end that it
// waits for.
func TestAdminEntries(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		create := func(status int, entry, name string, more ...string) map[string]any {
			return o.ask(t, status, "POST", "/users?entry="+entry, `{`+userSchemas+`,"userName":"`+name+`"`+joined(more)+`}`)
		}
		const email = `"emails":[{"value":"ada@example.com"}]`
		enrolled := create(201, "enrolled", "enrolled")
		report(t, map[string]any{"from": "None", "to": "Active", "changed": true, "events": []any{"prov:create"}}, enrolled)
		report(t, map[string]any{"source": "local", "status": "Active"}, o.ask(t, 200, "GET", "/users/"+enrolled["id"].(string), ""))

		staged := create(201, "staged", "staged")["id"].(string)
		report(t, map[string]any{"status": "Inactive", "cause": "staged"}, o.ask(t, 200, "GET", "/users/"+staged, ""))
		report(t, map[string]any{"active": false}, s.want(t, 200, "GET", "/Users/"+staged, ""))
		report(t, map[string]any{"from": "Inactive", "to": "Active"}, o.act(t, 200, staged, "activate", ""))

		submitted := create(201, "submitted", "submitted")["id"].(string)
		explained := o.ask(t, 200, "GET", "/users/"+submitted, "")
		report(t, map[string]any{"status": "Pending", "cause": "awaitsApproval"}, explained)
		if !strings.Contains(fmt.Sprint(explained["allowed"]), "activate") {
			t.Errorf("allowed: %v", explained["allowed"])
		}
		report(t, map[string]any{"from": "Pending", "to": "Active"}, o.act(t, 200, submitted, "activate", ""))

		report(t, map[string]any{"why": "no-email"}, create(409, "invited", "nowhere"))
		const extension = `"urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User"`
		machine := o.ask(t, 409, "POST", "/users?entry=invited", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",`+extension+`],"userName":"robot",`+
			email+`,`+extension+`:{"apiOnly":true,"purpose":"sync"}}`)
		report(t, map[string]any{"why": "api-only", "try": "$absent", "detail": "$re:^invite is not possible: nobody signs in"}, machine)
		create(201, "enrolled", "robot")
		report(t, map[string]any{"totalResults": 0.0}, o.ask(t, 200, "GET", "/users?filter="+url.QueryEscape(`userName eq "nowhere"`), ""))
		invited := create(201, "invited", "invited", email)
		report(t, map[string]any{"from": "None", "to": "Pending", "events": []any{"prov:create", "status:change"}, "letters": []any{map[string]any{"kind": "invite", "to": "ada@example.com"}}}, invited)
		id := invited["id"].(string)
		report(t, map[string]any{"why": "awaits-email", "try": []any{"invite"}}, o.act(t, 409, id, "activate", ""))
		again := o.act(t, 200, id, "invite", `{"approval":true}`)
		if fmt.Sprint(again["letters"]) == fmt.Sprint(invited["letters"]) {
			t.Error("the link is the same")
		}
		_, secret, whole := strings.Cut(again["letters"].([]any)[0].(map[string]any)["link"].(string), "/t/default/account/invite?link=")
		if text := fmt.Sprint(o.ask(t, 200, "GET", "/users/"+id+"/history", "")); !whole || strings.Contains(text, secret) {
			t.Error("the secret of the link is in the trail")
		}
		report(t, map[string]any{"facts": map[string]any{"pendingOn": "email approval"}}, o.ask(t, 200, "GET", "/users/"+id, ""))

		create(409, "enrolled", "ENROLLED")
		report(t, map[string]any{"field": "entry", "detail": "$re:one of enrolled, staged, submitted, invited"}, create(400, "hired", "x"))
		// Short by its characters, and by those that are left of it when it is compared.
		create(400, "enrolled", "x", `"password":"1234567"`)
		create(400, "staged", "x", `"password":"e\u0301e\u0301e\u0301e\u0301123"`)
		create(201, "enrolled", "careful", `"password":"12345678"`)
		create(400, "enrolled", "x", `"active":7`)
		create(400, "staged", "off", `"active":false`) // without a reason
	})
}
