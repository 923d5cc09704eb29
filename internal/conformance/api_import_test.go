package conformance

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/internal/auth"
)

// sendFile sends a file of users and returns what is known of it.
func (o *office) sendFile(t *testing.T, status int, text string) map[string]any {
	t.Helper()
	return o.ask(t, status, "POST", "/imports/files?name=users.csv", text, "Content-Type", "text/csv")
}

// dryImport is a dry run of an import that is over.
func (o *office) dryImport(t *testing.T, text, more string) map[string]any {
	t.Helper()
	file := o.sendFile(t, 201, text)
	return o.ended(t, o.ask(t, 202, "POST", "/imports", `{"file":"`+file["id"].(string)+`"`+more+`}`))
}

// written is how many users a batch has written, or would.
func written(b map[string]any) int {
	created, _ := b["counts"].(map[string]any)["created"].(float64)
	return int(created + b["counts"].(map[string]any)["changed"].(float64))
}

// confirmed carries a dry run of an import out.
func (o *office) confirmed(t *testing.T, dry map[string]any) map[string]any {
	t.Helper()
	return o.ask(t, 202, "POST", "/imports/"+dry["id"].(string)+"/apply", fmt.Sprintf(`{"confirm":%d}`, written(dry)))
}

// export is the users as CSV.
func (o *office) export(t *testing.T, query string) string {
	t.Helper()
	text := o.raw(t, "/exports/users"+query)
	if strings.HasPrefix(text, "{") {
		t.Fatalf("export: %s", text)
	}
	return text
}

// TestImportByAPI: what one tenant exports another one imports, and has the same
// users then.
func TestImportByAPI(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		ada := s.user(t, "ada", `"displayName":"=HYPERLINK(\"http://evil.example\")"`, `"title":"`+jsonScript+`"`, `"externalId":"-1"`,
			`"emails":[{"value":"ada@example.com","type":"work","primary":true},{"value":"+home@example.com","type":"ho|me"}]`,
			`"phoneNumbers":[{"value":"+49 30 1;2","type":"work"}]`, `"roles":[{"value":"admin"},{"value":"a;b","display":"x"}]`,
			`"addresses":[{"type":"work","locality":"Berlin","formatted":"a\r\nb"}]`,
			`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"'quoted","manager":{"value":"26118915-6090-4610-87e4-49d8ca9f808d"}}`,
			`"urn:rollcall:params:scim:schemas:extension:lifecycle:2.0:User":{"tags":["@a","b; c"],"validUntil":"2090-01-01T00:00:00Z"}`)
		bob := s.user(t, "bob", `"active":false`)
		const odd = "'=1+1; a|b"
		s.group(t, "@all", s.group(t, odd, ada), bob) // ada is in it by another group
		all := o.export(t, "")
		for _, cell := range []string{`"'=HYPERLINK(""http://evil.example"")"`, ",'-1,", `"'+49 30 1\;2|work"`, "''quoted", `"'@a; b\; c"`} {
			if !strings.Contains(all, cell) {
				t.Errorf("no %s in\n%s", cell, all)
			}
		}
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write","scim:read","scim:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		if again := o.dryImport(t, all, ""); written(again) != 0 || again["counts"].(map[string]any)["unchanged"] != 2.0 {
			t.Errorf("its own export: %v", again)
		}
		theirs := *s
		theirs.Token = foreign.Token
		theirs.group(t, "@all", theirs.group(t, odd))
		dry := acme.dryImport(t, all, "")
		if written(dry) != 2 || dry["kind"] != "importDryRun" {
			t.Fatalf("%v", dry)
		}
		done := acme.ended(t, acme.confirmed(t, dry))
		if written(done) != 2 || done["kind"] != "import" {
			t.Fatalf("%v", done)
		}
		const same = "?columns=externalId,userName,displayName,title,emails,phoneNumbers,roles,addresses,department,manager,tags,groups,active,validUntil"
		if ours, theirs := o.export(t, same), acme.export(t, same); ours != theirs {
			t.Errorf("exported\n%s\nimported\n%s", ours, theirs)
		}
		if again := acme.dryImport(t, all, ""); written(again) != 0 {
			t.Errorf("again: %v", again)
		}

		// What belongs to one tenant is nowhere in the other.
		file, id := dry["import"].(map[string]any)["file"].(string), dry["id"].(string)
		acme.ask(t, 200, "GET", "/imports/files/"+file, "")
		o.ask(t, 404, "GET", "/imports/files/"+file, "")
		o.ask(t, 400, "POST", "/imports", `{"file":"`+file+`"}`)
		o.ask(t, 404, "POST", "/imports/"+id+"/apply", `{"confirm":2}`)
		o.ask(t, 404, "GET", "/batches/"+id+"/rows", "")
		o.ask(t, 404, "POST", "/batches/"+done["id"].(string)+"/undo", "")

		acme.ended(t, acme.ask(t, 202, "POST", "/batches/"+done["id"].(string)+"/undo", ""))
		if left := acme.export(t, "?columns=userName"); left != "userName\r\n" {
			t.Errorf("after the undo: %s", left)
		}
		var trail []string
		for _, row := range acme.ask(t, 200, "GET", "/audit?action=batch.", "")["rows"].([]any) {
			trail = append(trail, row.(map[string]any)["action"].(string))
		}
		if strings.Join(trail, " ") != "batch.undo batch.import" || len(acme.ask(t, 200, "GET", "/audit?action=user.export", "")["rows"].([]any)) != 2 {
			t.Errorf("the trail: %v", trail)
		}
	})
}

// TestImportRefusals: what is refused, and to whom.
func TestImportRefusals(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		o.ask(t, 415, "POST", "/imports/files", `{}`, "Content-Type", "application/json")
		o.ask(t, 415, "POST", "/imports/files", "a", "Content-Type", "text/csv; charset=latin1")
		for want, text := range map[string]string{"UTF-16": "\xff\xfea\x00", "line 2: it is not UTF-8": "userName\n\xfc", "NUL": "userName\na\x00", "no users": "userName\n"} {
			if told := o.sendFile(t, 400, text); !strings.Contains(told["detail"].(string), want) {
				t.Errorf("%s: %v", want, told)
			}
		}
		file := o.sendFile(t, 201, "Login,Email address\nada,ada@example.com\n")
		for field, body := range map[string]string{
			"file": `{"file":"x"}`, "match": `,"match":"email"`, "columns": `,"columns":["userName","userName"]`, "start": `,"start":"x"`, "mode": `,"mode":"x"`,
		} {
			if strings.HasPrefix(body, ",") {
				body = `{"file":"` + file["id"].(string) + `"` + body + `}`
			}
			if told := o.ask(t, 400, "POST", "/imports", body); told["field"] != field {
				t.Errorf("%s: %v", body, told)
			}
		}
		dry := o.ended(t, o.ask(t, 202, "POST", "/imports", `{"file":"`+file["id"].(string)+`"}`))
		at := "/imports/" + dry["id"].(string) + "/apply"
		o.ask(t, 400, "POST", at, `{}`)
		if told := o.ask(t, 409, "POST", at, `{"confirm":2}`); told["users"] != 1.0 {
			t.Errorf("another number: %v", told)
		}
		for _, path := range []string{"/imports/files", "/imports", at} {
			o.as(t, auth.ScopeAdminRead).ask(t, 403, "POST", path, "{}")
		}
		o.ask(t, 400, "GET", "/exports/users?columns=password", "")
		o.ask(t, 400, "GET", "/exports/users?filter=x", "")
		o.as(t, auth.ScopeAdminWrite).ask(t, 403, "GET", "/exports/users", "")
		if done := o.confirmed(t, dry); written(o.ended(t, done)) != 1 || o.confirmed(t, dry)["id"] != done["id"] {
			t.Errorf("%v", done)
		}
	})
}
