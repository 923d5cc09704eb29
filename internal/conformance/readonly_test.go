package conformance

import (
	"database/sql"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"rollcall/internal/operator"
)

// TestReadsWhereNothingCanBeWritten: who only reads is served by a store that refuses to
// write, because its disk is full, say, or because it became a standby.
func TestReadsWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	onEachProcess(t, func(t *testing.T, p *process) {
		p.environ = []string{"ROLLCALL_RECEIVER_NETWORKS=127.0.0.0/8", "ROLLCALL_RECEIVER_HTTP=true"}
		p.start(t)
		_, o := p.beside(t)
		e := o.estate(t, "acme")
		scim := e.scim()
		scim.user(t, "more")
		p.startReadOnly(t)
		e.readsAll(t)
		first := scim.want(t, 200, "GET", "/Users?cursor&count=1", "")
		if rest := scim.want(t, 200, "GET", "/Users?count=1&cursor="+first["nextCursor"].(string), ""); len(rest["Resources"].([]any)) != 1 {
			t.Errorf("the second page: %s", brief(rest))
		}
		scim.want(t, 200, "GET", "/Users/"+e.theUser(), "")
		scim.want(t, 200, "GET", "/Groups", "")
		// A write is refused as what it is, and says so.
		scim.refuse(t, 503, "", "POST", "/Users", `{`+userSchemas+`,"userName":"late"}`)
		response, body := e.by[operator.Admin].submit(t, "/users", fields("userName", "late", "start", "enrolled")(e))
		shows(t, response, body, 503, "Nothing was changed")
	})
}

// TestFirstCursorWhereNothingCanBeWritten: nobody has made a cursor while that was
// possible.
func TestFirstCursorWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	onEachProcess(t, func(t *testing.T, p *process) {
		p.start(t)
		s, _ := p.beside(t)
		s.user(t, "ada")
		s.user(t, "eve")
		p.startReadOnly(t)
		first := s.want(t, 200, "GET", "/Users?cursor&count=1", "")
		s.want(t, 200, "GET", "/Users?count=1&cursor="+first["nextCursor"].(string), "")
	})
}

// startReadOnly ends the server and starts it again on a database that refuses to write.
func (p *process) startReadOnly(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.exited
	refuseWrites(t, p.database)
	p.start(t)
}

// readsAll reads each page of the console and each list of the admin API.
func (e *estate) readsAll(t *testing.T) {
	t.Helper()
	for _, route := range consoleRoutes() {
		path, isPage := strings.CutPrefix(route.call, "GET ")
		if !isPage {
			continue
		}
		response, body := e.owner.open(t, e.path(route.call))
		if path == "/users/export" { // who took the data of all with them is in the trail, or nobody takes it
			shows(t, response, body, 503, "no changes at the moment")
			continue
		}
		shows(t, response, body, 200)
	}
	user, connection, receiver, job := "/users/"+e.theUser(), "/connections/"+e.name, "/receivers/"+e.ids["/receivers/:id"], "/batches/"+e.ids["/batches/:id"]
	for _, path := range []string{
		"/audit", "/batches", job, job + "/rows", "/batches/guard", "/connections", connection, connection + "/requests", connection + "/guard", "/deleted",
		"/operators", "/policy", "/receivers", receiver, receiver + "/deliveries", "/sessions", "/tokens", "/users?cursor&count=1", user, user + "/history",
		user + "/sign-ins", user + "/timers", "/imports/files/" + e.ids["/imports/:id"],
	} {
		e.ask(t, 200, "GET", path, "")
	}
	e.ask(t, 503, "GET", "/exports/users", "")
	e.ask(t, 503, "GET", "/audit/export", "")
}

// refuseWrites makes a database that nobody uses refuse each write. The sessions in it
// were last used so long ago that their next use is to be noted.
func refuseWrites(t *testing.T, database string) {
	t.Helper()
	path, isFile := strings.CutPrefix(database, "sqlite:")
	if !isFile {
		db, err := pgx.Connect(t.Context(), database)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close(t.Context()) }()
		for _, statement := range []string{
			`UPDATE session SET seen = seen - interval '5 minutes'`,
			`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
		} {
			if _, err := db.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`UPDATE session SET seen = seen - 300000000`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// A format above 2 for writing, at offset 18, says that the file can only be read
	// (https://www.sqlite.org/fileformat2.html#file_format_version_numbers).
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteAt([]byte{3}, 18); err != nil {
		t.Fatal(err)
	}
}
