package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const lifecycleURN = "urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User"

// approvals are the policies that tests choose between.
const (
	nobodyWaits      = `{}`
	provisionedWaits = `{"approval":{"provisioned":true}}`
	invitedWaits     = `{"approval":{"invited":true}}`
)

// waiting is an account that waits for an approval, as SCIM shows it.
func waiting(more map[string]any) map[string]any {
	want := map[string]any{"active": false, lifecycleURN: map[string]any{"status": "Pending", "statusReason": "awaitsApproval"}}
	for name, value := range more {
		want[name] = value
	}
	return want
}

// TestProvisionedAccountsWait makes accounts over SCIM under a policy that lets
// an approver decide, and finds no way for a connection to decide itself.
func TestProvisionedAccountsWait(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		before := s.user(t, "before")
		o.ask(t, 200, "PUT", "/policy", provisionedWaits)
		created := s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"ada","active":true,"password":"Correct-Horse-1"}`)
		report(t, waiting(nil), created)
		id, path := created["id"].(string), "/Users/"+created["id"].(string)
		if o.verifies(t, "ada", "Correct-Horse-1") {
			t.Error("who waits can sign in")
		}
		report(t, map[string]any{"active": true}, s.want(t, 200, "GET", "/Users/"+before, ""))

		t.Run("a connection does not approve", func(t *testing.T) {
			history := o.actions(t, id)
			version := s.version(t, path)
			for range 2 {
				for _, wish := range []struct{ method, body string }{
					{"PUT", `{` + userSchemas + `,"userName":"ada","active":true}`},
					{"PATCH", patchOp(`{"op":"replace","path":"active","value":true}`)},
					{"PATCH", patchOp(`{"op":"replace","value":{"active":true}}`)},
				} {
					report(t, waiting(nil), s.want(t, 200, wish.method, path, wish.body))
				}
				done := s.want(t, 200, "POST", "/Bulk", bulkBody("",
					`{"method":"PUT","path":"`+path+`","data":{`+userSchemas+`,"userName":"ada","active":true}}`,
					`{"method":"PATCH","path":"`+path+`","data":`+patchOp(`{"op":"replace","path":"active","value":true}`)+`}`))
				if got := bulkStatuses(done); got != "200 200" {
					t.Errorf("in bulk: %s", got)
				}
			}
			report(t, waiting(nil), s.want(t, 200, "GET", path, ""))
			if after := o.actions(t, id); !slices.Equal(history, after) || s.version(t, path) != version {
				t.Errorf("a wish that comes to nothing leaves something: %v, before %v", after, history)
			}
			report(t, waiting(map[string]any{"displayName": "Ada"}), s.want(t, 200, "PATCH", path,
				patchOp(`{"op":"replace","path":"active","value":true}`, `{"op":"add","path":"displayName","value":"Ada"}`)))
		})
		t.Run("suspensions lie above", func(t *testing.T) {
			report(t, map[string]any{lifecycleURN: map[string]any{"status": "Suspended"}}, s.want(t, 200, "PATCH", path, patchOp(`{"op":"replace","path":"active","value":false}`)))
			report(t, waiting(nil), s.want(t, 200, "PATCH", path, patchOp(`{"op":"replace","path":"active","value":true}`)))
			off := s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"off","active":false}`)["id"].(string)
			if done := o.act(t, 200, off, "approve", ""); done["to"] != "Suspended" || done["changed"] != true {
				t.Errorf("approved while suspended: %s", brief(done))
			}
			report(t, map[string]any{"active": true}, s.want(t, 200, "PATCH", "/Users/"+off, patchOp(`{"op":"replace","path":"active","value":true}`)))
		})
		t.Run("in bulk", func(t *testing.T) {
			done := s.want(t, 200, "POST", "/Bulk", bulkBody("", postUser("a", "bulk-a"), postGroup("g", "bulk-g", "bulkId:a")))
			report(t, waiting(map[string]any{"groups": "$len:1"}), s.want(t, 200, "GET", "/Users/"+made(t, done, 0), ""))
		})
		t.Run("later", func(t *testing.T) {
			payload := s.outcome(t, "POST", "/Users", `{`+userSchemas+`,"userName":"later"}`)
			report(t, waiting(nil), payload["response"])
		})
		t.Run("administrators decide by making", func(t *testing.T) {
			entered := o.ask(t, 201, "POST", "/users", `{`+userSchemas+`,"userName":"entered"}`)
			if entered["to"] != "Active" {
				t.Errorf("entered: %s", brief(entered))
			}
		})
		t.Run("approved", func(t *testing.T) {
			allowed := o.ask(t, 200, "GET", "/users/"+id, "")["allowed"].([]any)
			if !slices.Contains(allowed, any("approve")) {
				t.Errorf("allowed: %v", allowed)
			}
			refused := o.act(t, 409, id, "reset-password", "")
			if why := fmt.Sprint(refused["why"]); why != "no-email" && why != "awaits-approval" {
				t.Errorf("refused: %s", brief(refused))
			}
			done := o.act(t, 200, id, "approve", `{"reason":"known"}`)
			if done["from"] != "Pending" || done["to"] != "Active" {
				t.Errorf("approved: %s", brief(done))
			}
			report(t, map[string]any{"active": true, lifecycleURN: map[string]any{"status": "Active"}}, s.want(t, 200, "GET", path, ""))
			if !o.verifies(t, "ada", "Correct-Horse-1") {
				t.Error("who was approved cannot sign in")
			}
			if again := o.act(t, 200, id, "approve", ""); again["changed"] != false {
				t.Errorf("approved again: %s", brief(again))
			}
			row := o.ask(t, 200, "GET", "/users/"+id+"/history", "")["rows"].([]any)[0].(map[string]any)
			report(t, map[string]any{"action": "user.approve", "reason": "known", "changes": map[string]any{"status": []any{"Pending", "Active"}}}, row)
			var types []string
			for _, row := range s.outbox(t, []string{id}) {
				types = append(types, row.Type)
			}
			if told := strings.Join(types, " "); !strings.HasPrefix(told, "prov:create ") || !strings.HasSuffix(told, " status:change prov:activate risc:account-enabled") {
				t.Errorf("events: %s", told)
			}
		})
		t.Run("not approved", func(t *testing.T) {
			other := s.user(t, "stranger")
			if done := o.act(t, 200, other, "deprovision", `{"reason":"nobody knows them"}`); done["from"] != "Pending" || done["to"] != "Deprovisioned" {
				t.Errorf("deprovisioned: %s", brief(done))
			}
			s.want(t, 404, "GET", "/Users/"+other, "")
			o.act(t, 200, other, "restore", "")
			// An approval is not given by a way through the departed.
			if done := o.act(t, 200, other, "activate", ""); done["to"] != "Active" {
				t.Errorf("activate of an administrator approves: %s", brief(done))
			}
		})
	})
}

// TestAPIOnlyAccountsWait lets an account for tokens wait like any other.
func TestAPIOnlyAccountsWait(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		o.ask(t, 200, "PUT", "/policy", provisionedWaits)
		machine := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + lifecycleURN + `"],"userName":"backup","` + lifecycleURN + `":{"apiOnly":true,"purpose":"backups"}}`
		made := s.want(t, 201, "POST", "/Users", machine)
		report(t, waiting(nil), made)
		if done := o.act(t, 200, made["id"].(string), "approve", ""); done["to"] != "Active" {
			t.Errorf("approved: %s", brief(done))
		}
		person := s.user(t, "person")
		report(t, waiting(nil), s.want(t, 200, "PATCH", "/Users/"+person, patchOp(`{"op":"add","value":{"`+lifecycleURN+`":{"apiOnly":true,"purpose":"no person after all"}}}`)))
	})
}

// TestInvitedAccountsWait invites under a policy that lets an approver decide as
// well, in either order.
func TestInvitedAccountsWait(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		o.ask(t, 200, "PUT", "/policy", invitedWaits)
		visitor := person{strings.TrimSuffix(s.Base, "/scim/v2")}
		link := func(outcome map[string]any) string {
			return strings.TrimPrefix(outcome["letters"].([]any)[0].(map[string]any)["link"].(string), visitor.root)
		}
		for _, first := range []string{"the owner", "the approver"} {
			name := strings.ReplaceAll(first, " ", "-")
			invited := o.invited(t, name)
			id := invited["id"].(string)
			report(t, map[string]any{"status": "Pending", "cause": "awaitsEmail", "facts": map[string]any{"pendingOn": "email approval"}}, o.ask(t, 200, "GET", "/users/"+id, ""))
			approve := func() {
				if done := o.act(t, 200, id, "approve", ""); done["changed"] != true {
					t.Errorf("approve: %s", brief(done))
				}
			}
			if first == "the approver" {
				approve()
				// Another link does not ask again for what was given.
				invited = o.act(t, 200, id, "invite", "")
				report(t, map[string]any{"facts": map[string]any{"pendingOn": "email"}}, o.ask(t, 200, "GET", "/users/"+id, ""))
			}
			visitor.choose(t, link(invited), "Correct-Horse-1")
			if first == "the owner" {
				report(t, map[string]any{"status": "Pending", "cause": "awaitsApproval"}, o.ask(t, 200, "GET", "/users/"+id, ""))
				if o.verifies(t, name, "Correct-Horse-1") {
					t.Error("signs in before the approval")
				}
				approve()
			}
			if !o.verifies(t, name, "Correct-Horse-1") {
				t.Errorf("%s came first: cannot sign in", first)
			}
		}
		// Accounts of connections are not meant by it.
		report(t, map[string]any{"active": true}, s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"pushed"}`))
	})
}

// TestApprovalsInBatches finds those who wait by filter, approves them and takes
// it back.
func TestApprovalsInBatches(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		early := s.user(t, "early")
		o.ask(t, 200, "PUT", "/policy", provisionedWaits)
		ids := s.crowd(t, "wait", 30)
		const who = lifecycleURN + `:statusReason eq \"awaitsApproval\"`
		found := o.ask(t, 200, "GET", "/users?"+filterQuery(lifecycleURN+`:status eq "Pending"`), "")
		report(t, map[string]any{"totalResults": 30.0}, found)
		report(t, map[string]any{"totalResults": 30.0}, s.want(t, 200, "GET", "/Users?"+filterQuery(lifecycleURN+`:statusReason eq "awaitsApproval"`), ""))

		dry := o.ask(t, 200, "POST", "/batches?dryRun=true", batchBody("approve", `{"filter":"`+who+`"}`, -1))
		counts(t, dry, 30, 0, 0)
		if o.status(t, ids[0]) != "Pending" {
			t.Error("a dry run did something")
		}
		applied := o.done(t, batchBody("approve", selected(append(slices.Clone(ids), early)...), 31))
		counts(t, applied, 30, 1, 0)
		if o.status(t, ids[0]) != "Active" || o.status(t, ids[29]) != "Active" {
			t.Error("not approved")
		}
		// Who has changed since otherwise keeps that; the approval is taken back.
		s.want(t, 200, "PATCH", "/Users/"+ids[1], patchOp(`{"op":"add","path":"displayName","value":"One"}`))
		o.act(t, 200, ids[2], "deprovision", "")
		counts(t, o.undone(t, applied), 29, 0, 1)
		report(t, waiting(map[string]any{"displayName": "One"}), s.want(t, 200, "GET", "/Users/"+ids[1], ""))
		report(t, map[string]any{"active": true}, s.want(t, 200, "GET", "/Users/"+early, ""))
	})
}

// TestApprovalPolicyChanges toggles the policy while accounts wait, and starts
// the server again: who waits waits on, and nobody begins to.
func TestApprovalPolicyChanges(t *testing.T) {
	t.Parallel()
	onEachRestarted(t, func(t *testing.T, r *restarts) {
		var waits, free string
		r.with("", func(s *server) {
			o := s.desk()
			o.ask(t, 400, "PUT", "/policy", `{"approval":{"provisoned":true}}`)
			o.ask(t, 400, "PUT", "/policy", `{"approval":{"provisioned":"yes"}}`)
			report(t, map[string]any{"policy": map[string]any{"approval": map[string]any{"invited": false, "provisioned": true}}}, o.ask(t, 200, "PUT", "/policy", provisionedWaits))
			waits = s.user(t, "waits")
			o.ask(t, 200, "PUT", "/policy", nobodyWaits)
			free = s.user(t, "free")
			report(t, waiting(nil), s.want(t, 200, "PATCH", "/Users/"+waits, patchOp(`{"op":"replace","path":"active","value":true}`)))
			o.ask(t, 200, "PUT", "/policy", provisionedWaits)
			report(t, map[string]any{"active": true}, s.want(t, 200, "GET", "/Users/"+free, ""))
		})
		r.with("", func(s *server) {
			o := s.desk()
			report(t, waiting(nil), s.want(t, 200, "GET", "/Users/"+waits, ""))
			report(t, waiting(nil), s.want(t, 201, "POST", "/Users", `{`+userSchemas+`,"userName":"after"}`))
			if done := o.act(t, 200, waits, "approve", ""); done["to"] != "Active" {
				t.Errorf("approved: %s", brief(done))
			}
			// A first day that has not come yet is looked at after the approval.
			tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
			starter := s.user(t, "starter", `"`+lifecycleURN+`":{"validFrom":"`+tomorrow+`"}`)
			report(t, waiting(nil), s.want(t, 200, "GET", "/Users/"+starter, ""))
			if done := o.act(t, 200, starter, "approve", ""); done["to"] != "Inactive" {
				t.Errorf("approved ahead of the first day: %s", brief(done))
			}
		})
	})
}
