package conformance

import (
	"fmt"
	"net/http"
	"testing"

	"pgregory.net/rapid"
)

// crowd is a directory that changes while it is walked.
type crowd struct {
	s     *server
	t     *testing.T
	made  int
	alive map[string]bool
}

func (c *crowd) create(r *rapid.T) {
	c.made++
	id := c.s.user(c.t, fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"a", "m", "z"}).Draw(r, "name"), c.made), c.values(r)...)
	c.alive[id] = true
}

func (c *crowd) values(r *rapid.T) []string {
	var members []string
	for _, name := range []string{"displayName", "title", "externalId"} {
		if rapid.IntRange(0, 3).Draw(r, name) > 0 {
			members = append(members, fmt.Sprintf("%q:%q", name, rapid.SampledFrom(words).Draw(r, "value")+"."))
		}
	}
	return members
}

// change changes the directory once; a resource that is deleted is no longer
// one that existed throughout.
func (c *crowd) change(r *rapid.T) {
	var id string
	for one := range c.alive {
		id = one // whichever: all are alike
		break
	}
	switch rapid.IntRange(0, 7).Draw(r, "kind") {
	case 0:
		c.s.want(c.t, http.StatusNoContent, "DELETE", "/Users/"+id, "")
		delete(c.alive, id)
	case 1:
		c.create(r)
	default:
		c.made++
		body := fmt.Sprintf(`{%s,"userName":"%s%d"%s}`, userSchemas, rapid.SampledFrom([]string{"a", "m", "z"}).Draw(r, "name"), c.made, joined(c.values(r)))
		c.s.want(c.t, http.StatusOK, "PUT", "/Users/"+id, body)
	}
}

// TestWalksMissNothing: whoever existed throughout a walk is found, whatever is
// created, deleted and moved between its pages, in every order.
func TestWalksMissNothing(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		c := &crowd{s: s, t: t, alive: map[string]bool{}}
		t.Run("CUR-12,27 PAG-09 walks over changes", func(t *testing.T) {
			c.t = t
			rapid.Check(t, func(r *rapid.T) {
				for len(c.alive) < 10 {
					c.create(r)
				}
				query := fmt.Sprintf("count=%d&attributes=userName", rapid.IntRange(1, 4).Draw(r, "count"))
				if by := rapid.SampledFrom([]string{"", "userName", "displayName", "externalId", "title", "meta.created", "meta.lastModified"}).Draw(r, "by"); by != "" {
					query += "&sortBy=" + by + "&sortOrder=" + rapid.SampledFrom([]string{"ascending", "descending"}).Draw(r, "order")
				}
				if rapid.Bool().Draw(r, "filtered") {
					query += "&" + filterQuery(rapid.SampledFrom([]string{"userName pr", `not (title eq "nobody")`}).Draw(r, "filter"))
				}
				before := map[string]bool{}
				for id := range c.alive {
					before[id] = true
				}
				found := map[string]bool{}
				for cursor, pages := "", 0; ; pages++ {
					page := s.cursorPage(t, "/Users", query, cursor)
					for _, id := range resourceIDs(page) {
						found[id] = true
					}
					next, more := page["nextCursor"].(string)
					if !more {
						break
					}
					// Changes end at some time, and so does the walk.
					for range rapid.IntRange(0, 3).Draw(r, "changes") {
						if pages < 15 {
							c.change(r)
						}
					}
					cursor = next
				}
				for id := range before {
					if c.alive[id] && !found[id] {
						r.Fatalf("%s was there all the time and was not found by %s", id, query)
					}
				}
			})
		})
	})
}
