package batch_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"rollcall/internal/batch"
	"rollcall/internal/usercsv"
	"rollcall/scim"
	"rollcall/scim/schema"
	"rollcall/store"
)

// file keeps a file.
func (b *bed) file(text string) *batch.File {
	b.Helper()
	file, err := b.service.Receive(b.Context(), b.admin, "users.csv", strings.NewReader(text))
	if err != nil {
		b.Fatal(err)
	}
	return file
}

// preview is a dry run of an import that is over.
func (b *bed) preview(text string, plan batch.ImportPlan) *batch.Batch {
	b.Helper()
	plan.File = b.file(text).ID
	dry, err := b.service.PreviewImport(b.Context(), b.admin, plan)
	if err != nil {
		b.Fatal(err)
	}
	return b.ended(dry)
}

// imported carries a dry run out.
func (b *bed) imported(dry *batch.Batch) *batch.Batch {
	b.Helper()
	taken, err := b.service.ApplyImport(b.Context(), b.admin, dry.Job.ID, dry.Head.Counts.Written())
	if err != nil {
		b.Fatal(err)
	}
	return b.ended(taken)
}

// everybody is an export of all users, the oldest first.
func (b *bed) everybody(columns ...string) string {
	b.Helper()
	export := usercsv.Export{Columns: usercsv.Everything(), Audit: b.store}
	if len(columns) > 0 {
		export.Columns, _ = usercsv.Named(columns)
	}
	var out bytes.Buffer
	if _, err := export.Write(b.Context(), b.provider, b.admin, &out); err != nil {
		b.Fatal(err)
	}
	return out.String()
}

// told are the rows of a batch in short.
func (b *bed) told(one *batch.Batch) (list []string) {
	b.Helper()
	rows, _, err := b.service.Rows(b.Context(), b.admin.Tenant, one.Job.ID, "", 0, 1000)
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range rows {
		text := fmt.Sprintf("%d %s %s", row.Line, row.Name, row.Outcome)
		for _, edit := range row.Edits {
			text += " " + edit.Column
		}
		if row.Detail != "" {
			text += ": " + row.Detail
		}
		for _, finding := range row.Findings {
			if row.Outcome != batch.Refused {
				text += " (" + finding.Column + " " + finding.Problem + ")"
			}
		}
		list = append(list, text)
	}
	return list
}

// TestImport: a file is looked at, imported and taken back.
func TestImport(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		for _, name := range []string{"ada", "bob", "eve"} {
			b.named(name)
		}
		before := b.everybody()
		file := "Login,First name,Email address,Title,Enabled,Notes\n" +
			"ada,Ada,ada@example.com,,,x\n" + // the name alone
			"BOB,,,,false,\n" + // a name in another case, and what an import does not change
			"eve,,new@example.com,'=1+1,,\n" +
			"new,New,new2@example.com,Boss,,\n" +
			"off,,,,no,\n" +
			"NEW,,,,,\n" + // the same as in line 5
			",,,,,\n" +
			"bad,,,,perhaps,\n" +
			"\"ragged\"\n"
		dry := b.preview(file, batch.ImportPlan{Reason: "start"})
		want := []string{
			"2 ada changed givenName", "3 BOB unchanged (active is not changed: suspend or activate the user, with a reason)",
			"4 eve changed email title", "5 new created", "6 off created", "7 NEW refused: line 5 has the same userName",
			"8  refused: userName is required", `9 bad refused: active is neither true nor false: "perhaps"`, "10 ragged refused: the row has 1 cells, and the header has 6",
		}
		if diff := cmp.Diff(want, b.told(dry)); diff != "" {
			b.Fatalf("the dry run (-want +got):\n%s", diff)
		}
		if after := b.everybody(); after != before {
			b.Fatalf("the dry run changed something:\n%s", after)
		}
		var size *batch.SizeError
		if _, err := b.service.ApplyImport(b.Context(), b.admin, dry.Job.ID, 5); !errors.As(err, &size) || size.Users != 4 {
			b.Errorf("another number: %v", err)
		}
		done := b.imported(dry)
		if diff := cmp.Diff(want, b.told(done)); diff != "" {
			b.Errorf("the import (-want +got):\n%s", diff)
		}
		if again := b.imported(dry); again.Job.ID != done.Job.ID {
			b.Error("one dry run led to two imports")
		}
		got := b.everybody("userName", "givenName", "emails", "title", "active", "source")
		wanted := "userName,givenName,emails,title,active,source\r\nada,Ada,ada@example.com,,true,\r\nbob,,bob@example.com,,true,\r\neve,,new@example.com,'=1+1,true,\r\n" +
			"new,New,new2@example.com|work|primary,Boss,true,local\r\noff,,,,false,local\r\n"
		if diff := cmp.Diff(wanted, got); diff != "" {
			b.Errorf("users (-want +got):\n%s", diff)
		}
		again := b.preview(file, batch.ImportPlan{})
		if c := again.Head.Counts; c.Written() != 0 || c.Unchanged != 5 {
			b.Errorf("a second import would do %+v", c)
		}
		var state *batch.StateError
		if _, err := b.service.ApplyImport(b.Context(), b.admin, again.Job.ID, 0); !errors.As(err, &state) {
			b.Errorf("an import of nothing: %v", err)
		}

		undone := b.ended(b.undo(done))
		b.counts(undone, 4, 0, 0)
		if after := b.everybody(strings.Split(strings.TrimSuffix(before[:strings.Index(before, "\r")], ""), ",")...); withoutTimes(after) != withoutTimes(before) {
			b.Errorf("after the undo:\n%s\nbefore the import:\n%s", after, before)
		}
		removals, err := b.service.Guard(b.Context(), b.admin)
		if err != nil || removals.Removals != 2 {
			b.Errorf("removals: %+v, %v", removals, err)
		}
	})
}

// withoutTimes drops the last column, which says when a user was modified.
func withoutTimes(file string) string {
	var lines []string
	for line := range strings.Lines(file) {
		lines = append(lines, line[:strings.LastIndex(line, ",")])
	}
	return strings.Join(lines, "\n")
}

// TestImportUndoLeavesOthersWork: what somebody changed since stays as it is.
func TestImportUndoLeavesOthersWork(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		b.named("ada")
		b.named("bob")
		done := b.imported(b.preview("userName,title\nada,Dr\nbob,Dr\nnew,Dr\nnewer,Dr\n", batch.ImportPlan{}))
		b.imported(b.preview("userName,title\nada,Prof\nnew,Prof\n", batch.ImportPlan{Mode: batch.ImportUpdate}))
		undone := b.ended(b.undo(done))
		b.counts(undone, 2, 0, 2)
		if why := undone.Head.Counts.Why; !maps.Equal(why, map[string]int64{"changed-since": 2}) {
			b.Errorf("refused because of %v", why)
		}
		if got, want := b.everybody("userName", "title"), "userName,title\r\nada,Prof\r\nbob,\r\nnew,Prof\r\n"; got != want {
			b.Errorf("left:\n%s", got)
		}
	})
}

// TestImportMatches by id and externalId, and clears what is empty.
func TestImportMatches(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		id := b.named("ada")
		done := b.imported(b.preview("id,userName,externalId,title\n"+id+",ada2,x1,Dr\n,bob,x2,Dr\n"+strings.Repeat("0", 36)+",c,,\nnone,d,,\n", batch.ImportPlan{Match: "id"}))
		if diff := cmp.Diff([]string{
			"2 ada2 changed userName externalId title", "3 bob created", "4 c refused: there is no user with this id; leave it empty for a new one",
			"5 d refused: there is no user with this id; leave it empty for a new one",
		}, b.told(done)); diff != "" {
			b.Errorf("by id (-want +got):\n%s", diff)
		}
		done = b.imported(b.preview("externalId,userName,title\nx1,ada3,\nx2,ada3,\nx3,bob,\n,eve,\n", batch.ImportPlan{Match: "externalId", Clear: true}))
		if diff := cmp.Diff([]string{
			"2 ada3 changed userName title", "3 ada3 refused: line 2 has the same userName", "4 bob refused: userName: another User has this value", "5 eve refused: externalId is empty, by which users are found",
		}, b.told(done)); diff != "" {
			b.Errorf("by externalId (-want +got):\n%s", diff)
		}
		for name, plan := range map[string]batch.ImportPlan{
			"match": {Match: "email"}, "mode": {Mode: "x"}, "start": {Start: "x"}, "columns": {Columns: []string{"userName"}},
			"no column is imported as externalId": {Match: "externalId"}, "reason": {Reason: "\x00"},
		} {
			plan.File = b.file("userName,x\na,b\n").ID
			if _, err := b.service.PreviewImport(b.Context(), b.admin, plan); err == nil || !strings.Contains(err.Error(), name) {
				b.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestImportOverrules: a row that changes what a connection says of a user tells
// whose it is; an administrator's notes and what no connection owns are nobody's.
func TestImportOverrules(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		b.named("own")
		hr := store.Connection{ID: uuid.New(), Tenant: b.admin.Tenant, Name: "hr", Kind: "generic"}
		if err := b.store.CreateConnection(b.Context(), hr, store.Audit{}); err != nil {
			b.Fatal(err)
		}
		for _, name := range []string{"gone", "hr"} {
			idp := &scim.Caller{
				Tenant: b.admin.Tenant, Kind: scim.KindConnection, ID: hr.ID.String(), Connection: hr.ID,
				Source: scim.SourceSCIM, SourceClient: name, Leniency: &schema.Leniency{},
			}
			for _, user := range []string{"-changed", "-noted", "-same"} {
				if _, err := b.provider.Create(b.Context(), idp, b.user, strings.NewReader(document(name+user)), scim.View{}); err != nil {
					b.Fatal(err)
				}
			}
		}
		file := "userName,email,title,tags\nown,,Dr,x\n"
		for _, name := range []string{"gone", "hr"} {
			file += name + "-changed,new@example.com,Dr,x\n" + name + "-noted,,,x\n" + name + "-same," + name + "-same@example.com,,\n"
		}
		want := []string{
			"2 own changed title tags", "3 gone-changed changed email title tags", "4 gone-noted changed tags", "5 gone-same unchanged",
			"6 hr-changed changed email title tags (email, title comes from connection hr, which may change it back)", "7 hr-noted changed tags", "8 hr-same unchanged",
		}
		dry := b.preview(file, batch.ImportPlan{})
		if diff := cmp.Diff(want, b.told(dry)); diff != "" {
			b.Errorf("the dry run (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, b.told(b.imported(dry))); diff != "" {
			b.Errorf("the import (-want +got):\n%s", diff)
		}
	})
}

// TestImportedOnce: an import that is taken over in its midst, or cancelled and
// done again, does each row once.
func TestImportedOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		var file strings.Builder
		file.WriteString("userName,title\n")
		const n = 170
		for i := range n {
			fmt.Fprintf(&file, "user%d,Dr\n", i)
		}
		b.runner()
		dry := b.preview(file.String(), batch.ImportPlan{})
		b.overtake(batch.KindImport)
		done := b.imported(dry)
		if done.Job.Attempt < 2 || done.Head.Counts.Created != n || done.Head.Counts.Refused != 0 || b.rows(done)[batch.Created] != n {
			b.Errorf("attempt %d: %+v", done.Job.Attempt, done.Head.Counts)
		}
		if lines := strings.Count(b.everybody("userName"), "\n"); lines != n+1 {
			b.Errorf("%d users", lines-1)
		}
	})
}

// TestFilesOfUsers that cannot be imported are refused when they come.
func TestFilesOfUsers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		for want, text := range map[string]string{
			"no users": "userName\n", "not UTF-8": "userName\n\xff\n", "is empty": "", "more than 100000 users": "userName\n" + strings.Repeat("a\n", batch.MaxFileRows+1),
		} {
			_, err := b.service.Receive(b.Context(), b.admin, "", strings.NewReader(text))
			var refused *usercsv.FileError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
				b.Errorf("%s: %v", want, err)
			}
		}
		endless := rowsWithoutEnd{}
		if _, err := b.service.Receive(b.Context(), b.admin, "x", endless); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
			b.Errorf("a file without end: %v", err)
		}
		file := b.file("userName\na\n")
		if _, err := b.service.File(b.Context(), b.admin.Tenant+1, file.ID); !errors.Is(err, store.ErrNotFound) {
			b.Errorf("a file of others: %v", err)
		}
	})
}

type rowsWithoutEnd struct{}

func (rowsWithoutEnd) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
