package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportAndExport: users come from a file and go into one that brings the same
// users elsewhere.
func TestImportAndExport(t *testing.T) {
	t.Parallel()
	_, database := sqliteFile(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "people.csv")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verb(t, exitDone, database, "migrate")
	verb(t, exitDone, database, "tenant", "create", "acme")
	verb(t, exitDone, database, "tenant", "create", "other")
	in := "--tenant=acme"
	write("Who,First name,Phone,Title\nada,Ada,'+49 30,Dr\nbob,Bob,,\n")
	if _, stderr := verb(t, exitUsage, database, "import", file, in); !strings.Contains(stderr, "no column is imported as userName") {
		t.Error(stderr)
	}
	for _, flag := range []string{"--map=Nobody=userName", "--map=Who", "--map=Who=password"} {
		verb(t, exitUsage, database, "import", file, in, flag)
	}
	verb(t, exitUsage, database, "import", filepath.Join(dir, "none.csv"), in)
	if out, _ := verb(t, exitDone, database, "import", file, in, "--map=Who=userName"); out != "2 rows: 2 would be created, 0 changed, 0 unchanged, 0 refused, 0 failed. Nothing was changed; give --yes, or --confirm 2, to import.\n" {
		t.Error(out)
	}
	if out, _ := verb(t, exitDone, database, "export", in, "--columns=userName"); out != "userName\r\n" {
		t.Errorf("a dry run made %q", out)
	}
	done := verbJSON[importReport](t, database, "import", file, in, "--map=Who=userName", "--map=Title=", "--yes", "--reason=start")
	if done.DryRun || done.Counts.Created != 2 || done.State != "succeeded" || len(done.Refused) != 0 {
		t.Errorf("%+v", done)
	}
	write("userName,title\nada,Prof\n,\x1b[2J\n")
	out, stderr := verb(t, exitFailed, database, "import", file, in, "--yes")
	if !strings.Contains(out, "line 3: : userName is required\n2 rows: 0 created, 1 changed, 0 unchanged, 1 refused") || !strings.Contains(stderr, "some rows were not imported") {
		t.Errorf("%q %q", out, stderr)
	}
	write("\xff\xfe")
	if _, stderr := verb(t, exitFailed, database, "import", file, in); !strings.Contains(stderr, "UTF-16") {
		t.Error(stderr)
	}

	if out, _ := verb(t, exitDone, database, "export", in, "--columns=userName,phone,title", "--sort-by=userName", "--descending", `--filter=userName pr`); out != "userName,phone,title\r\nbob,,\r\nada,'+49 30,Prof\r\n" {
		t.Error(out)
	}
	verb(t, exitUsage, database, "export", in, "--columns=password")
	verb(t, exitUsage, database, "export", in, "--filter=x")
	all := filepath.Join(dir, "all.csv")
	told, _ := verb(t, exitDone, database, "export", in, "--json", "--output="+all)
	var view struct{ Users int }
	if err := json.Unmarshal([]byte(told), &view); err != nil || view.Users != 2 {
		t.Errorf("%q: %v", told, err)
	}
	if about, err := os.Stat(all); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", about, err)
	}
	verb(t, exitUsage, database, "export", in, "--filter=x", "--output="+all+"2")
	if left, _ := filepath.Glob(filepath.Join(dir, ".rollcall*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	verb(t, exitDone, database, "import", all, "--tenant=other", "--yes")
	columns := "--columns=userName,givenName,phoneNumbers,title,active"
	here, _ := verb(t, exitDone, database, "export", in, columns)
	there, _ := verb(t, exitDone, database, "export", "--tenant=other", columns)
	if here != there {
		t.Errorf("exported\n%s\nimported\n%s", here, there)
	}
}
