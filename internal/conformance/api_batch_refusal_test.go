package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"rollcall/internal/auth"
)

// TestAdminBatchHostile sends what no client should.
func TestAdminBatchHostile(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "target")
		one := selected(id)
		var many []string
		for range 10_001 {
			many = append(many, uuid.NewString())
		}
		for name, try := range map[string]struct {
			status      int
			body, field string
		}{
			"no action":        {400, `{"reason":"x","selection":` + one + `,"confirm":1}`, "action"},
			"unknown action":   {400, batchBody("promote", one, 1), "action"},
			"one password":     {400, batchBody("set-password", one, 1), "action"},
			"no mail":          {400, batchBody("invite", one, 1), "action"},
			"no reason":        {400, `{"action":"suspend","selection":` + one + `,"confirm":1}`, "reason"},
			"blank reason":     {400, `{"action":"suspend","reason":" ","selection":` + one + `,"confirm":1}`, "reason"},
			"long reason":      {400, `{"action":"suspend","reason":"` + strings.Repeat("x", 1001) + `","selection":` + one + `,"confirm":1}`, "reason"},
			"long for a tag":   {400, `{"action":"tag","tag":"x","reason":"` + strings.Repeat("x", 1001) + `","selection":` + one + `,"confirm":1}`, "reason"},
			"NUL for a tag":    {400, `{"action":"tag","tag":"x","reason":"a\u0000b","selection":` + one + `,"confirm":1}`, "reason"},
			"no selection":     {400, `{"action":"suspend","reason":"x","confirm":1}`, "selection"},
			"two selections":   {400, batchBody("suspend", `{"ids":["`+id+`"],"deleted":true}`, 1), "selection"},
			"empty selection":  {400, batchBody("suspend", `{"ids":[]}`, 1), "selection.ids"},
			"too many ids":     {400, batchBody("suspend", selected(many...), 10_001), "selection.ids"},
			"no id":            {400, batchBody("suspend", selected("target"), 1), "selection.ids"},
			"bad filter":       {400, batchBody("suspend", `{"filter":"userName eq"}`, 1), ""},
			"unknown filter":   {400, batchBody("suspend", `{"filter":"nothing pr"}`, 1), ""},
			"no number":        {400, batchBody("suspend", one, -1), "confirm"},
			"number of nobody": {400, batchBody("suspend", one, 0), "confirm"},
			"number of text":   {400, `{"action":"suspend","reason":"x","selection":` + one + `,"confirm":"target"}`, "confirm"},
			"other number":     {409, batchBody("suspend", one, 2), "confirm"},
			"nobody":           {409, batchBody("suspend", `{"filter":"userName eq \"none\""}`, 1), "confirm"},
			"of another":       {400, batchBody("suspend", one, 1, `"mark":"apiOnly"`), "mark"},
			"unknown mark":     {400, batchBody("mark", one, 1, `"mark":"vip"`), "mark"},
			"past":             {400, batchBody("suspend", one, 1, `"until":"2001-01-01T00:00:00Z"`), "until"},
			"no group":         {400, batchBody("add-to-group", one, 1), "group"},
			"group by name":    {400, batchBody("add-to-group", one, 1, `"group":"Engineers"`), "group"},
			"unknown group":    {400, batchBody("remove-from-group", one, 1, `"group":"`+uuid.NewString()+`"`), "group"},
			"a user as group":  {400, batchBody("add-to-group", one, 1, `"group":"`+id+`"`), "group"},
			"group for a tag":  {400, batchBody("tag", one, 1, `"tag":"x","group":"`+id+`"`), "group"},
			"no tag":           {400, batchBody("untag", one, 1), "tag"},
			"tag of an action": {400, batchBody("suspend", one, 1, `"tag":"x"`), "tag"},
			"until of a tag":   {400, batchBody("tag", one, 1, `"tag":"x","for":"1h"`), "for"},
			"unknown member":   {400, batchBody("suspend", one, 1, `"conform":1`), "conform"},
		} {
			got := o.ask(t, try.status, "POST", "/batches", try.body)
			if field, _ := got["field"].(string); field != try.field {
				t.Errorf("%s: field %q, want %q: %v", name, field, try.field, got["detail"])
			}
		}
		o.ask(t, 400, "POST", "/batches?dryrun=true", batchBody("suspend", one, 1))
		for _, path := range []string{"/batches/" + uuid.NewString(), "/batches/nothing", "/batches/" + strings.ToUpper(uuid.NewString())} {
			o.ask(t, 404, "GET", path, "")
			o.ask(t, 404, "GET", path+"/rows", "")
			o.ask(t, 404, "POST", path+"/cancel", "")
			o.ask(t, 404, "POST", path+"/undo", "")
		}
		done := o.done(t, batchBody("suspend", one, 1))
		path := "/batches/" + done["id"].(string)
		o.ask(t, 400, "GET", path+"/rows?outcome=good", "")
		o.ask(t, 400, "GET", path+"/rows?cursor=x", "")
		o.ask(t, 400, "GET", "/batches?cursor=x", "")
		o.ask(t, 400, "POST", path+"/undo", `{"reason":"`+strings.Repeat("x", 1001)+`"}`)
		if o.ask(t, 200, "POST", path+"/cancel", "")["state"] != "succeeded" {
			t.Error("a batch that is over was cancelled")
		}
	})
}

// TestAdminBatchTenants: nothing of a batch is there for another tenant, and a
// selection never reaches into one.
func TestAdminBatchTenants(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id, gone := s.user(t, "mine"), s.user(t, "gone")
		o.act(t, 200, gone, "deprovision", "")
		done := o.done(t, batchBody("suspend", selected(id), 1))
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		path := "/batches/" + done["id"].(string)
		acme.ask(t, 404, "GET", path, "")
		acme.ask(t, 404, "GET", path+"/rows", "")
		acme.ask(t, 404, "POST", path+"/undo", "")
		acme.ask(t, 404, "POST", path+"/cancel", "")
		if list := acme.ask(t, 200, "GET", "/batches", "")["batches"].([]any); len(list) != 0 {
			t.Errorf("another tenant lists %v", list)
		}
		for selection, users := range map[string]float64{`{"filter":"userName pr"}`: 0, `{"deleted":true}`: 0, selected(id): 1} {
			dry := acme.ask(t, 200, "POST", "/batches?dryRun=true", batchBody("lock", selection, -1))
			if dry["users"] != users || dry["counts"].(map[string]any)["changed"] != 0.0 {
				t.Errorf("%s: %s", selection, brief(dry))
			}
		}
		reader := o.as(t, auth.ScopeAdminRead)
		reader.ask(t, 200, "GET", path, "")
		reader.ask(t, 403, "POST", "/batches?dryRun=true", batchBody("suspend", selected(id), -1))
		list := o.ask(t, 200, "GET", "/batches?count=1", "")
		if first := list["batches"].([]any); len(first) != 1 || first[0].(map[string]any)["id"] != done["id"] {
			t.Errorf("batches: %s", brief(list))
		}
		rest := o.ask(t, 200, "GET", fmt.Sprintf("/batches?count=1&cursor=%v", list["next"]), "")
		if len(rest["batches"].([]any)) != 0 {
			t.Errorf("batches behind the last: %s", brief(rest))
		}
	})
}

// TestRolesOfConnections: what a connection may give is an option, and what it may
// take from others a scope.
func TestRolesOfConnections(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		o.ask(t, 400, "PATCH", "/connections/default", `{"options":{"roles":"reader"}}`)
		o.ask(t, 400, "PATCH", "/connections/default", `{"options":{"roles":[""]}}`)
		s = o.otherConnection(t, s, `{"roles":["Reader","writer"]}`, auth.ScopeSCIMRead, auth.ScopeSCIMWrite)
		id := s.user(t, "roles", `"roles":[{"value":"reader"}]`)
		add := func(role string) string {
			return patchOp(`{"op":"add","path":"roles","value":[{"value":"` + role + `"}]}`)
		}
		s.want(t, 200, "PATCH", "/Users/"+id, add("writer"))
		refused := s.refuse(t, 400, "invalidValue", "PATCH", "/Users/"+id, add("owner"))
		if !strings.Contains(refused["detail"].(string), `"owner"`) {
			t.Errorf("detail: %v", refused["detail"])
		}
		s.refuse(t, 400, "invalidValue", "POST", "/Users", `{`+userSchemas+`,"userName":"owner","roles":[{"value":"owner"}]}`)
		bulk := s.want(t, 200, "POST", "/Bulk", bulkBody("", postUser("u", "bulk-owner", `"roles":[{"value":"owner"}]`)))
		if one := bulk["Operations"].([]any)[0].(map[string]any); one["status"] != "400" {
			t.Errorf("bulk: %v", one)
		}

		// Another connection without the scope sees them and keeps them.
		hr := o.otherConnection(t, s, `{}`, auth.ScopeSCIMRead, auth.ScopeSCIMWrite)
		hr.want(t, 200, "PUT", "/Users/"+id, `{`+userSchemas+`,"userName":"roles"}`)
		hr.refuse(t, 403, "", "PATCH", "/Users/"+id, patchOp(`{"op":"remove","path":"roles"}`))
		if roles := s.want(t, 200, "GET", "/Users/"+id, "")["roles"].([]any); len(roles) != 2 {
			t.Errorf("roles: %v", roles)
		}
		may := o.otherConnection(t, s, `{}`, auth.ScopeSCIMRead, auth.ScopeSCIMWrite, auth.ScopeRolesWrite)
		if after := may.want(t, 200, "PATCH", "/Users/"+id, patchOp(`{"op":"remove","path":"roles"}`)); after["roles"] != nil {
			t.Errorf("roles: %v", after["roles"])
		}
	})
}

// otherConnection is the SCIM face as a further connection with options sees it.
func (o *office) otherConnection(t *testing.T, s *server, options string, scopes ...auth.Scope) *server {
	t.Helper()
	name := fmt.Sprintf("other-%d-%d", len(scopes), len(options))
	var quoted []string
	for _, scope := range scopes {
		quoted = append(quoted, `"`+fmt.Sprint(scope)+`"`)
	}
	o.ask(t, 201, "POST", "/connections", `{"name":"`+name+`","options":`+options+`}`)
	made := o.ask(t, 201, "POST", "/tokens", `{"connection":"`+name+`","scopes":[`+strings.Join(quoted, ",")+`]}`)
	other := *s
	other.Token = made["token"].(string)
	return &other
}
