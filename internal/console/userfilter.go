package console

import (
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"rollcall/lifecycle"
	"rollcall/scim"
	"rollcall/scim/schema"
)

// lifecycleURN begins the names of what the lifecycle extension says of a user.
const lifecycleURN = schema.LifecycleURN + ":"

// userFilter is which users a list shows, as its address says it.
type userFilter struct {
	// Text is looked for in names, addresses and ids.
	Text string
	// Status is one of Statuses, empty for all.
	Status string
	// Stale shows those alone that were not used for long.
	Stale bool
	// Never shows those alone who have never signed in.
	Never bool
}

// statuses are what the status of a living account can be, in the order of a
// list.
var statuses = []string{
	string(lifecycle.StatusActive), string(lifecycle.StatusInactive), string(lifecycle.StatusLocked),
	string(lifecycle.StatusSuspended), string(lifecycle.StatusPending),
}

// maxText bounds what is looked for, in bytes.
const maxText = 200

func readUserFilter(query url.Values) userFilter {
	f := userFilter{Text: typed(query.Get("q")), Status: query.Get("status"), Stale: query.Get("stale") == "on", Never: query.Get("never") == "on"}
	if len(f.Text) > maxText {
		f.Text = strings.ToValidUTF8(f.Text[:maxText], "")
	}
	if !slices.Contains(statuses, f.Status) {
		f.Status = ""
	}
	return f
}

// values are the filter as parameters of an address.
func (f *userFilter) values() url.Values {
	values := url.Values{}
	for name, text := range map[string]string{"q": f.Text, "status": f.Status, "stale": on(f.Stale), "never": on(f.Never)} {
		if text != "" {
			values.Set(name, text)
		}
	}
	return values
}

func on(set bool) string {
	if set {
		return "on"
	}
	return ""
}

// scim is the filter as SCIM writes it; empty for all users.
func (f *userFilter) scim() string {
	var terms []string
	if f.Text != "" {
		terms = append(terms, lookedFor(f.Text))
	}
	if f.Status != "" {
		terms = append(terms, lifecycleURN+"status eq "+quote(f.Status))
	}
	if f.Stale {
		terms = append(terms, lifecycleURN+"stale eq true")
	}
	if f.Never {
		terms = append(terms, "not ("+lifecycleURN+"lastLogin pr)")
	}
	return strings.Join(terms, " and ")
}

// lookedFor finds users by what people know of them.
func lookedFor(text string) string {
	if id, err := uuid.Parse(text); err == nil {
		return "id eq " + quote(id.String())
	}
	value := quote(text)
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
		return userOrder{By: "userName"}
	}
	return o
}

// apply puts the order into a search.
func (o userOrder) apply(search *scim.Search) {
	search.SortBy = userOrders[o.By]
	if o.Descending {
		search.SortOrder = "descending"
	}
}

// put writes the order into an address.
func (o userOrder) put(values url.Values) url.Values {
	if o.By != "userName" || o.Descending {
		values.Set("sort", o.By)
	}
	if o.Descending {
		values.Set("order", "descending")
	}
	return values
}
