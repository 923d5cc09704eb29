package conformance

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestPurgeAtOnce lets one administrator purge what another one restores or puts
// on hold: who lives or is held keeps its history, who is purged loses it.
func TestPurgeAtOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		for i := range 12 {
			name := fmt.Sprint("torn-", i)
			id := s.user(t, name)
			s.want(t, 204, "DELETE", "/Users/"+id, "")
			rival, body := "restore", `{}`
			if i%2 == 1 {
				rival, body = "mark", `{"mark":"legalHold"}`
			}
			var both sync.WaitGroup
			answers := map[string]*int{"purge": new(int), rival: new(int)}
			for action, sent := range map[string]string{"purge": `{"confirm":"` + id + `"}`, rival: body} {
				both.Go(func() {
					*answers[action], _, _ = o.do(t, "POST", "/users/"+id+"/actions/"+action, sent, "Content-Type", "application/json")
				})
			}
			both.Wait()
			history := fmt.Sprint(o.ask(t, 200, "GET", "/users/"+id+"/history", ""))
			purged := *answers["purge"] == 200
			if purged == (*answers[rival] == 200) {
				t.Errorf("purge is answered %d, %s %d", *answers["purge"], rival, *answers[rival])
			}
			if strings.Contains(history, name) == purged || strings.Contains(history, "[erased]") != purged {
				t.Errorf("purge is answered %d, %s %d, and the history is %s", *answers["purge"], rival, *answers[rival], history)
			}
		}
	})
}
