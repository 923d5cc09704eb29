package console

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"rollcall/internal/validation"
	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

// lifecycleURN begins the names of what the lifecycle extension says of a user.
const lifecycleURN = schema.LifecycleURN + ":"

// userFilter is which users a list shows, as its address says it.
type userFilter struct {
	// Text is looked for in names, addresses and ids.
	Text string
	// Status is one of lifecycle.LivingStatuses, empty for all.
	Status string
	// Stale shows those alone that were not used for long.
	Stale bool
	// Activity is one of activities, Source where accounts come from, Role and Tag
	// what users have, Group the id of a group that they are members of; each empty
	// for all.
	Activity, Source, Role, Group, Tag string
	// now is when the last sign-in is looked at.
	now time.Time
}

// activity is when users last signed in.
type activity struct {
	value, label string
	// users counts them; filter is how SCIM asks for them.
	users  func(scim.ActivityCounts) int
	filter func(today, month, quarter time.Time) string
}

// activities part users by their last sign-in. Those of 30 days are those of today,
// too.
var activities = []activity{
	{"today", "Today", func(a scim.ActivityCounts) int { return a.Today }, func(today, _, _ time.Time) string { return lastLogin("ge", today) }},
	{"30", "In 30 days", func(a scim.ActivityCounts) int { return a.Today + a.Month }, func(_, month, _ time.Time) string { return lastLogin("ge", month) }},
	{"31-90", "31 to 90 days ago", func(a scim.ActivityCounts) int { return a.Quarter }, func(_, month, quarter time.Time) string {
		return lastLogin("ge", quarter) + " and " + lastLogin("lt", month)
	}},
	{"90", "More than 90 days ago", func(a scim.ActivityCounts) int { return a.Older }, func(_, _, quarter time.Time) string { return lastLogin("lt", quarter) }},
	{"never", "Never", func(a scim.ActivityCounts) int { return a.Never }, func(_, _, _ time.Time) string { return "not (" + lifecycleURN + "lastLogin pr)" }},
}

func lastLogin(operator string, at time.Time) string {
	return lifecycleURN + "lastLogin " + operator + " " + filter.Quote(stamp(at))
}

// maxText bounds a text of a filter, in bytes.
const maxText = 1000

// readUserFilter reads the filter of an address or a form. A *validation.Error where
// a part of it is not understood: without it, it would be about more users.
func readUserFilter(query url.Values, now time.Time) (userFilter, error) {
	f := userFilter{Stale: query.Get("stale") == "on", now: now}
	if len(query["stale"]) > 1 || !f.Stale && query.Get("stale") != "" {
		return f, validation.Errorf("stale", "is on")
	}
	texts := f.texts()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		value := query.Get(name)
		if len(query[name]) > 1 {
			return f, validation.Errorf(name, "is given once")
		}
		if len(value) > maxText || !utf8.ValidString(value) && name != "q" {
			return f, validation.Errorf(name, "takes at most %d bytes of UTF-8", maxText)
		}
		*texts[name] = value
	}
	f.Text = typed(f.Text)
	return f, f.check()
}

// check refuses choices that there are not, and writes those that there are as they
// are called.
func (f *userFilter) check() error {
	statuses := lifecycle.LivingStatuses()
	i := slices.IndexFunc(statuses, func(s lifecycle.Status) bool { return strings.EqualFold(string(s), f.Status) })
	switch {
	case f.Status != "" && i < 0:
		return validation.Errorf("status", "is one of %s", oneOf(statuses))
	case f.Status != "":
		f.Status = string(statuses[i])
	}
	if f.Activity != "" && !slices.ContainsFunc(activities, func(a activity) bool { return a.value == f.Activity }) {
		values := make([]string, len(activities))
		for i, one := range activities {
			values[i] = one.value
		}
		return validation.Errorf("activity", "is one of %s", oneOf(values))
	}
	if _, ok := store.ParseID(f.Group); !ok && f.Group != "" {
		return validation.Errorf("group", "is the id of a group")
	}
	return nil
}

// oneOf are the words of a list, for people.
func oneOf[T ~string](words []T) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = string(word)
	}
	return strings.Join(list, ", ")
}

// words say what the filter asks for, for people; empty for all users. group is what
// its group is called.
func (f *userFilter) words(group string) string {
	var parts []string
	for name, values := range f.values() {
		switch name {
		case "q":
			name = "found by"
		case "group":
			values = []string{group}
		case "stale":
			name, values = "unused", []string{"for long"}
		}
		parts = append(parts, name+" "+values[0])
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// Any reports whether the list is narrowed down.
func (f *userFilter) Any() bool { return len(f.values()) > 0 }

// texts are the parameters of an address that are texts.
func (f *userFilter) texts() map[string]*string {
	return map[string]*string{
		"q": &f.Text, "status": &f.Status, "activity": &f.Activity, "source": &f.Source, "role": &f.Role, "group": &f.Group, "tag": &f.Tag,
	}
}

// filtering are the names of all parameters that are part of a filter.
var filtering = append(slices.Sorted(maps.Keys(new(userFilter).texts())), "stale")

// filterForm are those of them that the form of the filter asks for itself; the
// others are chosen by facets.
var filterForm = []string{"q", "status", "stale"}

// values are the filter as parameters of an address.
func (f *userFilter) values() url.Values {
	values := url.Values{}
	for name, text := range f.texts() {
		if *text != "" {
			values.Set(name, *text)
		}
	}
	if f.Stale {
		values.Set("stale", "on")
	}
	return values
}

// scim is the filter as SCIM writes it; empty for all users.
func (f *userFilter) scim() string {
	var terms []string
	if f.Text != "" {
		terms = append(terms, lookedFor(f.Text))
	}
	if f.Status != "" {
		terms = append(terms, lifecycleURN+"status eq "+filter.Quote(f.Status))
	}
	if f.Stale {
		terms = append(terms, lifecycleURN+"stale eq true")
	}
	for _, one := range activities {
		if one.value == f.Activity {
			terms = append(terms, one.filter(scim.SignInBounds(f.now)))
		}
	}
	for attribute, value := range map[string]string{lifecycleURN + "source": f.Source, "roles.value": f.Role, lifecycleURN + "tags": f.Tag} {
		if value != "" {
			terms = append(terms, attribute+" eq "+filter.Quote(value))
		}
	}
	if f.Group != "" {
		terms = append(terms, "groups[value eq "+filter.Quote(f.Group)+` and type eq "direct"]`)
	}
	slices.Sort(terms) // the cursor of a walk goes by the text
	return strings.Join(terms, " and ")
}

// shortest is the shortest text, in bytes, that is looked for anywhere: an index finds three
// characters. What is shorter begins a name.
const shortest = 3

// lookedFor finds users by what people know of them.
func lookedFor(text string) string {
	if id, err := uuid.Parse(text); err == nil {
		return "id eq " + filter.Quote(id.String())
	}
	value := filter.Quote(text)
	if len(text) < shortest {
		return "userName sw " + value
	}
	return "(userName co " + value + " or displayName co " + value + " or name.givenName co " + value + " or name.familyName co " + value +
		" or emails.value co " + value + " or externalId eq " + value + ")"
}

// userOrder is the order of a list.
type userOrder struct {
	By         string
	Descending bool
}

// userOrders are the attributes that a list can be sorted by, by the names that
// addresses have for them.
var userOrders = map[string]string{
	"userName": "userName", "displayName": "displayName", "created": "meta.created", "modified": "meta.lastModified",
	"status": lifecycleURN + "status", "lastLogin": lifecycleURN + "lastLogin",
}

func readUserOrder(query url.Values) userOrder {
	o := userOrder{By: query.Get("sort"), Descending: query.Get("order") == "descending"}
	if _, ok := userOrders[o.By]; !ok {
		return ownOrder(query)
	}
	return o
}

// ownOrder is the order of a list that says none. Who is asked for by the last
// sign-in stands in that order, the most telling first; an index has it.
func ownOrder(query url.Values) userOrder {
	switch query.Get("activity") {
	case "today", "30":
		return userOrder{By: "lastLogin", Descending: true}
	case "31-90", "90":
		return userOrder{By: "lastLogin"}
	}
	return userOrder{By: "userName"}
}

// apply puts the order into a search.
func (o userOrder) apply(search *scim.Search) {
	search.SortBy = userOrders[o.By]
	if o.Descending {
		search.SortOrder = "descending"
	}
}

// put writes the order into an address that has the filter.
func (o userOrder) put(values url.Values) url.Values {
	if o == ownOrder(values) {
		return values
	}
	if values.Set("sort", o.By); o.Descending {
		values.Set("order", "descending")
	}
	return values
}
