package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rollcall/scim/schema"
)

// team is a group.
type team struct {
	name string
	// source is the connection that made it; less than zero is an operator.
	source  int
	id      string
	members []*person
	inner   []*team
}

// teams are the groups of the company.
type teams struct {
	all    []*team
	named  map[string]*team
	staff  *team
	opened time.Time
}

// newTeams makes one group a department with its teams inside, one of them all,
// and those that people are in beside.
func newTeams(opened time.Time) *teams {
	t := &teams{named: map[string]*team{}, opened: opened}
	var outer []*team
	for i := range departments {
		d := &departments[i]
		var inner []*team
		for _, name := range d.teams {
			inner = append(inner, t.add(name, 0))
		}
		one := t.add(d.name, 0)
		one.inner = inner
		outer = append(outer, one)
	}
	for i, name := range projects {
		t.add(name, i%3-1)
	}
	t.staff = t.add("All staff", 0)
	t.staff.inner = outer
	return t
}

func (t *teams) add(name string, source int) *team {
	one := &team{name: name, source: source}
	t.all, t.named[name] = append(t.all, one), one
	return one
}

// join puts somebody into the groups of the department, and some into others. A
// few are in none.
func (t *teams) join(s *story, p *person) {
	if some(s.Rand, 7) {
		return
	}
	in := t.named[p.department.name]
	if len(in.inner) > 0 && some(s.Rand, 75) {
		in = pick(s.Rand, in.inner) // and by it in that of the department
	}
	mine := []*team{in}
	if some(s.Rand, 25) {
		mine = append(mine, t.named[pick(s.Rand, projects)])
	}
	for _, one := range mine {
		if p.joined.Before(t.opened) {
			one.members = append(one.members, p)
			continue
		}
		s.at(p.joined.Add(10*time.Minute), fmt.Sprintf("put %s into %s", p.userName, one.name), func(ctx context.Context) error {
			return s.patch(ctx, s.owner(one), one.id, []object{{"op": "add", "path": "members", "value": []object{{"value": p.id}}}})
		})
	}
}

// found makes the groups, the inner ones first.
func (t *teams) found(s *story) {
	for i, one := range t.all {
		s.at(t.opened.Add(time.Duration(i-len(t.all))*time.Minute), "make the group "+one.name, func(ctx context.Context) error { return s.gather(ctx, one) })
	}
}

// document is the group as it is made.
func (t *team) document() object {
	members := []object{}
	for _, p := range t.members {
		members = append(members, object{"value": p.id})
	}
	for _, one := range t.inner {
		members = append(members, object{"value": one.id})
	}
	doc := object{"schemas": []string{schema.GroupURN}, "displayName": t.name, "members": members}
	if t.source >= 0 {
		doc["externalId"] = sources[t.source].name + "-" + slug(t.name)
	}
	return doc
}

// slug is a name as an id has it.
func slug(name string) string {
	out := []byte(name)
	for i, c := range out {
		if c == ' ' {
			out[i] = '-'
		}
	}
	return string(slices.Clip(out))
}
