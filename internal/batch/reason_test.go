package batch_test

import (
	"errors"
	"strings"
	"testing"

	"rollcall/internal/batch"
	"rollcall/internal/validation"
)

// TestReasonsAreText: of every action a reason is refused that cannot be stored, or
// is longer than those of one user.
func TestReasonsAreText(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(b *bed) {
		id := b.named("ada")
		for _, action := range batch.Actions() {
			for _, reason := range []string{"\xff", "a\x00b", strings.Repeat("x", 50_000), " "} {
				of := plan(action, id)
				of.Reason, of.Tag, of.Group = reason, "vip", id
				var wrong *validation.Error
				if _, err := b.service.Apply(b.Context(), b.admin, of, 1); !errors.As(err, &wrong) || wrong.Field != "reason" {
					t.Errorf("%s for %.5q: %v", action, reason, err)
				}
				if _, _, err := b.service.DryRun(b.Context(), b.admin, of); !errors.As(err, &wrong) || wrong.Field != "reason" {
					t.Errorf("dry run of %s for %.5q: %v", action, reason, err)
				}
			}
		}
		b.jobs(0)
	})
}
