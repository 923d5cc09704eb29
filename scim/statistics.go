package scim

import (
	"context"
	"strings"
	"time"

	"rollcall/scim/schema"
	"rollcall/store"
)

const (
	// MostListed is how many roles, tags and groups Statistics lists.
	MostListed = 20
	// DaysCounted is of how many days Statistics tells who came and went.
	DaysCounted = 90
)

// Statistics count the living users of a tenant by what they are.
type Statistics struct {
	// At is the moment that they are of.
	At    time.Time
	Total int
	// Statuses names each status that a living account can have, Sources each
	// source and, last, "" for accounts of which none is known, if there are any.
	Statuses, Sources []Count
	// Roles and Tags are those that most users have, Groups those with the most
	// members: MostListed of each, the most frequent first.
	Roles, Tags, Groups []Count
	Activity            ActivityCounts
	// Stale have not been used for longer than the policy allows.
	Stale int
	// Days are the last DaysCounted days in UTC, oldest first; the last one is the
	// day of At, which is not over.
	Days []DayCount
}

// Count is how many users have something.
type Count struct {
	// Value is the id of a group, the word of a status or source, and the comparison
	// key of a role or tag.
	Value string
	// Label is what people call it.
	Label string
	// Users is how many have it; of a group, how many direct members it has.
	Users int
}

// ActivityCounts part the users by their last sign-in; see SignInBounds.
type ActivityCounts struct {
	// Today is since the day began in UTC, Month the 30 days before it, Quarter the 60
	// before these, Older all before.
	Today, Month, Quarter, Older, Never int
}

// DayCount is who came and who went on a day.
type DayCount struct {
	// Date is the beginning of the day in UTC.
	Date time.Time
	// Joined counts users by when they were created, those who left since included.
	// Left counts those who were deprovisioned or deleted and are not back. Who was
	// purged since counts in neither.
	Joined, Left int
}

// SignInBounds are the instants from which on the last sign-in of a user counts as
// of today, of the last 30 and of the last 90 days: beginnings of days in UTC, so
// that a list over several pages asks for the same.
func SignInBounds(now time.Time) (today, month, quarter time.Time) {
	today = now.UTC().Truncate(24 * time.Hour)
	return today, today.AddDate(0, 0, -30), today.AddDate(0, 0, -90)
}

// Statistics counts the users of a tenant. It looks at each of them, which takes
// seconds where there are millions: who shows it keeps it for a while.
func (p *Provider) Statistics(ctx context.Context, c *Caller) (*Statistics, error) {
	t, err := p.selecting(c)
	if err != nil {
		return nil, err
	}
	policy, err := p.policies.of(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	now := p.now()
	today, month, quarter := SignInBounds(now)
	query := store.StatisticsQuery{Tenant: c.Tenant, Type: t.Name, Now: now, LastLogins: []time.Time{today, month, quarter}, Top: MostListed}
	if idle, ok := (clock{now, policy}).stale().(store.Idle); ok {
		query.IdleSince = idle.Since
	}
	for back := DaysCounted - 1; back >= 0; back-- {
		query.Days = append(query.Days, today.AddDate(0, 0, -back))
	}
	listed := listedAttributes(t)
	for _, a := range listed {
		query.Paths = append(query.Paths, shadowPath(a, nil))
	}
	counted, err := p.store.Statistics(ctx, query)
	if err != nil {
		return nil, refusal(err, t, "")
	}
	out := worded(query, &counted)
	for i, a := range listed {
		list, err := p.labelled(ctx, c, t, a, counted.Values[i])
		if err != nil {
			return nil, err
		}
		if a.Name == "tags" {
			out.Tags = list
		} else {
			out.Roles = list
		}
	}
	return out, nil
}

// listedAttributes are those whose values are counted, the tags and the roles of
// users, as far as the schema has them.
func listedAttributes(t *schema.ResourceType) []*schema.Attribute {
	var list []*schema.Attribute
	if tags, ok := lookup(t.Lifecycle, "tags"); ok {
		list = append(list, tags)
	}
	if t.Roles != nil {
		if value, ok := t.Roles.Value(); ok {
			list = append(list, value)
		}
	}
	return list
}

// worded names what the store has counted.
func worded(query store.StatisticsQuery, counted *store.Statistics) *Statistics {
	logins := counted.LastLogins
	out := &Statistics{
		At: query.Now, Total: counted.Total, Stale: counted.Idle,
		Activity: ActivityCounts{Today: logins[0], Month: logins[1], Quarter: logins[2], Older: logins[3], Never: logins[4]},
	}
	for _, status := range livingStatuses {
		out.Statuses = append(out.Statuses, Count{status, status, counted.Statuses[status]})
	}
	for _, source := range []string{SourceLocal, SourceDirectory, SourceSCIM} {
		out.Sources = append(out.Sources, Count{source, source, counted.Sources[source]})
	}
	if unknown := counted.Sources[""]; unknown > 0 {
		out.Sources = append(out.Sources, Count{"", "", unknown})
	}
	for _, group := range counted.Groups {
		out.Groups = append(out.Groups, Count{group.ID.String(), group.Label, group.Count})
	}
	for i, date := range query.Days {
		out.Days = append(out.Days, DayCount{date, counted.Joined[i], counted.Left[i]})
	}
	return out
}

// labelled finds out how people write values of which the comparison keys were
// counted: as a user has it.
func (p *Provider) labelled(ctx context.Context, c *Caller, t *schema.ResourceType, a *schema.Attribute, values []store.ValueCount) ([]Count, error) {
	list := make([]Count, 0, len(values))
	nobody := 0
	for _, value := range values {
		query := store.Query{
			Tenant: c.Tenant, Now: p.now(), Limit: 1, Total: &nobody,
			Types: []store.TypeQuery{{Type: t.Name, Where: store.Compare{Path: shadowPath(a, nil), Op: store.Equal, Value: value.Value}}},
		}
		page, err := p.store.Query(ctx, query)
		if err != nil {
			return nil, refusal(err, t, "")
		}
		count := Count{value.Value, value.Value, value.Count}
		if len(page.Records) > 0 {
			object, err := t.Parse(page.Records[0].Document)
			if err != nil {
				return nil, err
			}
			count.Label = written(object, a, value.Value)
		}
		list = append(list, count)
	}
	return list, nil
}

// written is the value of an attribute of a resource, or of an element of it, that
// has a comparison key; the key itself where there is none.
func written(object *schema.Object, a *schema.Attribute, key string) string {
	var in schema.Value = object
	if a.Parent != nil {
		in = object.Get(a.Parent)
	}
	elements, ok := in.(schema.List)
	if !ok {
		elements = schema.List{in}
	}
	for _, element := range elements {
		of, ok := element.(*schema.Object)
		if !ok {
			continue
		}
		texts, ok := of.Get(a).(schema.List)
		if !ok {
			texts = schema.List{of.Get(a)}
		}
		for _, text := range texts {
			if text, ok := text.(string); ok && a.Key(text) == key {
				return strings.TrimSpace(text)
			}
		}
	}
	return key
}
