package scim

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"rollcall/store"
)

// TestRepeats holds what is found in bounded memory against a plain count, for
// limits far below the number of values.
func TestRepeats(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 300), 0, 600).Draw(r, "values")
		found := newRepeats(rapid.IntRange(2, 100).Draw(r, "limit"))
		found.limit = max(found.limit, 2)
		value := func(n int) store.UniqueValue {
			return store.UniqueValue{Attribute: "a", Value: fmt.Sprint(n)}
		}
		for more := true; more; more = found.next() {
			for _, n := range values {
				found.add(store.TenantID(n%2), value(n))
			}
			if len(found.hashes) > 2*found.limit+200 {
				r.Fatalf("%d hashes are remembered", len(found.hashes))
			}
		}
		count, twice := map[int]int{}, 0
		for _, n := range values {
			count[n]++
		}
		for _, times := range count {
			if times > 1 {
				twice++
			}
		}
		for n, times := range count {
			has := found.has(store.TenantID(n%2), value(n))
			if has && times < 2 || !has && times > 1 && twice <= found.limit {
				r.Fatalf("%d occurs %d times: %v", n, times, has)
			}
			if found.has(5, value(n)) {
				r.Fatal("a value is found in another tenant")
			}
		}
		if twice > 0 && len(found.repeated) == 0 {
			r.Fatal("nothing is found")
		}
	})
}
