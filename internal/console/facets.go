package console

import (
	"context"
	"strconv"
	"sync"
	"time"

	"rollcall/scim"
	"rollcall/store"
)

const (
	// facetAge is from when on statistics that somebody asks for are taken anew.
	facetAge = time.Minute
	// facetShare is how much longer than they took they are kept at the least, so
	// that a huge tenant is not counted all the time.
	facetShare = 20
	// facetLimit bounds the counting of one tenant.
	facetLimit = 5 * time.Minute
)

// census keeps the statistics of tenants. It never lets anybody wait: who asks gets
// what was counted last, and has it counted anew where that is old, one tenant at
// a time.
type census struct {
	provider *scim.Provider
	failed   func(error)

	mutex   sync.Mutex
	known   map[store.TenantID]*counted
	running bool
}

// counted are the statistics of a tenant and how long they took.
type counted struct {
	statistics *scim.Statistics
	next       time.Time
}

// of returns what was counted last of the caller's tenant, nil for nothing yet.
func (s *census) of(c *scim.Caller) *scim.Statistics {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	last := s.known[c.Tenant]
	if last == nil {
		last = &counted{}
	}
	if !s.running && !s.provider.Now().Before(last.next) {
		s.running = true
		go s.count(c)
	}
	return last.statistics
}

// count takes statistics and keeps them.
func (s *census) count(c *scim.Caller) {
	ctx, cancel := context.WithTimeout(context.Background(), facetLimit)
	defer cancel()
	begin := s.provider.Now()
	own := *c
	own.Progress = nil // the request is over
	statistics, err := s.provider.Statistics(ctx, &own)
	if err != nil {
		s.failed(err)
	}
	end := s.provider.Now()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.running = false
	if s.known == nil {
		s.known = map[store.TenantID]*counted{}
	}
	if err != nil && s.known[c.Tenant] != nil {
		statistics = s.known[c.Tenant].statistics
	}
	s.known[c.Tenant] = &counted{statistics, end.Add(max(facetAge, facetShare*end.Sub(begin)))}
}

// facet is one question by which the list of users is narrowed down.
type facet struct {
	// Title is the question, Name the parameter of the address.
	Title, Name string
	Choices     []facetChoice
}

// facetChoice is one answer.
type facetChoice struct {
	Label string
	// Count is how many users there are in the whole tenant, empty where that is not
	// known.
	Count string
	// Link narrows the list down to it or, where it is Chosen, takes it away.
	Link   string
	Chosen bool
}

// facetsView are the facets of a list.
type facetsView struct {
	// At is when the numbers were counted, zero for not yet.
	At     time.Time
	Facets []facet
	// Chosen is how many of them narrow the list down.
	Chosen int
}

// facets are those of a list.
func (c *call) facets(list *usersView) *facetsView {
	s := c.face.census.of(c.caller())
	view := &facetsView{}
	if s == nil {
		s = &scim.Statistics{}
	} else {
		view.At = s.At
	}
	link := func(name, value string) string {
		values := list.address()
		if values.Del(name); value != "" {
			values.Set(name, value)
		}
		return "?" + values.Encode()
	}
	chosen := list.Filter.values()
	for _, one := range []struct {
		title, name string
		counts      []scim.Count
	}{
		{"Status", "status", statusCounts(s)},
		{"Activity", "activity", activityCounts(s)},
		{"Source", "source", sourceCounts(s)},
		{"Role", "role", s.Roles},
		{"Group", "group", s.Groups},
		{"Tag", "tag", s.Tags},
	} {
		f := facet{Title: one.title, Name: one.name}
		known := false
		for _, count := range one.counts {
			choice := facetChoice{Label: count.Label, Link: link(one.name, count.Value), Chosen: chosen.Get(one.name) == count.Value}
			if !view.At.IsZero() {
				choice.Count = grouped(count.Users)
			}
			if choice.Chosen {
				known, choice.Link = true, link(one.name, "")
			}
			f.Choices = append(f.Choices, choice)
		}
		if value := chosen.Get(one.name); value != "" && !known {
			f.Choices = append(f.Choices, facetChoice{Label: c.facetLabel(one.name, value), Link: link(one.name, ""), Chosen: true})
			known = true
		}
		if known {
			view.Chosen++
		}
		if len(f.Choices) > 0 {
			view.Facets = append(view.Facets, f)
		}
	}
	return view
}

// statusCounts are the statuses, counted or not.
func statusCounts(s *scim.Statistics) []scim.Count {
	if s.Statuses != nil {
		return s.Statuses
	}
	return uncounted(statuses)
}

func sourceCounts(s *scim.Statistics) []scim.Count {
	counts := s.Sources
	if counts == nil {
		counts = uncounted([]string{scim.SourceLocal, scim.SourceDirectory, scim.SourceSCIM})
	}
	named := make([]scim.Count, 0, len(counts))
	for _, count := range counts {
		if count.Value != "" { // of no known source: nothing to ask for
			count.Label = origin(count.Value, "")
			named = append(named, count)
		}
	}
	return named
}

func activityCounts(s *scim.Statistics) []scim.Count {
	a := s.Activity
	counts := make([]scim.Count, 0, len(activities))
	for _, one := range activities {
		counts = append(counts, scim.Count{Value: one.value, Label: one.label, Users: one.users(a)})
	}
	return counts
}

func uncounted(words []string) []scim.Count {
	counts := make([]scim.Count, 0, len(words))
	for _, word := range words {
		counts = append(counts, scim.Count{Value: word, Label: word})
	}
	return counts
}

// facetLabel is what people call a choice that is none of the most frequent.
func (c *call) facetLabel(name, value string) string {
	if name != "group" {
		return value
	}
	found, err := c.face.Provider.GroupMembers(c.Request().Context(), c.caller(), value, [16]byte{}, 1)
	if err != nil {
		return "a group that is gone"
	}
	return found.DisplayName
}

// grouped writes a number with its thousands apart.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// total writes how many there are, of many no more than that.
func total(n int, many bool) string {
	if many {
		return grouped(scim.MostCounted) + "+"
	}
	return grouped(n)
}
