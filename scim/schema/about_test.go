package schema_test

import (
	"testing"

	"rollcall/scim/schema"
)

// TestWords: every normalisation and every demand is described.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, name := range schema.AllNormalisations.Names() {
		if one, ok := schema.NormalisationOf(name); !ok || one.About() == "" {
			t.Errorf("%s is not described", name)
		}
	}
	said := schema.AllDemands.Abouts()
	for i, about := range said {
		if about == "" {
			t.Errorf("%s is not described", schema.AllDemands.Names()[i])
		}
	}
	if len(said) != len(schema.AllDemands.Names()) {
		t.Errorf("%d of the demands are described", len(said))
	}
}
