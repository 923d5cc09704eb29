package batch_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"rollcall/internal/usercsv"
	"rollcall/scim"
)

// TestExportDuringChanges: who is renamed while a file is written is in it once, and
// so is everybody else.
func TestExportDuringChanges(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		ids := b.users(450)
		changed := 0
		export := usercsv.Export{Audit: b.store, Progress: func(int) {
			// Somebody who was written and somebody who was not, each to the other end.
			for id, name := range map[string]string{ids[changed]: "zzz", ids[449-changed]: "aaa"} {
				body := strings.NewReader(document(fmt.Sprintf("%s%d", name, changed)))
				if _, err := b.provider.Replace(b.Context(), b.admin, b.user, id, scim.Precondition{}, body, scim.View{}); err != nil {
					b.Error(err)
				}
			}
			changed++
		}}
		export.Columns, _ = usercsv.Named([]string{"id"})
		var out bytes.Buffer
		if _, err := export.Write(b.Context(), b.provider, b.admin, &out); err != nil {
			b.Fatal(err)
		}
		if want := "id\r\n" + strings.Join(ids, "\r\n") + "\r\n"; out.String() != want {
			b.Errorf("%d bytes, want %d", out.Len(), len(want))
		}
	})
}
