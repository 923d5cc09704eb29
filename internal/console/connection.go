package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"rollcall/internal/admin"
	"rollcall/internal/web"
	profiles "rollcall/scim/profile"
	"rollcall/scim/schema"
	"rollcall/store"
)

// connectionForm is what is said of a connection.
type connectionForm struct {
	Name, Kind, Profile string
	Kinds, Profiles     []string
	Normalisations      []normalisationChoice
	// OwnRoles says that the connection may give the values in Roles alone, one a
	// line.
	OwnRoles bool
	Roles    string
	Revive   bool
	Inspect  bool
	// Version is what the form was filled from: a change meanwhile is not undone.
	Version string
	// Now are the values that are stored, as far as the form has others, where the
	// connection was changed meanwhile.
	Now     []storedValue
	Problem string
}

// Label is what a kind of connections is called.
func (connectionForm) Label(kind string) string { return kindLabels[kind] }

// normalisationChoice is whether a normalisation is taken.
type normalisationChoice struct {
	Name, About string
	// Choice is "allow", "refuse", or empty for what the profile says.
	Choice string
	// Taken is what it comes to as it is stored.
	Taken bool
}

// The choices of a normalisation.
const (
	choiceAllow  = "allow"
	choiceRefuse = "refuse"
)

// connectionView is the page of one connection with its options.
type connectionView struct {
	connectionTop
	// Base is the address that an identity provider is given.
	Base string
	Form connectionForm
	// Demands are what the profile asks for beyond the protocol.
	Demands []string
	// Unread is what is wrong with the options as they are stored.
	Unread string
	// Stored are the options as they are.
	Stored string
}

func (c *call) connection() error {
	view, err := c.connectionView()
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "connection", view.Name, view)
}

func (c *call) connectionView() (*connectionView, error) {
	top, err := c.aboutConnection("")
	if err != nil {
		return nil, err
	}
	view := &connectionView{connectionTop: top, Base: c.face.SCIMBase, Stored: string(top.Options)}
	rules, unread := profiles.Of(top.Options)
	if unread != nil {
		view.Unread = sentence(unread.Error())
	}
	view.Demands = rules.Demanded.Abouts()
	view.Form = formOf(top.Connection, &rules)
	return view, nil
}

// formOf fills the form with the options of a connection.
func formOf(connection *store.Connection, rules *profiles.Rules) connectionForm {
	options, _ := profiles.Parse(connection.Options) // what cannot be read is set aside
	f := connectionForm{
		Name: connection.Name, Kind: connection.Kind, Profile: rules.Name, Kinds: admin.Kinds(), Profiles: profiles.Names(),
		OwnRoles: options.Roles != nil, Roles: strings.Join(options.Roles, "\n"), Revive: rules.Revives, Inspect: rules.Inspects, Version: admin.ConnectionVersion(connection),
	}
	for _, name := range profiles.NormalisationNames() {
		one, _ := schema.NormalisationOf(name)
		choice := normalisationChoice{Name: name, About: one.About(), Taken: rules.Allowed&one != 0}
		if allowed, chosen := options.Normalisations[name]; chosen {
			choice.Choice = map[bool]string{true: choiceAllow, false: choiceRefuse}[allowed]
		}
		f.Normalisations = append(f.Normalisations, choice)
	}
	return f
}

// options are what the form asks for.
func (f *connectionForm) options() profiles.Options {
	chosen := profiles.Options{Profile: f.Profile, Normalisations: map[string]bool{}}
	if f.Profile == profiles.Lenient {
		chosen.Profile = ""
	}
	for _, one := range f.Normalisations {
		if one.Choice != "" {
			chosen.Normalisations[one.Name] = one.Choice == choiceAllow
		}
	}
	if f.OwnRoles {
		chosen.Roles = lines(f.Roles)
	}
	chosen.Inspect = f.Inspect
	if f.Revive {
		chosen.Revive = profiles.ReviveExternalID
	}
	return chosen
}

// take puts what was sent into the form.
func (f *connectionForm) take(sent url.Values) {
	f.Kind, f.Profile = sent.Get("kind"), sent.Get("profile")
	f.OwnRoles, f.Roles, f.Revive, f.Inspect = sent.Get("ownRoles") != "", sent.Get("roles"), sent.Get("revive") != "", sent.Get("inspect") != ""
	for i := range f.Normalisations {
		one := &f.Normalisations[i]
		if one.Choice = sent.Get("n." + one.Name); !slices.Contains([]string{choiceAllow, choiceRefuse}, one.Choice) {
			one.Choice = ""
		}
	}
}

func (c *call) updateConnection() error {
	sent, err := web.Fields(c, maxForm)
	if err != nil {
		return err
	}
	view, err := c.connectionView()
	if err != nil {
		return err
	}
	changed := *view.Connection
	if sent.Get("version") != view.Form.Version {
		return c.connectionElsewhere(sent)
	}
	view.Form.take(sent)
	change := admin.ConnectionChange{Kind: view.Form.Kind, Options: view.Form.options().Members()}
	err = change.Apply(&changed)
	if err == nil {
		err = admin.UpdateConnection(c.Request().Context(), c.face.Store, *view.Connection, changed, c.noted())
	}
	if errors.Is(err, store.ErrVersion) {
		return c.connectionElsewhere(sent)
	}
	if view.Form.Problem = refused("change", err); view.Form.Problem != "" {
		return c.page(http.StatusUnprocessableEntity, "connection", view.Name, view)
	}
	if err != nil {
		return err
	}
	return c.back("/connections/"+view.ID.String(), noticeConnectionChanged)
}

// connectionElsewhere answers a form that was filled from what is no longer so: with
// what was sent, and how it stands now.
func (c *call) connectionElsewhere(sent url.Values) error {
	view, err := c.connectionView()
	if err != nil {
		return err
	}
	kept := view.Form.values()
	view.Form.take(sent)
	for i, asked := range view.Form.values() {
		if asked != kept[i] {
			view.Form.Now = append(view.Form.Now, kept[i])
		}
	}
	view.Form.Problem = meanwhile("connection")
	return c.page(http.StatusConflict, "connection", view.Name, view)
}

// values are what the form says, for people.
func (f *connectionForm) values() []storedValue {
	either := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	list := []storedValue{
		{"Kind", f.Label(f.Kind)},
		{"Profile", f.Profile},
		{"Deleted users", either(f.Revive, "brought back", "not brought back")},
		{"Last requests", either(f.Inspect, "remembered", "not remembered")},
		{"Roles", either(f.OwnRoles, cmp.Or(strings.Join(lines(f.Roles), ", "), "none"), "any")},
	}
	for _, one := range f.Normalisations {
		list = append(list, storedValue{one.Name, cmp.Or(map[string]string{choiceAllow: "taken", choiceRefuse: "refused"}[one.Choice], "as the profile says")})
	}
	return list
}
