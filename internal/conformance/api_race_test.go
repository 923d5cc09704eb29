package conformance

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestAdminAtOnce lets many administrators act on one account at the same time:
// each is answered, what is pinned to a version is done once, and the trail has
// a row for each change and none more.
func TestAdminAtOnce(t *testing.T) {
	t.Parallel()
	const many = 12
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "busy")
		tally := func(action, body string, headers ...string) map[int]int {
			var mu sync.Mutex
			var all sync.WaitGroup
			counts, changed := map[int]int{}, 0
			for i := range many {
				all.Go(func() {
					sent := strings.ReplaceAll(body, "N", fmt.Sprint(i))
					status, _, answer := o.do(t, "POST", "/users/"+id+"/actions/"+action, sent, append([]string{"Content-Type", "application/json"}, headers...)...)
					mu.Lock()
					defer mu.Unlock()
					counts[status]++
					if answer["changed"] == true {
						changed++
					}
				})
			}
			all.Wait()
			counts[-1] = changed
			return counts
		}
		if got := tally("suspend", `{"reason":"the same"}`); got[200] != many || got[-1] != 1 {
			t.Errorf("the same suspension: %v", got)
		}
		if got := tally("suspend", `{"reason":"reason N"}`); got[200] != many || got[-1] != many {
			t.Errorf("suspensions with other words: %v", got)
		}
		if rows := o.actions(t, id); len(rows) != 1+1+many {
			t.Errorf("%d rows: %v", len(rows), rows)
		}
		_, header, _ := o.do(t, "GET", "/users/"+id, "")
		if got := tally("mark", `{"mark":"apiOnly","purpose":"job N"}`, "If-Match", header.Get("ETag")); got[200] != 1 || got[412] != many-1 {
			t.Errorf("pinned: %v", got)
		}
		if got := tally("deprovision", `{}`); got[200] != many || got[-1] != 1 {
			t.Errorf("deprovision: %v", got)
		}
		if got := tally("restore", `{}`); got[200] != many || got[-1] != 1 {
			t.Errorf("restore: %v", got)
		}
	})
}
