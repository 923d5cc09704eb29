package console

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"

	"rollcall/internal/operator"
	"rollcall/scim/schema"
	"rollcall/store"
)

func (f *face) userDangerRoutes(r *routes) {
	r.show("/users/:id/danger", operator.ViewAccounts, (*call).userDanger)
	r.do("/users/:id/tokens/:prefix/revoke", operator.ManageSettings, (*call).revokeUserToken)
}

// dangers are the actions that stand apart from the others, on a page of their
// own.
var dangers = []string{"deprovision", "release", "purge"}

// danger is one of them.
type danger struct {
	Name, Title, About string
	// Offered says that it can be done, by this role.
	Offered bool
	// Not says why it cannot be.
	Not string
}

func (c *call) userDanger() error {
	view, err := c.account("/danger")
	if err != nil {
		return err
	}
	for _, name := range dangers {
		allowed := slices.Contains(view.Allowed, name)
		if name == "release" && !allowed {
			continue // few accounts are ever held
		}
		words := actionWords[name]
		one := danger{Name: name, Title: words.title, About: words.about, Offered: allowed && c.identity.Role.May(operator.ForAction(name))}
		switch {
		case !c.identity.Role.May(operator.ForAction(name)):
			one.Not = "Your role does not allow this."
		case !allowed && name == "purge" && view.Deprovisioned == nil:
			one.Not = "Possible once the account is deprovisioned."
		case !allowed:
			one.Not = "Not possible as the account stands."
		}
		if name == "deprovision" {
			one.Title = bulkTitle(name)
		}
		view.Dangers = append(view.Dangers, one)
	}
	return c.show(view)
}

// userProfile is what the overview shows of a living user beside how it stands.
type userProfile struct {
	profile
	notes

	ExternalID string
	Roles      []userRole
	// ContactPath is the page of the contact, where that is a user.
	ContactPath string
}

// userProfile reads it; nil for a user that is gone.
func (c *call) userProfile(view *accountView) (*userProfile, error) {
	if view.UserName == "" || view.Deprovisioned != nil {
		return nil, nil //nolint:nilnil // who is gone has no profile
	}
	stored, err := c.readUser()
	if err != nil {
		return nil, err
	}
	out := &userProfile{profile: stored.profile, notes: stored.notes, ExternalID: stored.externalID}
	for _, role := range view.found.Roles {
		out.Roles = append(out.Roles, userRole{role.Value, view.names.giver(role)})
	}
	if id, ok := store.ParseID(stored.Contact); ok {
		out.ContactPath = "/users/" + id.String()
	}
	return out, nil
}

// storedUser is what is stored of a user.
type storedUser struct {
	profile
	notes

	externalID string
	// tag is its version, schema its type.
	tag    string
	schema *schema.ResourceType
	id     string
}

// parse reads it from its JSON.
func (u *storedUser) parse(text []byte) error {
	var stored struct {
		UserName, DisplayName, Title, ExternalID string
		Name                                     struct{ GivenName, FamilyName string }
		Emails, Roles                            []valued
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	extension, err := extensionIn(text)
	if err != nil {
		return err
	}
	u.externalID = stored.ExternalID
	u.profile = profile{
		stored.UserName, stored.DisplayName, stored.Name.GivenName, stored.Name.FamilyName, first(stored.Emails), stored.Title, first(stored.Roles),
	}
	u.notes, err = storedNotes(extension)
	return err
}

// userToken is a token that acts for the user.
type userToken struct {
	store.Token

	Connection string
	// State is Active, Expired or Revoked.
	State, Class string
}

// userTokens are the tokens that act for a user, of all connections.
func (c *call) userTokens(id string) ([]userToken, error) {
	ctx, tenant, now := c.Request().Context(), c.identity.Tenant.ID, c.face.Provider.Now()
	connections, err := c.face.Store.Connections(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var list []userToken
	for i := range connections {
		tokens, err := c.face.Store.Tokens(ctx, tenant, connections[i].ID)
		if err != nil {
			return nil, err
		}
		for _, token := range tokens {
			if token.Subject.String() != id {
				continue
			}
			one := userToken{token, connections[i].Name, "Active", "good"}
			switch {
			case !token.Revoked.IsZero():
				one.State, one.Class = "Revoked", "bad"
			case !token.Expires.IsZero() && !token.Expires.After(now):
				one.State, one.Class = "Expired", "wait"
			}
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b userToken) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.Prefix, b.Prefix)) })
	return list, nil
}

// revokeUserToken ends a token that acts for the user that the path names.
func (c *call) revokeUserToken() error {
	found, err := c.account("")
	if err != nil {
		return err
	}
	tokens, err := c.userTokens(found.ID)
	if err != nil {
		return err
	}
	prefix := c.Param("prefix")
	if !slices.ContainsFunc(tokens, func(t userToken) bool { return t.Prefix == prefix }) {
		return errNotFound
	}
	trail := c.trail()
	trail.Action = "token.revoke"
	if err := c.face.Store.RevokeToken(c.Request().Context(), c.identity.Tenant.ID, prefix, trail.At, trail); err != nil {
		return err
	}
	return c.back("/users/"+url.PathEscape(found.ID)+"/sign-ins", noticeTokenRevoked)
}
