package schema_test

import (
	"testing"

	"rollcall/scim/schema"
)

// TestFirst: the primary one is taken wherever it stands, else the first.
func TestFirst(t *testing.T) {
	t.Parallel()
	type mail struct {
		address string
		primary bool
	}
	for want, list := range map[string][]mail{
		"":  nil,
		"a": {{"a", false}},
		"b": {{"b", false}, {"c", false}},
		"c": {{"b", false}, {"c", true}},
		"d": {{"d", true}, {"c", false}},
	} {
		got, ok := schema.First(list, func(m mail) bool { return m.primary })
		if got.address != want || ok != (list != nil) {
			t.Errorf("%v: %v, %v, want %q", list, got, ok, want)
		}
	}
}
