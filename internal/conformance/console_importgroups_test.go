package conformance

import (
	"net/http"
	"strings"
	"testing"

	"rollcall/internal/console"
	"rollcall/internal/operator"
)

// TestConsoleImportsGroups: the page says that groups are added to, the dry run
// names them and what is none, the import puts people in and its undo takes them
// out; the admin API tells the same, and what it exports it finds unchanged.
func TestConsoleImportsGroups(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		eve := s.user(t, "eve")
		group := s.group(t, jsonScript, eve)
		everybody := s.group(t, "Everybody", group)
		cell := `"` + strings.ReplaceAll(script, `"`, `""`) + `"`
		response, _ := b.upload(t, "userName,Member of\neve,"+strings.TrimSuffix(cell, `"`)+"; Everybody\"\nnew,"+cell+"\nold,No such\n")
		at := to(response)
		response, body := b.open(t, at)
		shows(t, response, body, 200, "out of none", `<option value="groups" selected>Groups</option>`)
		harmless(t, at, body)
		response, _ = b.submit(t, at+"/preview", mapped(body))
		dry := response.Header.Get("Location")
		body = b.over(t, dry)
		shows(t, response, body, http.StatusSeeOther, "Import 2 users: add 1, change 1", "<strong>groups</strong>: <ins>Everybody</ins>", "there is no group &#34;No such")
		harmless(t, dry, body)
		response, _ = b.submit(t, strings.TrimPrefix(dry, console.Root)+"/import", map[string][]string{"users": {"2"}})
		done := response.Header.Get("Location")
		harmless(t, done, b.over(t, done))
		id := strings.TrimPrefix(done, console.Root+"/batches/")
		rows := o.ask(t, 200, "GET", "/batches/"+id+"/rows?outcome=changed", "")["rows"].([]any)
		if into := rows[0].(map[string]any)["joined"].([]any); len(rows) != 1 || len(into) != 1 || into[0].(map[string]any)["id"] != everybody {
			t.Errorf("rows %v", rows)
		}
		if got := s.members(t, group); len(got) != 2 {
			t.Errorf("members %v", got)
		}
		if again := o.dryImport(t, o.export(t, ""), ""); written(again) != 0 || again["counts"].(map[string]any)["refused"] != 0.0 {
			t.Errorf("its own export: %v", again)
		}
		o.ended(t, o.ask(t, 202, "POST", "/batches/"+id+"/undo", ""))
		if got := s.members(t, group); len(got) != 1 || got[0] != eve {
			t.Errorf("members after the undo %v", got)
		}
		if got := s.members(t, everybody); len(got) != 1 || got[0] != group {
			t.Errorf("everybody after the undo %v", got)
		}
	})
}
