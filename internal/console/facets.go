package console

import (
	"cmp"
	"time"

	"rollcall/lifecycle"
	"rollcall/scim"
)

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
	users  int
}

// facetsView are the facets of a list.
type facetsView struct {
	// At is when the numbers were counted, zero for not yet.
	At     time.Time
	Facets []facet
	// Chosen is how many of them narrow the list down.
	Chosen int
	// total is how many users there were.
	total int
}

// facets are those of a list.
func (c *call) facets(list *usersView) (*facetsView, error) {
	view, s := &facetsView{}, &scim.Statistics{}
	if last := c.face.Figures.Last(c.identity.Tenant.ID); last != nil {
		s, view.At, view.total = last.Statistics, last.At, last.Total
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
			choice := facetChoice{Label: count.Label, users: count.Users, Link: link(one.name, count.Value), Chosen: chosen.Get(one.name) == count.Value}
			if !view.At.IsZero() {
				choice.Count = thousands(count.Users)
			}
			if choice.Chosen {
				known, choice.Link = true, link(one.name, "")
			}
			f.Choices = append(f.Choices, choice)
		}
		if value := chosen.Get(one.name); value != "" && !known {
			label, err := c.facetLabel(one.name, value)
			if err != nil {
				return nil, err
			}
			f.Choices = append(f.Choices, facetChoice{Label: label, Link: link(one.name, ""), Chosen: true})
			known = true
		}
		if known {
			view.Chosen++
		}
		if len(f.Choices) > 0 {
			view.Facets = append(view.Facets, f)
		}
	}
	return view, nil
}

// counted is what was counted of a list that one choice narrows down and nothing
// else; nil for another list, and where it was not counted.
func (v *facetsView) counted(filter *userFilter) *scim.Counted {
	if v.Chosen != 1 || filter.Text != "" || filter.Stale || v.At.IsZero() {
		return nil
	}
	for _, f := range v.Facets {
		for _, choice := range f.Choices {
			if choice.Chosen {
				return &scim.Counted{Matches: choice.users, Of: v.total}
			}
		}
	}
	return nil
}

// statusCounts are the statuses, counted or not.
func statusCounts(s *scim.Statistics) []scim.Count {
	if s.Statuses != nil {
		return s.Statuses
	}
	return uncounted(lifecycle.LivingStatuses())
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

func uncounted[T ~string](words []T) []scim.Count {
	counts := make([]scim.Count, 0, len(words))
	for _, word := range words {
		counts = append(counts, scim.Count{Value: string(word), Label: string(word)})
	}
	return counts
}

// facetLabel is what people call a choice that is none of the most frequent.
func (c *call) facetLabel(name, value string) (string, error) {
	if name != "group" {
		return value, nil
	}
	label, err := c.groupLabel(value)
	return cmp.Or(label, "a group that is gone"), err
}
