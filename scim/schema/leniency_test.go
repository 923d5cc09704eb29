package schema_test

import (
	"testing"

	"pgregory.net/rapid"

	"rollcall/scim/schema"
)

// TestForks: parts that are read apart are read, and come to, what one after
// the other would.
func TestForks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sets := rapid.Uint32Range(0, uint32(schema.AllNormalisations))
		whole := schema.Leniency{
			Allowed:  schema.Normalisation(sets.Draw(t, "allowed")),
			Demanded: schema.Demand(rapid.Uint8Range(0, uint8(schema.AllDemands)).Draw(t, "demanded")),
		}
		whole.Applied = schema.Normalisation(sets.Draw(t, "applied")) & whole.Allowed
		parts := whole
		forks := make([]*schema.Leniency, rapid.IntRange(0, 4).Draw(t, "forks"))
		for i := range forks {
			fork := parts.Fork()
			if forks[i] = fork; fork.Applied != 0 || fork.Demanded != whole.Demanded {
				t.Fatalf("the fork begins as %+v of %+v", *fork, parts)
			}
			for _, name := range schema.Normalisation(sets.Draw(t, "wanted")).Names() {
				n, _ := schema.NormalisationOf(name)
				if whole.Use(n) != fork.Use(n) {
					t.Fatalf("the fork decides otherwise of %s", name)
				}
			}
		}
		for _, fork := range forks {
			parts.Join(fork)
		}
		if parts != whole {
			t.Fatalf("joined %+v, want %+v", parts, whole)
		}
	})
}
