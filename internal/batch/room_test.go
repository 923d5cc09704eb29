package batch_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/internal/batch"
	"rollcall/internal/usercsv"
	"rollcall/store"
)

// TestRoomForFiles: a tenant holds so many files; what is refused is not kept, and
// who deletes one, or waits, has room again.
func TestRoomForFiles(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		later := time.Duration(0)
		b.service.Now = func() time.Time { return time.Now().Add(later) }
		b.service.MostFiles, b.service.MostBytes = 2, 64<<20
		send := func(text string) (*batch.File, error) {
			return b.service.Receive(b.Context(), b.admin, "x", strings.NewReader(text))
		}
		for range 5 {
			var wrong *usercsv.FileError
			if _, err := send("userName\n"); !errors.As(err, &wrong) {
				b.Fatalf("a file of nobody: %v", err)
			}
		}
		first := b.file("userName\na\n")
		b.file("userName\nb\n")
		full := func(want string) {
			b.Helper()
			var state *batch.StateError
			if _, err := send("userName\nc\n"); !errors.As(err, &state) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "delete one") {
				b.Errorf("%v, want %s", err, want)
			}
		}
		full("2 files of 0 MiB are kept already")
		if err := b.service.DeleteFile(b.Context(), b.admin, first.ID); err != nil {
			b.Fatal(err)
		}
		if err := b.service.DeleteFile(b.Context(), b.admin, first.ID); !errors.Is(err, store.ErrNotFound) {
			b.Errorf("deleted twice: %v", err)
		}
		b.file("userName\nc\n")
		later = 8 * 24 * time.Hour
		b.service.MostFiles, b.service.MostBytes = 10, 5<<20
		b.file("userName,title\na," + strings.Repeat("x", 1<<10) + strings.Repeat("\nb,"+strings.Repeat("y", 60<<10), 60) + "\n")
		large := "userName,title\n" + strings.Repeat("b,"+strings.Repeat("y", 60<<10)+"\n", 100)
		var state *batch.StateError
		if _, err := send(large); !errors.As(err, &state) {
			b.Errorf("more bytes than there is room for: %v", err)
		}
		if _, err := send("userName\nd\n"); err != nil {
			b.Errorf("what was refused takes room: %v", err)
		}
		b.service.MostBytes = 3 << 20
		full("files of 3 MiB")
	})
}

// TestImportWithoutItsFile: a file that is deleted while it is read ends the
// import, of which nothing is made up; what was done is taken back.
func TestImportWithoutItsFile(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		var file strings.Builder
		file.WriteString("userName,title\n")
		const n = 700
		for i := range n {
			fmt.Fprintf(&file, "user%d,%s\n", i, strings.Repeat("x", 2000))
		}
		b.runner()
		dry := b.preview(file.String(), batch.ImportPlan{})
		var once sync.Once
		b.paused = func() {
			once.Do(func() {
				if err := b.service.DeleteFile(b.Context(), b.admin, dry.Head.Import.File); err != nil {
					b.Error(err)
				}
			})
		}
		done := b.imported(dry)
		made := done.Head.Counts.Created
		if done.Job.State != store.JobFailed || !strings.Contains(done.Job.Reason, "kept no longer") || made == 0 || made == n || done.Head.Counts.Written() != made {
			b.Fatalf("%s %q: %+v", done.Job.State, done.Job.Reason, done.Head.Counts)
		}
		if again, err := b.service.ApplyImport(b.Context(), b.admin, dry.Job.ID, n); err != nil || again.Job.ID != done.Job.ID {
			b.Errorf("confirmed once more: %v", err)
		}
		b.counts(b.ended(b.undo(done)), made, 0, 0)
		if left := b.everybody("userName"); left != "userName\r\n" {
			b.Errorf("left %q", left)
		}
	})
}

// TestImportedFilesGo an hour later.
func TestImportedFilesGo(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		b.runner()
		dry := b.preview("userName\na\n", batch.ImportPlan{})
		b.imported(dry)
		file, err := b.service.File(b.Context(), b.admin.Tenant, dry.Head.Import.File)
		if err != nil || time.Until(file.Expires) > time.Hour {
			b.Errorf("%v, %v", file, err)
		}
	})
}
