package scim_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/internal/testdb"
	"rollcall/scim/schema"
	"rollcall/store"
)

func TestTombstones(t *testing.T) {
	t.Parallel()
	testdb.OnEachStore(t, func(t *testing.T, opened store.Store) {
		b := newBed(t, opened)
		b.idp.Leniency = &schema.Leniency{Allowed: schema.AllNormalisations}
		off := `{"op":"Replace","path":"active","value":"False"}`
		rename := func(name string) string { return fmt.Sprintf(`{"op":"Replace","path":"userName","value":%q}`, name) }
		digits := strings.Repeat("0aF9", 8)
		for i, test := range []struct {
			operations []string
			want       string
		}{
			{[]string{off, rename(digits + "bob0@x.example")}, "bob0@x.example"},
			{[]string{rename(digits + "BOB1@x.example"), off}, "bob1@x.example"},
			{[]string{rename(digits + "bob2@x.example")}, digits + "bob2@x.example"},
			{[]string{off, rename(digits + "eve@x.example")}, digits + "eve@x.example"},
			{[]string{off, rename(digits[1:] + "bob4@x.example")}, digits[1:] + "bob4@x.example"},
			{[]string{off, rename("x" + digits[1:] + "bob5@x.example")}, "x" + digits[1:] + "bob5@x.example"},
		} {
			id := b.create(b.idp, fmt.Sprintf("bob%d@x.example", i))
			b.patch(b.idp, id, strings.Join(test.operations, ","))
			if got := b.read(b.idp, id)["userName"]; got != test.want {
				t.Errorf("%v: the name is %v", test.operations, got)
			}
		}
		if b.idp.Leniency.Applied&schema.TombstoneNames == 0 {
			t.Error("the normalisation is not counted")
		}
		strict := *b.idp
		strict.Leniency = &schema.Leniency{Allowed: schema.AllNormalisations &^ schema.TombstoneNames}
		id := b.create(&strict, "carol")
		b.patch(&strict, id, off+","+rename(digits+"carol"))
		if got := b.read(b.idp, id)["userName"]; got != digits+"carol" {
			t.Errorf("refused, the name is %v", got)
		}
	})
}
